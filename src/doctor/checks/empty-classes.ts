import { type Check, categoryFinding } from '../check.ts'
import { classCounts } from '../class-counts.ts'
import { nameOf } from '../raw-coco.ts'

export const emptyClasses: Check = {
  name: 'empty-classes',
  title: 'Classes without an object',
  severity: 'warning',
  unit: 'categories',
  why: 'A class without objects to train on is never learnt, and one without objects to evaluate has no figures.',
  advice: 'Remove the category, label some of it, or split the images so that every class is in each split.',
  *find(survey) {
    for (const { file, category, objects, objectsByFile } of classCounts(survey)) {
      if (objects === 0) {
        yield categoryFinding(file, category, `${nameOf(category)}: no object`)
        continue
      }
      for (const [other, own] of objectsByFile) {
        if (own > 0) continue
        const entry = other.categoryById.get(category.id ?? 0) ?? category
        yield categoryFinding(other, entry, `${nameOf(category)}: none here, ${objects} elsewhere`)
      }
    }
  },
}
