import { annotationFinding, type Check } from '../check.ts'

export const missingMasks: Check = {
  name: 'missing-masks',
  title: 'Annotations without a mask among others that have one',
  severity: 'warning',
  unit: 'annotations',
  why: 'Training masks stops at the first annotation that has none.',
  advice: 'Draw the masks, or remove these annotations; for boxes alone remove all masks.',
  *find({ files }) {
    for (const file of files) {
      const without = file.annotations.filter(({ segmentation }) => segmentation.kind === 'none')
      if (without.length === file.annotations.length) continue
      for (const annotation of without) {
        if (annotation.isObject) yield annotationFinding(file, annotation, 'no segmentation')
      }
    }
  },
}
