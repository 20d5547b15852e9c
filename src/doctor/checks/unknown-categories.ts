import { extent } from '../../tensor/extent.ts'
import { annotationFinding, type Check } from '../check.ts'

export const unknownCategories: Check = {
  name: 'unknown-categories',
  title: 'Annotations of unknown categories',
  severity: 'error',
  unit: 'annotations',
  why: 'Their category is not in the list: no model can learn it, and most readers stop.',
  advice:
    'Add the category to the list, or correct the id; ids counted from 0 in one place and 1 in another are the usual cause.',
  *find({ files }) {
    for (const file of files) {
      const [least, greatest] = extent(file.categoryById.keys())
      const range = file.categoryById.size > 0 ? `; known are ${least} to ${greatest}` : ''
      for (const annotation of file.annotations) {
        const { categoryId } = annotation
        if (categoryId === undefined || file.categoryById.has(categoryId)) continue
        yield annotationFinding(file, annotation, `no category has the id ${categoryId}${range}`)
      }
    }
  },
}
