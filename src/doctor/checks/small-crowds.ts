import { annotationFinding, type Check } from '../check.ts'
import { maskFacts } from '../mask-facts.ts'

/** Square pixels below which a group is hardly one: half the side of COCO's small objects. */
const LEAST_AREA = 256

export const smallCrowds: Check = {
  name: 'small-crowds',
  title: 'Crowds of hardly any size',
  severity: 'note',
  unit: 'annotations',
  why: 'iscrowd 1 marks groups that nobody could label one by one; something this small is more likely a single object, which is then not trained on.',
  advice: 'Look at them; set iscrowd to 0 for single objects.',
  thresholds: { leastArea: LEAST_AREA },
  *find({ files }) {
    for (const file of files) {
      for (const annotation of file.annotations) {
        if (!annotation.isCrowd) continue
        const { box, area = box && box[2] * box[3] } = annotation
        const pixels = maskFacts(file, annotation)?.pixels ?? area
        if (pixels !== undefined && pixels < LEAST_AREA) {
          yield annotationFinding(file, annotation, `a crowd of ${Math.round(pixels)} square pixels`)
        }
      }
    }
  },
}
