import type { Size } from '../../geometry/boxes.ts'
import { clipPolygon } from '../../geometry/clip-polygon.ts'
import type { Polygon } from '../../geometry/polygon.ts'
import { extent } from '../../tensor/extent.ts'
import { annotationFinding, type Check } from '../check.ts'
import { imageOfAnnotation, type RawAnnotation, type RawCoco } from '../raw-coco.ts'

/** Pixels by which a point may leave its image: rounding of labelling programs. */
const SLACK = 1

export const polygonsOutside: Check = {
  name: 'polygons-outside',
  title: 'Polygons outside their image',
  severity: 'warning',
  unit: 'annotations',
  why: 'Points beyond the edge are cut off when the mask is drawn; many of them mean that labels and images do not belong together.',
  advice: 'A few can be clipped; for many, check sizes and scaling.',
  thresholds: { slack: SLACK },
  *find({ files }) {
    for (const file of files) {
      for (const { annotation, rings, size } of outside(file)) {
        const [, by] = extent(rings.map((ring) => farthest(ring, size)))
        yield annotationFinding(
          file,
          annotation,
          `leaves the image of ${size.width} x ${size.height} by ${Number(by.toFixed(1))} pixels`,
        )
      }
    }
  },
  repair: {
    does: 'The polygons are clipped to the image; an annotation whose polygons and box both lie outside is removed.',
    *changes(file) {
      for (const { annotation, rings, size } of outside(file)) {
        const { index, entry, box } = annotation
        const segmentation = rings.map((ring) => clipPolygon(ring, size)).filter(({ length }) => length > 0)
        if (segmentation.length > 0) yield { list: 'annotations', index, entry: { ...entry, segmentation } }
        else if (!box || isBeyond(box, size)) yield { list: 'annotations', index }
      }
    },
  },
}

function* outside(
  file: RawCoco,
): Generator<{ annotation: RawAnnotation; rings: readonly Polygon[]; size: Size }> {
  for (const annotation of file.annotations) {
    const { segmentation } = annotation
    const size = imageOfAnnotation(file, annotation)?.size
    if (!size || segmentation.kind !== 'polygons') continue
    const { rings } = segmentation
    if (rings.some((ring) => farthest(ring, size) > SLACK)) yield { annotation, rings, size }
  }
}

/** Pixels by which the farthest point lies outside; negative where all are inside. */
function farthest(ring: Polygon, { width, height }: Size): number {
  let by = Number.NEGATIVE_INFINITY
  for (let i = 0; i < ring.length; i++) by = Math.max(by, -ring[i], ring[i] - (i % 2 === 0 ? width : height))
  return by
}

function isBeyond([x, y, w, h]: readonly number[], { width, height }: Size): boolean {
  return x >= width || y >= height || x + w <= 0 || y + h <= 0
}
