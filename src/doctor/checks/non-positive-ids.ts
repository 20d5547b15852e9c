import { annotationFinding, type Check, categoryFinding, imageFinding } from '../check.ts'
import { freeIds } from '../free-ids.ts'

export const nonPositiveIds: Check = {
  name: 'non-positive-ids',
  title: 'Ids of zero or below',
  severity: 'warning',
  unit: 'annotations',
  why: 'COCO\'s own evaluation takes annotation id 0 for "matched nothing", and many programs use negative ids as marks of their own.',
  advice: 'Number annotations from 1, images and categories from 0 or 1.',
  *find({ files }) {
    for (const file of files) {
      for (const image of file.images)
        if ((image.id ?? 0) < 0) yield imageFinding(file, image, `id ${image.id}`)
      for (const category of file.categories) {
        if ((category.id ?? 0) < 0) yield categoryFinding(file, category, `id ${category.id}`)
      }
      for (const annotation of file.annotations) {
        if ((annotation.id ?? 1) <= 0) yield annotationFinding(file, annotation, `id ${annotation.id}`)
      }
    }
  },
  repair: {
    does: 'Annotations get a free id; ids of images and categories stay, since other files refer to them.',
    *changes(file) {
      const free = freeIds(file)
      for (const { id = 1, index, entry } of file.annotations) {
        if (id <= 0) yield { list: 'annotations', index, entry: { ...entry, id: free.next().value } }
      }
    },
  },
}
