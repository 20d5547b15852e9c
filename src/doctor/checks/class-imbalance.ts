import { type Check, categoryFinding } from '../check.ts'
import { classCounts, LEAST_OBJECTS } from '../class-counts.ts'
import { nameOf } from '../raw-coco.ts'

/** Times as many objects of the most frequent class from which a class is hard to learn beside it. */
const LARGEST_FACTOR = 100

export const classImbalance: Check = {
  name: 'class-imbalance',
  title: 'Classes far rarer than others',
  severity: 'note',
  unit: 'categories',
  why: 'The model sees the frequent classes so much more often that it forgets the rare ones.',
  advice:
    'Show images with rare classes more often (`data.train.repeat` of a training configuration), or label more of them.',
  thresholds: { largestFactor: LARGEST_FACTOR },
  *find(survey) {
    const counts = classCounts(survey)
    const largest = counts.reduce((most, one) => (one.objects > most.objects ? one : most), counts[0])
    for (const { file, category, objects } of counts) {
      // Those with very few objects are told as such.
      if (objects < LEAST_OBJECTS || largest.objects < LARGEST_FACTOR * objects) continue
      yield categoryFinding(
        file,
        category,
        `${nameOf(category)}: ${objects}, against ${largest.objects} of ${nameOf(largest.category)}`,
      )
    }
  },
}
