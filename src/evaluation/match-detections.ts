import type { AreaRange } from './evaluation-params.ts'

/** Detections and ground truths of one image and one category, and how they overlap. */
export interface Cell {
  readonly imageId: number
  /** In descending order of score (ties as given), at most as many as are evaluated. */
  readonly detections: {
    readonly ids: readonly number[]
    readonly scores: Float64Array
    readonly areas: Float64Array
  }
  /** In the order of the file. */
  readonly groundTruths: {
    readonly ids: readonly number[]
    readonly areas: Float64Array
    readonly isCrowd: readonly boolean[]
    /** Neither found nor missed counts: crowds, and people without labelled keypoints. */
    readonly ignore: readonly boolean[]
  }
  /** Row-major [D, G]. */
  readonly ious: Float64Array
}

/** Matches of a cell at each of T thresholds, for one range of areas. */
export interface CellMatches {
  /** [T, D] index of the matched ground truth, -1 for none. */
  readonly detectionMatches: Int32Array
  /** [T, D] 1 where a detection counts as neither right nor wrong. */
  readonly detectionIgnored: Uint8Array
  /** [T, G] index of the matched detection (the last, for crowds), -1 for none. */
  readonly groundTruthMatches: Int32Array
  /** [G] 1 where a ground truth counts as neither found nor missed. */
  readonly groundTruthIgnored: Uint8Array
  /** [G] indices of the ground truths in the order they were tried: counted ones first. */
  readonly order: readonly number[]
}

/** Keeps a threshold of 1 reachable. */
export const HIGHEST_THRESHOLD = 1 - 1e-10

/**
 * COCO's greedy matching: each detection, best score first, takes the free ground truth it overlaps most (the later of
 * equals) with at least the threshold; ignored ones only where no counted one fits, crowds any number of
 * times. Unmatched detections outside the area range are ignored. Source: pycocotools `evaluateImg`.
 */
export function matchDetections(
  { detections, groundTruths, ious }: Cell,
  iouThresholds: readonly number[],
  range: AreaRange,
): CellMatches {
  const [D, G, T] = [detections.ids.length, groundTruths.ids.length, iouThresholds.length]
  const groundTruthIgnored = new Uint8Array(G)
  for (let g = 0; g < G; g++) groundTruthIgnored[g] = counts(groundTruths, g, range) ? 0 : 1
  const order: number[] = []
  for (let g = 0; g < G; g++) if (!groundTruthIgnored[g]) order.push(g)
  for (let g = 0; g < G; g++) if (groundTruthIgnored[g]) order.push(g)

  const detectionMatches = new Int32Array(T * D).fill(-1)
  const groundTruthMatches = new Int32Array(T * G).fill(-1)
  const detectionIgnored = new Uint8Array(T * D)
  const lowest = Math.min(...iouThresholds, HIGHEST_THRESHOLD)
  for (let d = 0; d < D; d++) {
    // Most pairs do not overlap enough at any threshold.
    const near = order.filter((g) => ious[d * G + g] >= lowest)
    const isOutside = !isWithin(detections.areas[d], range)
    for (let t = 0; t < T; t++) {
      let best = -1
      let bestIou = Math.min(iouThresholds[t], HIGHEST_THRESHOLD)
      for (const g of near) {
        if (groundTruthMatches[t * G + g] >= 0 && !groundTruths.isCrowd[g]) continue
        if (best >= 0 && !groundTruthIgnored[best] && groundTruthIgnored[g]) break
        const iou = ious[d * G + g]
        if (iou < bestIou) continue
        bestIou = iou
        best = g
      }
      if (best >= 0) {
        detectionMatches[t * D + d] = best
        groundTruthMatches[t * G + best] = d
        detectionIgnored[t * D + d] = groundTruthIgnored[best]
      }
      if (isOutside && !isMatched(groundTruths.ids, best)) detectionIgnored[t * D + d] = 1
    }
  }
  return { detectionMatches, detectionIgnored, groundTruthMatches, groundTruthIgnored, order }
}

/** Whether a ground truth is found or missed in a range of areas. */
export function counts({ ignore, areas }: Cell['groundTruths'], g: number, range: AreaRange): boolean {
  return !ignore[g] && isWithin(areas[g], range)
}

export function isWithin(area: number, { min, max }: AreaRange): boolean {
  return !(area < min || area > max)
}

/** pycocotools stores matches as annotation ids with 0 for none, so a match with annotation 0 does not count. */
export function isMatched(groundTruthIds: readonly number[], match: number): boolean {
  return match >= 0 && groundTruthIds[match] !== 0
}
