import { describe, expect, it } from 'vitest'
import { parseCoco } from '../formats/coco/coco.ts'
import { parseCocoResults } from '../formats/coco/coco-results.ts'
import { evaluateInstances } from './instance-f1.ts'

const box = (id: number, image: number, bbox: number[], more = {}) => ({
  id,
  image_id: image,
  category_id: 1,
  bbox,
  ...more,
})
const data = (annotations: object[], images = [1, 2]) =>
  parseCoco(
    {
      images: images.map((id) => ({ id, width: 100, height: 100, file_name: `${id}.png` })),
      categories: [{ id: 1, name: 'cell' }],
      annotations,
    },
    'gt.json',
  )

describe('evaluateInstances', () => {
  it('counts objects of every image', () => {
    // Image 1: one found, one missed, one invented: 1/3. Image 2: nothing there, nothing found: 1.
    const groundTruth = data([box(1, 1, [0, 0, 10, 10]), box(2, 1, [50, 50, 10, 10])])
    const found = [
      { ...box(0, 1, [0, 0, 10, 8]), score: 0.9 },
      { ...box(0, 1, [30, 30, 5, 5]), score: 0.8 },
      { ...box(0, 1, [80, 80, 5, 5]), score: 0.1 },
    ]
    const results = parseCocoResults(found, 'dt.json', groundTruth)
    const iouThresholds = [0.5, 0.9]
    const { scores, meanF1 } = evaluateInstances({
      groundTruth,
      results,
      iouType: 'bbox',
      iouThresholds,
      minScore: 0.5,
    })
    expect(scores[0]).toEqual({
      iouThreshold: 0.5,
      truePositives: 1,
      falsePositives: 1,
      falseNegatives: 1,
      accuracy: 1 / 3,
      f1: 1 / 2,
      meanAccuracy: (1 / 3 + 1) / 2,
    })
    // IoU is 0.8: nothing is found at 0.9.
    expect(scores[1]).toMatchObject({ truePositives: 0, falsePositives: 2, falseNegatives: 2, f1: 0 })
    expect(meanF1).toBe(1 / 4)
  })

  it('pairs as many as possible where the best pair would cost one', () => {
    // Objects A = [0, 10) and B = [4, 14). Detection 1 = [3, 13) overlaps B best (9/11) and A by 7/13; detection 2 = [6, 16)
    // reaches B alone (8/12). At 0.5 both can be right only if detection 1 takes A.
    const groundTruth = data([box(1, 1, [4, 0, 10, 10]), box(2, 1, [0, 0, 10, 10])], [1])
    const found = [
      { ...box(0, 1, [3, 0, 10, 10]), score: 0.9 },
      { ...box(0, 1, [6, 0, 10, 10]), score: 0.8 },
    ]
    const results = parseCocoResults(found, 'dt.json', groundTruth)
    const { scores } = evaluateInstances({ groundTruth, results, iouType: 'bbox', iouThresholds: [0.5] })
    expect(scores[0]).toMatchObject({ truePositives: 2, falsePositives: 0, falseNegatives: 0, f1: 1 })
  })

  it('forgives detections on a crowd and does not ask for it', () => {
    const groundTruth = data([box(1, 1, [0, 0, 50, 50], { iscrowd: 1 })], [1])
    const results = parseCocoResults([{ ...box(0, 1, [0, 0, 9, 9]), score: 1 }], 'dt.json', groundTruth)
    const { scores } = evaluateInstances({ groundTruth, results, iouType: 'bbox', iouThresholds: [0.5] })
    expect(scores[0]).toMatchObject({ truePositives: 0, falsePositives: 0, falseNegatives: 0, accuracy: 1 })
  })
})
