import { describe, expect, it } from 'vitest'
import { EVERY_ERROR, type TinyDetection, type TinyObject, tinyImages } from '../../test/tiny-evaluation.ts'
import { confusionMatrix } from './confusion.ts'

const NAMES = ['apple', 'bean']
const counts = (objects: TinyObject[], detections: TinyDetection[]) =>
  confusionMatrix(tinyImages(NAMES, objects, detections), NAMES, 0.5, 0).counts

describe('confusionMatrix', () => {
  it('tells what was taken for what, missed and invented, from a score on', () => {
    const images = tinyImages(...EVERY_ERROR)
    // All: apples 1 and 3 found, 2 and 4 missed; the bean taken for an apple; the four other detections invented.
    expect(confusionMatrix(images, NAMES, 0.5, 0).counts).toEqual([
      [2, 0, 2],
      [1, 0, 0],
      [4, 0, 0],
    ])
    // Without the last detection apple 3 is missed; without the bean's (0.6) and the two after it 2 are invented.
    expect(confusionMatrix(images, NAMES, 0.5, 0.65).counts).toEqual([
      [1, 0, 3],
      [0, 0, 1],
      [2, 0, 0],
    ])
  })

  it('pairs by IoU, neither by score nor by category', () => {
    // The apple detected overlaps the object by 8/12, the bean by 1.
    const object: TinyObject = { category: 1, bbox: [0, 0, 10, 10] }
    const apple: TinyDetection = { category: 1, score: 0.9, bbox: [2, 0, 10, 10] }
    const bean: TinyDetection = { category: 2, score: 0.3, bbox: [0, 0, 10, 10] }
    expect(counts([object], [apple, bean])).toEqual([
      [0, 1, 0],
      [0, 0, 0],
      [1, 0, 0],
    ])
  })

  it('prefers the same category where the IoU is equal', () => {
    const object: TinyObject = { category: 1, bbox: [0, 0, 10, 10] }
    const bean: TinyDetection = { category: 2, score: 0.9, bbox: [0, 0, 10, 10] }
    expect(counts([object], [bean, { ...bean, category: 1, score: 0.3 }])[0]).toEqual([1, 0, 0])
  })

  it('does not count detections on a crowd of their category, nor the crowd', () => {
    const crowd: TinyObject = { category: 1, bbox: [0, 0, 50, 50], crowd: true }
    const apple: TinyDetection = { category: 1, score: 0.9, bbox: [0, 0, 10, 10] }
    expect(counts([crowd], [apple, { ...apple, category: 2 }])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 1, 0],
    ])
  })
})
