import { type Check, categoryFinding } from '../check.ts'
import { classCounts, LEAST_OBJECTS } from '../class-counts.ts'
import { nameOf } from '../raw-coco.ts'

export const rareClasses: Check = {
  name: 'rare-classes',
  title: 'Classes with very few objects',
  severity: 'warning',
  unit: 'categories',
  why: 'A handful of objects teaches little, and the class counts as much as any other in mean figures.',
  advice: 'Label more of them, merge them into another class, or leave them out.',
  thresholds: { leastObjects: LEAST_OBJECTS },
  *find(survey) {
    for (const { file, category, objects } of classCounts(survey)) {
      if (objects === 0 || objects >= LEAST_OBJECTS) continue
      yield categoryFinding(
        file,
        category,
        `${nameOf(category)}: ${objects} ${objects === 1 ? 'object' : 'objects'}`,
      )
    }
  },
}
