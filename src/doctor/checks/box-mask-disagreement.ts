import { type Box, boxToXywh, clipBox, xywhToBox } from '../../geometry/boxes.ts'
import { boxConvention } from '../box-convention.ts'
import { annotationFinding, type Check } from '../check.ts'
import { type MaskFacts, maskFacts } from '../mask-facts.ts'
import { imageOfAnnotation, type RawAnnotation, type RawCoco } from '../raw-coco.ts'

/** Pixels by which a side of the box may lie off that of the mask: rounding, and boxes that end on the last pixel. */
const SLACK = 2
/** The same as a share of the box's side. */
const SLACK_SHARE = 0.05

export const boxMaskDisagreement: Check = {
  name: 'box-mask-disagreement',
  title: 'Boxes that do not fit their masks',
  severity: 'warning',
  unit: 'annotations',
  why: 'Box and mask teach the model different places for one object.',
  advice: 'Decide which of them is right; boxes follow from masks, but not the other way round.',
  thresholds: { slack: SLACK, slackShare: SLACK_SHARE },
  *find({ files }) {
    for (const file of files) {
      for (const { annotation, mask, box, off } of disagreements(file)) {
        yield annotationFinding(
          file,
          annotation,
          `off by ${Number(off.toFixed(1))} pixels: box ${shown(box)}, mask ${shown(mask.outline?.box ?? mask.box)}`,
        )
      }
    }
  },
  repair: {
    does: 'The box is taken from the mask.',
    *changes(file) {
      for (const { annotation, mask } of disagreements(file)) {
        const bbox = boxToXywh(mask.box)
        yield { list: 'annotations', index: annotation.index, entry: { ...annotation.entry, bbox } }
      }
    },
  },
}

interface Disagreement {
  readonly annotation: RawAnnotation
  readonly mask: MaskFacts
  readonly box: Box
  /** Pixels of the worst side. */
  readonly off: number
}

function* disagreements(file: RawCoco): Generator<Disagreement> {
  if (boxConvention(file) !== 'xywh') return
  for (const annotation of file.annotations) {
    const { box: xywh } = annotation
    const size = imageOfAnnotation(file, annotation)?.size
    // Boxes without size are another matter.
    if (!xywh || !size || !(xywh[2] > 0 && xywh[3] > 0)) continue
    const mask = maskFacts(file, annotation)
    if (!mask || mask.pixels === 0) continue
    const box = clipBox(xywhToBox(xywh), size)
    const boxes = mask.outline ? [mask.box, clipBox(mask.outline.box, size)] : [mask.box]
    const off = Math.min(...boxes.map((other) => excess(box, other)))
    if (off > 0) yield { annotation, mask, box: xywhToBox(xywh), off }
  }
}

/** Pixels of the side that is farthest off, where any is off by more than the slack; 0 otherwise. */
function excess(a: Box, b: Box): number {
  const sides = a.map((value, i) => {
    const length = i % 2 === 0 ? a[2] - a[0] : a[3] - a[1]
    const off = Math.abs(value - b[i])
    return off > Math.max(SLACK, SLACK_SHARE * length) ? off : 0
  })
  return Math.max(...sides)
}

function shown(box: Box): string {
  return `[${boxToXywh(box)
    .map((value) => Number(value.toFixed(1)))
    .join(', ')}]`
}
