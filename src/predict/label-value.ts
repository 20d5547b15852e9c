/** How much a model is in doubt about an image, of what it finds there as it is and mirrored. */
import { boxIou } from '../geometry/boxes.ts'
import type { Rle } from '../geometry/rle.ts'
import { flipRle } from '../geometry/rle-flip.ts'
import { rleIouMatrix } from '../geometry/rle-iou.ts'
import type { Instance } from './instance.ts'

export interface LabelValue {
  readonly objects: number
  /** Of the scores of the objects; see `doubtOf`. */
  readonly doubt: number
  /** 1 less the panoptic quality of the one view against the other; 0 where neither has an object. */
  readonly disagreement: number
  /** The mean of both. */
  readonly uncertainty: number
}

/** Where IoUs pass it, an object is a pair with one other at most (Kirillov et al. 2019, arXiv:1801.00868). */
const PAIR_IOU = 0.5

/**
 * What labels of an image are worth. Scores are those of masks where the model predicts them. Disagreement is told by panoptic quality,
 * the sum of IoUs of pairs of one class over half the number of objects in both.
 * @param mirrored found in the mirrored image, in its pixels
 * @param width of the image
 */
export function labelValue(
  plain: readonly Instance[],
  mirrored: readonly Instance[],
  width: number,
): LabelValue {
  const scores = plain.map(({ score, maskScore }) => maskScore ?? score)
  const doubt = doubtOf(scores)
  const all = plain.length + mirrored.length
  const disagreement = all === 0 ? 0 : 1 - (2 * pairedIou(plain, mirrored, width)) / all
  return { objects: plain.length, doubt, disagreement, uncertainty: (doubt + disagreement) / 2 }
}

/** How far scores are from sure: the mean of 1 - |2 score - 1|, 0 where there are none. */
export function doubtOf(scores: readonly number[]): number {
  if (scores.length === 0) return 0
  return scores.reduce((sum, score) => sum + 1 - Math.abs(2 * score - 1), 0) / scores.length
}

/** Sum of the IoUs of pairs. */
function pairedIou(plain: readonly Instance[], mirrored: readonly Instance[], width: number): number {
  const [own, others] = [masksOf(plain), masksOf(mirrored)?.map((mask) => flipRle(mask, 'horizontal'))]
  const masks =
    own &&
    others &&
    rleIouMatrix(
      own,
      others,
      others.map(() => false),
    )
  let sum = 0
  plain.forEach((one, i) => {
    mirrored.forEach((other, j) => {
      if (one.categoryId !== other.categoryId) return
      const [x1, y1, x2, y2] = other.box
      const iou = masks ? masks[i * mirrored.length + j] : boxIou(one.box, [width - x2, y1, width - x1, y2])
      if (iou > PAIR_IOU) sum += iou
    })
  })
  return sum
}

/** Undefined where one has none. */
function masksOf(instances: readonly Instance[]): Rle[] | undefined {
  const masks = instances.flatMap(({ mask }) => (mask ? [mask.toRuns()] : []))
  return masks.length === instances.length ? masks : undefined
}
