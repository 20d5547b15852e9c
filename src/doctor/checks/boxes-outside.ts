import { boxToXywh, clipBox, type Size, type XywhBox, xywhToBox } from '../../geometry/boxes.ts'
import { boxConvention } from '../box-convention.ts'
import { annotationFinding, type Check } from '../check.ts'
import { imageOfAnnotation, type RawAnnotation, type RawCoco } from '../raw-coco.ts'

/** Pixels by which a box may leave its image: rounding of labelling programs. */
const SLACK = 1

export const boxesOutside: Check = {
  name: 'boxes-outside',
  title: 'Boxes outside their image',
  severity: 'warning',
  unit: 'annotations',
  why: 'The model is asked for something it cannot see; many such boxes mean that labels and images do not belong together.',
  advice: 'A few can be clipped; for many, check sizes, scaling and the form of the boxes.',
  thresholds: { slack: SLACK },
  *find({ files }) {
    for (const file of files) {
      for (const { annotation, box, size } of outside(file)) {
        const [x1, y1, x2, y2] = xywhToBox(box)
        const isGone = x1 >= size.width || y1 >= size.height || x2 <= 0 || y2 <= 0
        const by = Math.max(-x1, -y1, x2 - size.width, y2 - size.height)
        yield annotationFinding(
          file,
          annotation,
          isGone
            ? `lies outside the image of ${size.width} x ${size.height} altogether`
            : `leaves the image of ${size.width} x ${size.height} by ${rounded(by)} pixels`,
        )
      }
    }
  },
  repair: {
    does: 'The boxes are clipped to the image; what is left without size is treated as a box without size.',
    *changes(file) {
      for (const { annotation, box, size } of outside(file)) {
        const bbox = boxToXywh(clipBox(xywhToBox(box), size))
        yield { list: 'annotations', index: annotation.index, entry: { ...annotation.entry, bbox } }
      }
    },
  },
}

function* outside(file: RawCoco): Generator<{ annotation: RawAnnotation; box: XywhBox; size: Size }> {
  if (boxConvention(file) !== 'xywh') return
  for (const annotation of file.annotations) {
    const { box } = annotation
    const size = imageOfAnnotation(file, annotation)?.size
    if (!box || !size || !(box[2] > 0 && box[3] > 0)) continue
    const [x, y, width, height] = box
    if (x < -SLACK || y < -SLACK || x + width > size.width + SLACK || y + height > size.height + SLACK) {
      yield { annotation, box, size }
    }
  }
}

function rounded(pixels: number): string {
  return String(Number(pixels.toFixed(1)))
}
