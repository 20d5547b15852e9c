import { evaluationReport } from '../src/evaluation/report.ts'
import { parseCoco } from '../src/formats/coco/coco.ts'
import { parseCocoResults } from '../src/formats/coco/coco-results.ts'

/** A rectangle as a polygon. */
function ring(x: number, y: number, w: number, h: number) {
  return [[x, y, x + w, y, x + w, y + h, x, y + h]]
}

/** Two images; on each a square leaf that is found, on the first a stem taken for a leaf and one outlined badly. */
export const EXAMPLE_COCO = {
  images: [
    { id: 1, file_name: 'a<b>.png', width: 100, height: 80 },
    { id: 2, file_name: 'second.png', width: 700, height: 60 },
  ],
  categories: [
    { id: 4, name: 'leaf' },
    { id: 9, name: 'stem & <i>root</i>' },
  ],
  annotations: [
    { id: 11, image_id: 1, category_id: 4, ...shape(10, 10, 20, 20) },
    { id: 12, image_id: 1, category_id: 9, ...shape(60, 10, 20, 10) },
    { id: 13, image_id: 1, category_id: 9, ...shape(60, 50, 20, 10) },
    { id: 14, image_id: 2, category_id: 4, ...shape(30, 20, 20, 20) },
    { id: 15, image_id: 2, category_id: 9, ...shape(80, 5, 600, 50) },
  ],
}

export const EXAMPLE_RESULTS = [
  { image_id: 1, category_id: 4, score: 0.9, segmentation: ring(10, 10, 20, 20) },
  // A stem (12) taken for a leaf.
  { image_id: 1, category_id: 4, score: 0.8, segmentation: ring(60, 10, 20, 10) },
  // 20 x 10 against 20 x 10, 6 columns apart: IoU 140 / 260.
  { image_id: 1, category_id: 9, score: 0.7, segmentation: ring(66, 50, 20, 10) },
  { image_id: 2, category_id: 4, score: 0.6, segmentation: ring(30, 20, 20, 20) },
  // On nothing.
  { image_id: 2, category_id: 4, score: 0.95, segmentation: ring(0, 0, 12, 12) },
]

function shape(x: number, y: number, w: number, h: number) {
  return { bbox: [x, y, w, h], area: w * h, iscrowd: 0, segmentation: ring(x, y, w, h) }
}

export function exampleEvaluation() {
  const groundTruth = parseCoco(EXAMPLE_COCO, 'example')
  const results = parseCocoResults(EXAMPLE_RESULTS, 'example results', groundTruth)
  const report = evaluationReport({ groundTruth, results, iouType: 'segm', minScore: 0.5 })
  return { groundTruth, results, report }
}
