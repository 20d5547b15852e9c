import { annotationFinding, type Check } from '../check.ts'
import { closedRings } from '../mask-facts.ts'

const LEAST_POINTS = 3

export const shortPolygons: Check = {
  name: 'short-polygons',
  title: 'Polygons with too few points',
  severity: 'error',
  unit: 'annotations',
  why: 'Fewer than three points enclose nothing; most programs stop there, others take four numbers for a box.',
  advice: 'Remove them; a stray click in the labelling program is the usual cause.',
  thresholds: { leastPoints: LEAST_POINTS },
  *find({ files }) {
    for (const file of files) {
      for (const annotation of file.annotations) {
        const { segmentation } = annotation
        if (segmentation.kind !== 'polygons') continue
        for (const [i, ring] of segmentation.rings.entries()) {
          if (ring.length >= 2 * LEAST_POINTS) continue
          const points = ring.length / 2
          yield annotationFinding(
            file,
            annotation,
            `polygon ${i} has ${points} ${points === 1 ? 'point' : 'points'}`,
          )
        }
      }
    }
  },
  repair: {
    does: 'They are removed; where no other polygon is left the annotation keeps its box alone, and goes where the box has no size.',
    *changes({ annotations }) {
      for (const annotation of annotations) {
        const { index, entry, box, segmentation } = annotation
        const rings = closedRings(annotation)
        if (segmentation.kind !== 'polygons' || rings.length === segmentation.rings.length) continue
        const hasBox = box !== undefined && box[2] > 0 && box[3] > 0
        if (rings.length > 0) yield { list: 'annotations', index, entry: { ...entry, segmentation: rings } }
        else if (hasBox) yield { list: 'annotations', index, entry: { ...entry, segmentation: [] } }
        else yield { list: 'annotations', index }
      }
    },
  },
}
