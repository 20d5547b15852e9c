import { annotationFinding, type Check } from '../check.ts'

export const malformedMasks: Check = {
  name: 'malformed-masks',
  title: 'Run-length masks that cannot be read',
  severity: 'error',
  unit: 'annotations',
  why: 'The runs must be counts that fill the mask exactly; anything else was cut short or belongs to another mask.',
  advice: 'Export them again, or remove the annotations.',
  *find({ files }) {
    for (const file of files) {
      for (const annotation of file.annotations) {
        const { segmentation } = annotation
        if (segmentation.kind !== 'malformed' || segmentation.form !== 'mask') continue
        yield annotationFinding(file, annotation, segmentation.problem)
      }
    }
  },
}
