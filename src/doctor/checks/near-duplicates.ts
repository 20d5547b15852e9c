import { type Box, boxIou, xywhToBox } from '../../geometry/boxes.ts'
import { rleIouMatrix } from '../../geometry/rle-iou.ts'
import { annotationFinding, type Check, type Finding } from '../check.ts'
import { maskOf } from '../mask-facts.ts'
import type { RawAnnotation, RawCoco } from '../raw-coco.ts'
import { repeats } from './repeated-annotations.ts'

/** Masks (boxes where there are none) of one category that overlap more are taken for one object. */
const SAME_OBJECT_IOU = 0.9
/** Masks are compared where the boxes overlap by this. */
const CANDIDATE_BOX_IOU = 0.7

export const nearDuplicates: Check = {
  name: 'near-duplicates',
  title: 'Objects labelled twice',
  severity: 'warning',
  unit: 'annotations',
  why: 'Two labels of one category that nearly cover each other are mostly one object labelled twice: evaluation counts one as missed.',
  advice: 'Look at them and keep one of each pair.',
  thresholds: { sameObjectIou: SAME_OBJECT_IOU, candidateBoxIou: CANDIDATE_BOX_IOU },
  *find({ files }) {
    for (const file of files) {
      const equal = new Set([...repeats(file)].map(([annotation]) => annotation))
      for (const [imageId, annotations] of file.annotationsByImage) {
        if (file.imageById.has(imageId))
          yield* pairs(
            file,
            annotations.filter((one) => !equal.has(one) && !one.isCrowd),
          )
      }
    }
  },
}

function* pairs(file: RawCoco, annotations: readonly RawAnnotation[]): Generator<Finding> {
  const boxed = annotations.flatMap((annotation) => {
    const { box } = annotation
    return box && box[2] > 0 && box[3] > 0 ? [{ annotation, box: xywhToBox(box) }] : []
  })
  boxed.sort((a, b) => a.box[0] - b.box[0])
  for (const [i, a] of boxed.entries()) {
    for (let j = i + 1; j < boxed.length && boxed[j].box[0] < a.box[2]; j++) {
      const b = boxed[j]
      if (a.annotation.categoryId !== b.annotation.categoryId) continue
      if (b.box[1] >= a.box[3] || b.box[3] <= a.box[1]) continue
      const overlap = overlapOf(file, a, b)
      if (overlap.iou <= SAME_OBJECT_IOU) continue
      const [first, second] = a.annotation.index < b.annotation.index ? [a, b] : [b, a]
      const detail = `IoU ${overlap.iou.toFixed(2)} of the ${overlap.kind} with annotations[${first.annotation.index}]`
      yield annotationFinding(file, second.annotation, detail)
    }
  }
}

interface Boxed {
  readonly annotation: RawAnnotation
  readonly box: Box
}

function overlapOf(file: RawCoco, a: Boxed, b: Boxed): { iou: number; kind: 'boxes' | 'masks' } {
  const boxes = boxIou(a.box, b.box)
  if (boxes < CANDIDATE_BOX_IOU) return { iou: 0, kind: 'boxes' }
  const [maskA, maskB] = [maskOf(file, a.annotation), maskOf(file, b.annotation)]
  if (!maskA || !maskB) return { iou: boxes, kind: 'boxes' }
  return { iou: rleIouMatrix([maskA], [maskB], [false])[0], kind: 'masks' }
}
