import { describe, expect, it } from 'vitest'
import { DataError } from '../errors.ts'
import { parseCoco } from '../formats/coco/coco.ts'
import { parseCocoResults } from '../formats/coco/coco-results.ts'
import { evaluateCoco } from './coco-metric.ts'
import { evaluateInstances } from './instance-f1.ts'
import { evaluationReport } from './report.ts'

const square = (x: number) => [[x, 2, x + 10, 2, x + 10, 12, x, 12]]
const groundTruth = parseCoco(
  {
    images: [{ id: 1, file_name: 'a.png', width: 60, height: 20 }],
    categories: [{ id: 3, name: 'leaf' }],
    annotations: [
      {
        ...{ id: 1, image_id: 1, category_id: 3, iscrowd: 0, area: 100 },
        ...{ bbox: [2, 2, 10, 10], segmentation: square(2) },
      },
    ],
  },
  'gt.json',
)
const entry = (x: number, score: number, mask_score?: number) => ({
  ...{ image_id: 1, category_id: 3, score, mask_score },
  ...{ bbox: [x, 2, 10, 10], segmentation: square(x) },
})
const parsed = (entries: unknown) => parseCocoResults(entries, 'results.json', groundTruth)

/** What is wrong has the better score of its class, and what is right that of its mask. */
const results = parsed([entry(40, 0.9, 0.3), entry(2, 0.8, 0.7)])

describe('results with scores of masks', () => {
  it('are ranked by them where masks are compared, and by the class where boxes are', () => {
    // One of two is right: precision 1/2 at every recall where it comes second.
    const AP = (iouType: 'segm' | 'bbox' | 'boundary') =>
      evaluateCoco({ groundTruth, results, iouType }).stats.AP
    expect(AP('segm')).toBeCloseTo(1, 12)
    expect(AP('boundary')).toBeCloseTo(1, 12)
    expect(AP('bbox')).toBeCloseTo(0.5, 12)
  })

  it('are the same in reports and counts', () => {
    const report = evaluationReport({ groundTruth, results, iouType: 'segm' })
    expect(report.stats.AP).toBeCloseTo(1, 12)
    expect(report.minScore).toBe(0.7)
    const { scores } = evaluateInstances({ groundTruth, results, iouThresholds: [0.5], minScore: 0.5 })
    expect(scores[0]).toMatchObject({ truePositives: 1, falsePositives: 0, falseNegatives: 0 })
  })

  it('are as ever without', () => {
    const plain = parsed([entry(40, 0.9), entry(2, 0.8)])
    expect(evaluateCoco({ groundTruth, results: plain, iouType: 'segm' }).stats.AP).toBeCloseTo(0.5, 12)
  })

  it('must be numbers', () => {
    expect(() => parsed([{ ...entry(2, 0.8), mask_score: 'high' }])).toThrow(DataError)
    expect(() => parsed([{ ...entry(2, 0.8), mask_score: 'high' }])).toThrow('mask_score')
  })
})
