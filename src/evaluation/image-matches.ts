import { ALL } from './evaluation-params.ts'
import type { ImageOverlaps } from './image-overlaps.ts'
import { matchDetections } from './match-detections.ts'
import { VERDICT } from './outcomes.ts'

/** Which detection found which object of its own category at one IoU threshold, as COCO matches them. */
export interface ImageMatches extends ImageOverlaps {
  /** [D] Index of the object found, -1 for none. */
  readonly found: Int32Array
  /** [D] 1 where a detection counts as neither right nor wrong: it lies on a crowd. */
  readonly ignored: Uint8Array
  /** [G] Index of the detection that found it, -1 for none. */
  readonly foundBy: Int32Array
}

/** Scores decide who comes first, so leaving out low scores later changes no other match. */
export function matchImage(image: ImageOverlaps, iouThreshold: number): ImageMatches {
  const { detections, groundTruths, start, groundTruth, iou } = image
  const [D, G] = [detections.ids.length, groundTruths.ids.length]
  const ious = new Float64Array(D * G).fill(-1)
  for (let d = 0; d < D; d++) {
    for (let i = start[d]; i < start[d + 1]; i++) {
      const g = groundTruth[i]
      if (groundTruths.categories[g] === detections.categories[d]) ious[d * G + g] = iou[i]
    }
  }
  const matches = matchDetections({ ...image, ious }, [iouThreshold], ALL)
  return {
    ...image,
    found: matches.detectionMatches,
    ignored: matches.detectionIgnored,
    foundBy: matches.groundTruthMatches,
  }
}

/** The N detections of all images in one descending order of score; ties keep the order of the images. */
export interface RankedDetections {
  /** Place of each in the order of the images. */
  readonly order: Uint32Array
  readonly scores: Float64Array
  readonly categories: Int32Array
  /** `VERDICT` */
  readonly verdicts: Uint8Array
}

export function rankMatches(images: readonly ImageMatches[]): RankedDetections {
  const total = images.reduce((sum, { detections }) => sum + detections.ids.length, 0)
  const scores = new Float64Array(total)
  const categories = new Int32Array(total)
  const verdicts = new Uint8Array(total)
  let at = 0
  for (const { detections, found, ignored } of images) {
    scores.set(detections.scores, at)
    categories.set(detections.categories, at)
    for (let d = 0; d < found.length; d++, at++) {
      verdicts[at] = ignored[d] ? VERDICT.ignored : found[d] >= 0 ? VERDICT.right : VERDICT.wrong
    }
  }
  const order = Uint32Array.from({ length: total }, (_, i) => i).sort(
    (a, b) => scores[b] - scores[a] || a - b,
  )
  return {
    order,
    scores: scores.map((_, i) => scores[order[i]]),
    categories: categories.map((_, i) => categories[order[i]]),
    verdicts: verdicts.map((_, i) => verdicts[order[i]]),
  }
}

/** [K] Objects of each category that count. */
export function countPositives(images: readonly ImageOverlaps[], categories: number): number[] {
  const positives = new Array<number>(categories).fill(0)
  for (const { groundTruths } of images) {
    groundTruths.categories.forEach((k, g) => {
      if (!groundTruths.ignore[g]) positives[k]++
    })
  }
  return positives
}

/** Detections that count, in descending order of score, and the objects they are to find. */
export interface Judged {
  readonly scores: readonly number[]
  /** 1 for right, 0 for wrong. */
  readonly right: readonly number[]
  /** Objects that count. */
  readonly positives: number
}

export function judgeTogether(ranking: RankedDetections, positives: readonly number[]): Judged {
  const everything = positives.reduce((sum, count) => sum + count, 0)
  return judge(
    ranking,
    ranking.categories.map(() => 0),
    [everything],
  )[0]
}

export function judgeCategories(ranking: RankedDetections, positives: readonly number[]): Judged[] {
  return judge(ranking, ranking.categories, positives)
}

function judge(
  { scores, verdicts }: RankedDetections,
  groups: Int32Array,
  positives: readonly number[],
): Judged[] {
  const judged = positives.map((count) => ({
    scores: [] as number[],
    right: [] as number[],
    positives: count,
  }))
  for (let i = 0; i < groups.length; i++) {
    if (verdicts[i] === VERDICT.ignored) continue
    judged[groups[i]].scores.push(scores[i])
    judged[groups[i]].right.push(verdicts[i])
  }
  return judged
}
