import { annotationFinding, type Check } from '../check.ts'

export const malformedPolygons: Check = {
  name: 'malformed-polygons',
  title: 'Polygons that cannot be read',
  severity: 'error',
  unit: 'annotations',
  why: 'Polygons are lists of numbers x, y, x, y, ... within 10 million pixels, in a list, one for each part; readers stop at anything else.',
  advice: 'Export them again, or remove the annotations.',
  *find({ files }) {
    for (const file of files) {
      for (const annotation of file.annotations) {
        const { segmentation } = annotation
        if (segmentation.kind !== 'malformed' || segmentation.form === 'mask') continue
        yield annotationFinding(file, annotation, segmentation.problem)
      }
    }
  },
  repair: {
    does: 'A single polygon that is not in a list is put into one.',
    *changes({ annotations }) {
      for (const { index, entry, segmentation } of annotations) {
        if (segmentation.kind !== 'malformed' || !segmentation.flatRing) continue
        yield { list: 'annotations', index, entry: { ...entry, segmentation: [segmentation.flatRing] } }
      }
    },
  },
}
