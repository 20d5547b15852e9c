import type { ImageOverlaps } from './image-overlaps.ts'

/** Which category was taken for which; the last row and column stand for the background. */
export interface ConfusionMatrix {
  readonly iouThreshold: number
  readonly minScore: number
  /** Names of the categories, without the background. */
  readonly categories: readonly string[]
  /** [K + 1, K + 1]: rows are true categories then invented objects, columns predicted ones then missed objects. */
  readonly counts: readonly (readonly number[])[]
}

/**
 * Objects and detections of at least `minScore` are paired whatever their categories, largest IoU first (of equals the same
 * category first, then the better score), each once, down to `iouThreshold`. What stays alone was missed or
 * invented, but a detection on a crowd of its category counts nowhere.
 */
export function confusionMatrix(
  images: readonly ImageOverlaps[],
  categories: readonly string[],
  iouThreshold: number,
  minScore: number,
): ConfusionMatrix {
  const background = categories.length
  const counts = Array.from({ length: background + 1 }, () => new Array<number>(background + 1).fill(0))
  for (const image of images) {
    const { detections, groundTruths } = image
    const foundBy = pair(image, iouThreshold, minScore)
    const paired = new Set(foundBy)
    groundTruths.categories.forEach((k, g) => {
      if (groundTruths.ignore[g]) return
      counts[k][foundBy[g] < 0 ? background : detections.categories[foundBy[g]]]++
    })
    detections.categories.forEach((k, d) => {
      const counted = detections.scores[d] >= minScore && !paired.has(d)
      if (counted && !liesOnIgnored(image, d, iouThreshold)) counts[background][k]++
    })
  }
  return { iouThreshold, minScore, categories, counts }
}

/** [G] Detection each object is paired with, -1 for none. */
function pair(image: ImageOverlaps, iouThreshold: number, minScore: number): Int32Array {
  const { detections, groundTruths, start, groundTruth, iou } = image
  const pairs: { d: number; g: number; iou: number; same: boolean }[] = []
  for (let d = 0; d < detections.ids.length && detections.scores[d] >= minScore; d++) {
    for (let i = start[d]; i < start[d + 1]; i++) {
      const g = groundTruth[i]
      if (groundTruths.ignore[g] || iou[i] < iouThreshold) continue
      pairs.push({ d, g, iou: iou[i], same: detections.categories[d] === groundTruths.categories[g] })
    }
  }
  pairs.sort((a, b) => b.iou - a.iou || Number(b.same) - Number(a.same) || a.d - b.d)
  const foundBy = new Int32Array(groundTruths.ids.length).fill(-1)
  const taken = new Set<number>()
  for (const { d, g } of pairs) {
    if (foundBy[g] >= 0 || taken.has(d)) continue
    foundBy[g] = d
    taken.add(d)
  }
  return foundBy
}

/** Whether a detection overlaps a crowd (or a person without labelled keypoints) of its category by the threshold. */
export function liesOnIgnored(
  { detections, groundTruths, start, groundTruth, iou }: ImageOverlaps,
  d: number,
  iouThreshold: number,
): boolean {
  for (let i = start[d]; i < start[d + 1]; i++) {
    const g = groundTruth[i]
    const counts = groundTruths.ignore[g] && groundTruths.categories[g] === detections.categories[d]
    if (counts && iou[i] >= iouThreshold) return true
  }
  return false
}
