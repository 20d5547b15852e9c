import { defaultParams } from '../src/evaluation/evaluation-params.ts'
import { type ImageOverlaps, measureImages } from '../src/evaluation/image-overlaps.ts'
import { parseCoco } from '../src/formats/coco/coco.ts'
import { parseCocoResults } from '../src/formats/coco/coco-results.ts'

type Bbox = readonly [x: number, y: number, width: number, height: number]

export interface TinyObject {
  readonly category: number
  readonly bbox: Bbox
  readonly image?: number
  readonly crowd?: boolean
}

export interface TinyDetection {
  readonly category: number
  readonly bbox: Bbox
  readonly score: number
  readonly image?: number
}

/** Annotations and results small enough to work out by hand: images 1 and 2 of 100 x 100 pixels, ids counted from 1. */
export function tinyProblem(
  categories: readonly string[],
  objects: readonly TinyObject[],
  detections: readonly TinyDetection[],
) {
  const images = [1, 2].map((id) => ({ id, width: 100, height: 100, file_name: `${id}.png` }))
  const annotations = objects.map(({ category, bbox, image = 1, crowd }, i) => ({
    id: i + 1,
    image_id: image,
    category_id: category,
    bbox,
    area: bbox[2] * bbox[3],
    iscrowd: crowd ? 1 : 0,
  }))
  const named = categories.map((name, k) => ({ id: k + 1, name }))
  const groundTruth = parseCoco({ images, annotations, categories: named }, 'gt.json')
  const entries = detections.map(({ category, bbox, score, image = 1 }) => ({
    image_id: image,
    category_id: category,
    bbox,
    score,
  }))
  return { groundTruth, results: parseCocoResults(entries, 'dt.json', groundTruth), iouType: 'bbox' as const }
}

export function tinyImages(...problem: Parameters<typeof tinyProblem>): readonly ImageOverlaps[] {
  const { groundTruth, results, iouType } = tinyProblem(...problem)
  return measureImages({
    groundTruth,
    results,
    iouType,
    params: defaultParams(iouType),
    imageIds: [1, 2],
    categoryIds: groundTruth.categories.map(({ id }) => id),
    limit: 100,
  }).images
}

/** One error of every kind, two things right. Boxes of 10 x 10; a shift by 5 is an IoU of 1/3. */
export const EVERY_ERROR: Parameters<typeof tinyProblem> = [
  ['apple', 'bean'],
  [
    { category: 1, bbox: [0, 0, 10, 10] },
    { category: 1, bbox: [20, 0, 10, 10] },
    { category: 1, bbox: [40, 0, 10, 10] },
    { category: 1, bbox: [80, 0, 10, 20] },
    { category: 2, bbox: [60, 0, 10, 10] },
  ],
  [
    { category: 1, score: 0.9, bbox: [0, 0, 10, 10] }, // right
    { category: 1, score: 0.8, bbox: [0, 0, 10, 10] }, // the same object again
    { category: 1, score: 0.7, bbox: [25, 0, 10, 10] }, // badly placed
    { category: 1, score: 0.6, bbox: [60, 0, 10, 10] }, // a bean taken for an apple
    { category: 1, score: 0.5, bbox: [0, 50, 10, 10] }, // nothing there
    { category: 1, score: 0.4, bbox: [65, 0, 10, 10] }, // a bean taken for an apple, and badly placed
    { category: 1, score: 0.1, bbox: [40, 0, 10, 10] }, // right
  ],
]
