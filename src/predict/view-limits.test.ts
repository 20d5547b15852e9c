import { describe, expect, it } from 'vitest'
import { float32 } from '../tensor/tensor.ts'
import { limitNotes, reachedLimits } from './view-limits.ts'

const outputs = (scores: readonly number[], floors: Readonly<Record<string, number>>) => ({
  scores: float32(scores),
  ...Object.fromEntries(Object.entries(floors).map(([name, floor]) => [name, float32([floor])])),
})

describe('what is told of limits', () => {
  it('proposals matter when likely ones were left out', () => {
    const limits = { detections: 3, proposals: 10 }
    expect(reachedLimits(outputs([0.9], { proposalFloor: 0.94 }), limits, 0.5).boxes).toBe(false)
    const reached = reachedLimits(outputs([0.9], { proposalFloor: 0.96 }), limits, 0.5)
    expect(limitNotes([reached], limits)).toEqual([
      "the model's limit of 10 proposals was reached with likely objects left out, so instances may be missing: raise it (--max, or max of Detector.load) or take smaller tiles (tile)",
    ])
  })

  it('candidates matter when some were left out that score what is wanted', () => {
    const limits = { detections: 3, candidates: 10 }
    const at = (candidateFloor: number, score: number) =>
      reachedLimits(outputs([0.9], { candidateFloor }), limits, score).boxes
    expect(at(0.5, 0.5)).toBe(true)
    expect(at(0.4, 0.5)).toBe(false)
    // 0 is that no level had more of them, whatever is wanted.
    expect(at(0, 0)).toBe(false)
    expect(at(0.01, 0)).toBe(true)
    const reached = reachedLimits(outputs([0.9], { candidateFloor: 0.6 }), limits, 0.5)
    expect(limitNotes([reached, reached], limits)[0]).toMatch(
      /^the model's limit of 10 candidates of a level was reached in 2 of 2 tiles with likely objects left out/,
    )
  })
})
