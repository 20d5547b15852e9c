import { type Check, categoryFinding } from '../check.ts'
import { nameOf } from '../raw-coco.ts'

export const duplicateCategoryIds: Check = {
  name: 'duplicate-category-ids',
  title: 'Category ids used twice',
  severity: 'error',
  unit: 'categories',
  why: 'Annotations name their category by its id: with two of one id nobody can say which is meant.',
  advice: 'Give every category an id of its own and correct the annotations.',
  *find({ files }) {
    for (const file of files) {
      for (const category of file.categories) {
        const first = category.id === undefined ? undefined : file.categoryById.get(category.id)
        if (first && first !== category) {
          yield categoryFinding(
            file,
            category,
            `id ${category.id} of ${nameOf(category)} is that of ${nameOf(first)}`,
          )
        }
      }
    }
  },
  repair: {
    does: 'A category that repeats an earlier one, id and name, is removed.',
    *changes(file) {
      for (const { id, index, categoryName } of file.categories) {
        const first = id === undefined ? undefined : file.categoryById.get(id)
        if (first && first.index !== index && first.categoryName === categoryName)
          yield { list: 'categories', index }
      }
    },
  },
}
