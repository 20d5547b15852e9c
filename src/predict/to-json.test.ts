import { describe, expect, it } from 'vitest'
import { type Instance, instanceMask } from './instance.ts'
import { cocoResults, predictionJson } from './to-json.ts'

const rle = { size: [2, 3] as const, counts: [1, 5] }
const masked: Instance = {
  categoryId: 4,
  category: 'leaf',
  score: 0.5,
  box: [0.25, 0, 3, 1.5],
  mask: instanceMask(rle),
}
const pointed: Instance = {
  ...{ categoryId: 2, category: 'fly', score: 0.75, box: [0, 0, 3, 2] },
  keypoints: [
    { name: 'head', x: 2.5, y: 0.5, score: 8.25 },
    { name: 'tail', x: 0.5, y: 1, score: -1 },
  ],
}
const boxed: Instance = { categoryId: 9, category: 'stem', score: 0.25, box: [1, 0, 3, 2] }

describe('predictionJson', () => {
  it('has boxes as x y width height, areas of masks or boxes, and a segmentation only where there is a mask', () => {
    const prediction = { width: 3, height: 2, milliseconds: 12.3456, instances: [masked, boxed], notes: [] }
    expect(predictionJson('a.png', prediction)).toEqual({
      file: 'a.png',
      width: 3,
      height: 2,
      milliseconds: 12.3,
      instances: [
        {
          category_id: 4,
          category: 'leaf',
          score: 0.5,
          bbox: [0.25, 0, 2.75, 1.5],
          area: 5,
          segmentation: { size: [2, 3], counts: '15' },
        },
        { category_id: 9, category: 'stem', score: 0.25, bbox: [1, 0, 2, 2], area: 4 },
      ],
    })
    expect(predictionJson('a.png', prediction).instances[1]).not.toHaveProperty('segmentation')
  })

  it('has keypoints as x y 1 with a score of each', () => {
    const prediction = { width: 3, height: 2, milliseconds: 1, instances: [pointed, boxed], notes: [] }
    const [first, second] = predictionJson('a.png', prediction).instances
    expect(first.keypoints).toEqual([2.5, 0.5, 1, 0.5, 1, 1])
    expect(first.keypoint_scores).toEqual([8.25, -1])
    expect(second).not.toHaveProperty('keypoints')
    const { keypoints, keypoint_scores, bbox } = cocoResults(1, [pointed])[0]
    expect([keypoints, keypoint_scores, bbox]).toEqual([first.keypoints, first.keypoint_scores, [0, 0, 3, 2]])
  })

  it('has the score of the mask after that of the class, in COCO results too', () => {
    const prediction = { width: 3, height: 2, milliseconds: 1, instances: [masked, boxed], notes: [] }
    const scored = { ...prediction, instances: [{ ...masked, maskScore: 0.375 }, boxed] }
    const [first, second] = predictionJson('a.png', scored).instances
    expect(Object.entries(first).slice(2, 4)).toEqual([
      ['score', 0.5],
      ['mask_score', 0.375],
    ])
    expect(second).not.toHaveProperty('mask_score')
    expect(cocoResults(1, scored.instances).map((entry) => entry.mask_score)).toEqual([0.375, undefined])
  })

  it('has notes where there are any', () => {
    const prediction = {
      width: 3,
      height: 2,
      milliseconds: 1,
      instances: [],
      notes: ['the limit was reached'],
    }
    expect(predictionJson('a.png', prediction).notes).toEqual(['the limit was reached'])
  })
})

describe('cocoResults', () => {
  it('has an entry for each instance, with the id of the image', () => {
    expect(cocoResults(42, [masked, boxed])).toStrictEqual([
      {
        image_id: 42,
        category_id: 4,
        score: 0.5,
        bbox: [0.25, 0, 2.75, 1.5],
        segmentation: { size: [2, 3], counts: '15' },
      },
      { image_id: 42, category_id: 9, score: 0.25, bbox: [1, 0, 2, 2] },
    ])
  })
})
