import { ShapeError } from '../errors.ts'

const round = Math.fround

/**
 * Greedy non-maximum suppression: indices of the kept boxes, best score first. Float32 arithmetic operation by
 * operation and `IoU > threshold` as torchvision.ops.nms; equal scores keep their order, and boxes without
 * area neither suppress nor are suppressed.
 * @param boxes [R, 4] x1 y1 x2 y2
 * @param scores [R]
 */
export function nms(boxes: Float32Array, scores: ArrayLike<number>, threshold: number): number[] {
  checkSizes(boxes, scores)
  return suppress(boxes, descending(scores), threshold)
}

/**
 * NMS within each group (class) alone; indices of the kept boxes, best score first. Up to 1000 boxes the
 * groups are moved apart by an offset in float32 as torchvision.ops.batched_nms does, which rounds the
 * boxes; beyond that each group goes alone.
 * @param groups [R] non-negative group of each box
 */
export function batchedNms(
  boxes: Float32Array,
  scores: ArrayLike<number>,
  groups: ArrayLike<number>,
  threshold: number,
): number[] {
  checkSizes(boxes, scores)
  if (groups.length !== scores.length) {
    throw new ShapeError('groups do not fit the boxes', {
      expected: `${scores.length}`,
      got: `${groups.length}`,
    })
  }
  const order = descending(scores)
  if (scores.length > 1000) {
    const kept = new Uint8Array(scores.length)
    const byGroup = new Map<number, number[]>()
    for (const index of order) {
      const members = byGroup.get(groups[index])
      if (members) members.push(index)
      else byGroup.set(groups[index], [index])
    }
    for (const members of byGroup.values()) {
      for (const index of suppress(boxes, members, threshold)) kept[index] = 1
    }
    return order.filter((index) => kept[index])
  }
  const step = round(boxes.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) + 1)
  const apart = boxes.map((coordinate, i) => coordinate + round(groups[i >> 2] * step))
  return suppress(apart, order, threshold)
}

export type SoftNmsMethod = 'linear' | 'gaussian'

export interface SoftNmsOptions {
  readonly method: SoftNmsMethod
  /** Linear decay touches boxes with a larger IoU only. Default 0.3. */
  readonly threshold?: number
  /** Width of the Gaussian decay. Default 0.5. */
  readonly sigma?: number
  /** Boxes whose decayed score is lower are dropped. Default 0.001. */
  readonly minScore?: number
}

/**
 * Soft-NMS (Bodla et al. 2017): instead of dropping overlapping boxes lowers their scores, by 1 - IoU (linear)
 * or exp(-IoU^2 / sigma) (Gaussian). Float64; indices and decayed scores in the order of selection.
 * @param boxes [R, 4] x1 y1 x2 y2
 */
export function softNms(
  boxes: ArrayLike<number>,
  scores: ArrayLike<number>,
  { method, threshold = 0.3, sigma = 0.5, minScore = 0.001 }: SoftNmsOptions,
): { indices: number[]; scores: number[] } {
  checkSizes(boxes, scores)
  const decayed = Float64Array.from(scores)
  let remaining = Array.from(decayed.keys())
  const indices: number[] = []
  const selectedScores: number[] = []
  while (remaining.length > 0) {
    const best = remaining.reduce((a, b) => (decayed[b] > decayed[a] ? b : a))
    if (!(decayed[best] >= minScore)) break
    indices.push(best)
    selectedScores.push(decayed[best])
    remaining = remaining.filter((other) => {
      if (other === best) return false
      const iou = iouOf(boxes, best, other)
      if (method === 'gaussian') decayed[other] *= Math.exp(-(iou * iou) / sigma)
      else if (iou > threshold) decayed[other] *= 1 - iou
      return decayed[other] >= minScore
    })
  }
  return { indices, scores: selectedScores }
}

function checkSizes(boxes: ArrayLike<number>, scores: ArrayLike<number>): void {
  if (boxes.length !== 4 * scores.length) {
    throw new ShapeError('boxes and scores do not fit', {
      expected: `${4 * scores.length} coordinates for ${scores.length} scores`,
      got: `${boxes.length}`,
    })
  }
}

function descending(scores: ArrayLike<number>): number[] {
  return Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a])
}

/** Greedy pass over `order`; the float32 rounding of each operation is part of the result. */
function suppress(boxes: Float32Array, order: readonly number[], threshold: number): number[] {
  const area = (i: number) =>
    round(round(boxes[4 * i + 2] - boxes[4 * i]) * round(boxes[4 * i + 3] - boxes[4 * i + 1]))
  const gone = new Uint8Array(order.length)
  const areas = Float32Array.from(order, area)
  const kept: number[] = []
  for (let i = 0; i < order.length; i++) {
    if (gone[i]) continue
    const a = 4 * order[i]
    kept.push(order[i])
    for (let j = i + 1; j < order.length; j++) {
      if (gone[j]) continue
      const b = 4 * order[j]
      const width = round(Math.min(boxes[a + 2], boxes[b + 2]) - Math.max(boxes[a], boxes[b]))
      const height = round(Math.min(boxes[a + 3], boxes[b + 3]) - Math.max(boxes[a + 1], boxes[b + 1]))
      const shared = round(Math.max(0, width) * Math.max(0, height))
      if (round(shared / round(round(areas[i] + areas[j]) - shared)) > threshold) gone[j] = 1
    }
  }
  return kept
}

function iouOf(boxes: ArrayLike<number>, i: number, j: number): number {
  const [a, b] = [4 * i, 4 * j]
  const width = Math.min(boxes[a + 2], boxes[b + 2]) - Math.max(boxes[a], boxes[b])
  const height = Math.min(boxes[a + 3], boxes[b + 3]) - Math.max(boxes[a + 1], boxes[b + 1])
  if (!(width > 0 && height > 0)) return 0
  const area = (at: number) => (boxes[at + 2] - boxes[at]) * (boxes[at + 3] - boxes[at + 1])
  return (width * height) / (area(a) + area(b) - width * height)
}
