import { ALL } from './evaluation-params.ts'
import type { ImageOverlaps } from './image-overlaps.ts'
import { matchDetections } from './match-detections.ts'

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

/** The detections of all images in one descending order of score; ties keep the order of the images. */
export interface RankedDetections {
  /** [N] Which image, and which detection in it. */
  readonly image: Uint32Array
  readonly detection: Uint32Array
}

export function rankImages(images: readonly ImageOverlaps[]): RankedDetections {
  const total = images.reduce((sum, { detections }) => sum + detections.ids.length, 0)
  const [image, detection] = [new Uint32Array(total), new Uint32Array(total)]
  const scores = new Float64Array(total)
  let at = 0
  images.forEach(({ detections }, i) => {
    for (let d = 0; d < detections.ids.length; d++, at++) {
      image[at] = i
      detection[at] = d
      scores[at] = detections.scores[d]
    }
  })
  const order = Uint32Array.from({ length: total }, (_, i) => i).sort(
    (a, b) => scores[b] - scores[a] || a - b,
  )
  return { image: order.map((i) => image[i]), detection: order.map((i) => detection[i]) }
}

/** Detections that count, in descending order of score, and the objects they are to find. */
export interface Judged {
  readonly scores: number[]
  /** 1 for right, 0 for wrong. */
  readonly right: number[]
  /** Objects that count. */
  positives: number
}

/** What counts in each category. */
export function judgeCategories(
  images: readonly ImageMatches[],
  { image, detection }: RankedDetections,
  categories: number,
): Judged[] {
  const judged = countPositives(images, categories)
  for (let i = 0; i < image.length; i++) {
    const { detections, found, ignored } = images[image[i]]
    const d = detection[i]
    if (ignored[d]) continue
    const { scores, right } = judged[detections.categories[d]]
    scores.push(detections.scores[d])
    right.push(found[d] >= 0 ? 1 : 0)
  }
  return judged
}

/** Each category with its objects and no detection yet. */
export function countPositives(images: readonly ImageOverlaps[], categories: number): Judged[] {
  const judged = Array.from({ length: categories }, (): Judged => ({ scores: [], right: [], positives: 0 }))
  for (const { groundTruths } of images) {
    groundTruths.categories.forEach((k, g) => {
      if (!groundTruths.ignore[g]) judged[k].positives++
    })
  }
  return judged
}

/** All categories as one. */
export function joinJudged(judged: readonly Judged[]): Judged {
  const scores = judged.flatMap((category) => category.scores)
  const right = judged.flatMap((category) => category.right)
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b)
  return {
    scores: Array.from(order, (i) => scores[i]),
    right: Array.from(order, (i) => right[i]),
    positives: judged.reduce((sum, { positives }) => sum + positives, 0),
  }
}
