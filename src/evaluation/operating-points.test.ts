import { describe, expect, it } from 'vitest'
import { calibration } from './calibration.ts'
import { bestPoint, operatingPoints } from './operating-points.ts'
import { interpolatedPrecision } from './precision-recall.ts'

describe('operatingPoints', () => {
  it('says what a threshold keeps, and where F1 is best', () => {
    // 4 to find. Kept 1, 2, 3, 5: right 1, 1, 2, 3; F1 2/5, 2/6, 4/7, 6/9; the two detections of 0.4 come together.
    const { points, best } = operatingPoints({
      scores: [0.9, 0.8, 0.6, 0.4, 0.4],
      right: [1, 0, 1, 0, 1],
      positives: 4,
    })
    expect(best).toEqual({ score: 0.4, precision: 3 / 5, recall: 3 / 4, f1: 6 / 9 })
    expect(points).toHaveLength(101)
    expect(points[50]).toEqual({ score: 0.5, precision: 2 / 3, recall: 2 / 4, f1: 4 / 7 })
    expect(points[100]).toEqual({ score: 1, precision: -1, recall: 0, f1: 0 })
  })

  it('covers scores beyond 1', () => {
    const { points } = operatingPoints({ scores: [5, -5], right: [1, 0], positives: 1 })
    expect([points[0].score, points[50].score, points[100].score]).toEqual([-5, 0, 5])
    expect(points[50]).toMatchObject({ precision: 1, recall: 1 })
  })

  it('takes the highest of equally good scores', () => {
    // The first and the last of 9 are right, 7 are to find: F1 is 2 / (1 + 7) with one kept and 4 / (9 + 7) with all.
    const right = [1, 0, 0, 0, 0, 0, 0, 0, 1]
    const scores = right.map((_, i) => 0.9 - i / 20)
    expect(bestPoint({ scores, right, positives: 7 }).score).toBe(0.9)
  })

  it('is defined without detections and without objects', () => {
    const nothing = { scores: [], right: [], positives: 0 }
    expect(bestPoint(nothing)).toEqual({ score: 0, precision: -1, recall: -1, f1: -1 })
    expect(bestPoint({ ...nothing, positives: 3 })).toEqual({ score: 0, precision: -1, recall: 0, f1: 0 })
    const wrong = { scores: [0.7, 0.2], right: [0, 0], positives: 0 }
    expect(bestPoint(wrong)).toEqual({ score: 0.2, precision: 0, recall: -1, f1: 0 })
  })
})

describe('calibration', () => {
  it('compares scores with the share that is right', () => {
    // Bin 9: scores 0.95 and 0.92, one right: 1.87 expected, 1 found. Bin 1: 0.15 expected, none. (0.87 + 0.15) / 3.
    const { bins, expectedError } = calibration({
      scores: [0.95, 0.92, 0.15],
      right: [1, 0, 0],
      positives: 1,
    })
    expect(bins).toHaveLength(10)
    expect(bins[9]).toEqual({ from: 0.9, to: 1, count: 2, meanScore: expect.closeTo(0.935), precision: 0.5 })
    expect(bins[1]).toMatchObject({ count: 1, meanScore: 0.15, precision: 0 })
    expect(bins[0]).toEqual({ from: 0, to: 0.1, count: 0, meanScore: -1, precision: -1 })
    expect(expectedError).toBeCloseTo(0.34, 12)
  })

  it('puts 1 into the last bin, and nothing where scores are no shares', () => {
    expect(calibration({ scores: [1], right: [1], positives: 1 }).bins[9].count).toBe(1)
    expect(calibration({ scores: [3], right: [1], positives: 1 })).toEqual({ bins: [], expectedError: -1 })
    expect(calibration({ scores: [], right: [], positives: 1 }).expectedError).toBe(-1)
  })
})

describe('interpolatedPrecision', () => {
  it('takes the best precision at a recall or beyond', () => {
    // Right W R R of 4: precision 0, 1/2, 2/3 at recall 0, 1/4, 1/2; never more than half found.
    const precision = interpolatedPrecision({ right: [0, 1, 1], positives: 4 }, [0, 0.25, 0.5, 0.75, 1])
    expect(precision).toEqual([2 / 3, 2 / 3, 2 / 3, 0, 0])
  })
})
