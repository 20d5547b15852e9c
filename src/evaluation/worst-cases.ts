import type { DetectionErrors, ErrorKind } from './detection-errors.ts'
import type { ImageMatches } from './image-matches.ts'
import { iouOf } from './image-overlaps.ts'

/** One case worth looking at. */
export interface WorstCase {
  readonly kind: 'false-positive' | 'missed' | 'poor-match'
  /** Why a false positive is wrong. */
  readonly error?: ErrorKind
  readonly imageId: number
  readonly categoryId: number
  /** Of the detection, where there is one. */
  readonly score?: number
  /** With the object it is matched with; for a false positive with the object it overlaps most, where there is one. */
  readonly iou?: number
  /** Square pixels, of the object; of a false positive its own. */
  readonly area: number
  readonly resultId?: number
  readonly annotationId?: number
}

/**
 * Of detections with at least `minScore` the surest wrong ones, of the objects these leave unfound the largest, and of the
 * objects they find those found worst (with an IoU nearer to the threshold than to 1): up to `ofEach`, worst first.
 * @param errors of each image
 */
export function worstCases(
  images: readonly ImageMatches[],
  errors: readonly DetectionErrors[],
  categoryIds: readonly number[],
  { iouThreshold, minScore, ofEach }: { iouThreshold: number; minScore: number; ofEach: number },
): WorstCase[] {
  const wrong = images.flatMap((image, i) => falsePositives(image, errors[i], categoryIds, minScore))
  const missed = images.flatMap((image) => missedObjects(image, categoryIds, minScore))
  const poor = images
    .flatMap((image) => matches(image, categoryIds, minScore))
    .filter(({ iou = 0 }) => iou < (1 + iouThreshold) / 2)
  wrong.sort((a, b) => (b.score ?? 0) - (a.score ?? 0))
  missed.sort((a, b) => b.area - a.area)
  poor.sort((a, b) => (a.iou ?? 0) - (b.iou ?? 0))
  return [wrong, missed, poor].flatMap((cases) => cases.slice(0, ofEach))
}

function falsePositives(
  image: ImageMatches,
  { kinds }: DetectionErrors,
  categoryIds: readonly number[],
  minScore: number,
): WorstCase[] {
  const { imageId, detections, groundTruths, ignored } = image
  return kinds.flatMap((error, d) => {
    if (!error || ignored[d] || detections.scores[d] < minScore) return []
    const g = mostOverlapped(image, d)
    return [
      {
        kind: 'false-positive' as const,
        error,
        imageId,
        categoryId: categoryIds[detections.categories[d]],
        score: detections.scores[d],
        area: detections.areas[d],
        resultId: detections.ids[d],
        ...(g >= 0 && { iou: iouOf(image, d, g), annotationId: groundTruths.ids[g] }),
      },
    ]
  })
}

/** Object that counts, of any category; -1 for none. */
function mostOverlapped({ groundTruths, start, groundTruth, iou }: ImageMatches, d: number): number {
  let best = -1
  let most = 0
  for (let i = start[d]; i < start[d + 1]; i++) {
    if (groundTruths.ignore[groundTruth[i]] || iou[i] <= most) continue
    best = groundTruth[i]
    most = iou[i]
  }
  return best
}

function missedObjects(
  { imageId, detections, groundTruths, foundBy }: ImageMatches,
  categoryIds: readonly number[],
  minScore: number,
): WorstCase[] {
  return groundTruths.ids.flatMap((annotationId, g) => {
    const isFound = foundBy[g] >= 0 && detections.scores[foundBy[g]] >= minScore
    if (groundTruths.ignore[g] || isFound) return []
    const categoryId = categoryIds[groundTruths.categories[g]]
    return [{ kind: 'missed' as const, imageId, categoryId, area: groundTruths.areas[g], annotationId }]
  })
}

function matches(image: ImageMatches, categoryIds: readonly number[], minScore: number): WorstCase[] {
  const { imageId, detections, groundTruths, found, ignored } = image
  return detections.ids.flatMap((resultId, d) => {
    const g = found[d]
    if (g < 0 || ignored[d] || detections.scores[d] < minScore) return []
    return [
      {
        kind: 'poor-match' as const,
        imageId,
        categoryId: categoryIds[detections.categories[d]],
        score: detections.scores[d],
        iou: iouOf(image, d, g),
        area: groundTruths.areas[g],
        resultId,
        annotationId: groundTruths.ids[g],
      },
    ]
  })
}
