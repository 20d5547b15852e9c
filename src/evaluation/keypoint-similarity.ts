import type { Annotation } from '../data/dataset.ts'
import { DataError } from '../errors.ts'
import type { CocoResult } from '../formats/coco/coco-results.ts'
import { boxToXywh } from '../geometry/boxes.ts'
import { numpySum } from './numpy-sum.ts'

/**
 * Object keypoint similarity of every detection with every person, row-major [D, G]: the mean over labelled
 * keypoints of exp(-d^2 / (2 s^2 (2 sigma)^2)) with s^2 the annotated area. Where nothing is labelled, d is the
 * distance to the box enlarged to three times its sides. As pycocotools' `computeOks`; an annotation without keypoints, which it
 * refuses, has none labelled. 0, and nothing asked of their keypoints, for pairs that are not compared: with `useCategories`
 * those of two categories, and those of which neither has keypoints.
 */
export function keypointSimilarity(
  detections: readonly CocoResult[],
  groundTruths: readonly Annotation[],
  sigmas: readonly number[],
  useCategories: boolean,
): Float64Array<ArrayBuffer> {
  const similarity = new Float64Array(detections.length * groundTruths.length)
  const variances = sigmas.map((sigma) => (sigma * 2) ** 2)
  groundTruths.forEach((person, g) => {
    const isCompared = ({ categoryId, keypoints }: CocoResult) =>
      (!useCategories || categoryId === person.categoryId) && Boolean(keypoints ?? person.keypoints)
    if (!detections.some(isCompared)) return
    const unlabelled = new Array<number>(3 * sigmas.length).fill(0)
    const truth = keypointsOf(person.keypoints ?? unlabelled, sigmas.length, `annotation ${person.id}`)
    const labelled = sigmas.map((_, k) => truth[3 * k + 2] > 0)
    const anyLabelled = labelled.includes(true)
    const [x, y, width, height] = person.xywh ?? boxToXywh(person.box)
    detections.forEach((detection, d) => {
      if (!isCompared(detection)) return
      const found = keypointsOf(detection.keypoints, sigmas.length, `result ${detection.id}`)
      const terms: number[] = []
      for (let k = 0; k < sigmas.length; k++) {
        if (anyLabelled && !labelled[k]) continue
        const [dx, dy] = anyLabelled
          ? [found[3 * k] - truth[3 * k], found[3 * k + 1] - truth[3 * k + 1]]
          : [outside(found[3 * k], x, width), outside(found[3 * k + 1], y, height)]
        terms.push(Math.exp(-((dx ** 2 + dy ** 2) / variances[k] / (person.area + Number.EPSILON) / 2)))
      }
      similarity[d * groundTruths.length + g] = numpySum(terms) / terms.length
    })
  })
  return similarity
}

/** How far a coordinate lies outside [low - length, low + 2 length]. */
function outside(coordinate: number, low: number, length: number): number {
  return Math.max(0, low - length - coordinate) + Math.max(0, coordinate - (low + length * 2))
}

function keypointsOf(
  keypoints: readonly number[] | undefined,
  count: number,
  where: string,
): readonly number[] {
  if (keypoints?.length === 3 * count) return keypoints
  throw new DataError('keypoints do not fit the evaluation', {
    where,
    expected: `${count} keypoints, one for each sigma`,
    got: keypoints ? `${keypoints.length / 3}` : 'none',
  })
}
