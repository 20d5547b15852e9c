import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { clearMetrics, identityMetrics, type TrackedFrame } from './track-metrics.ts'

interface Recorded {
  readonly frames: readonly TrackedFrame[]
  readonly expected: Readonly<Record<string, number>>
}
const file = new URL('../../test/fixtures/tracks-motmetrics.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Recorded[] }

describe('metrics of tracks', () => {
  it.each(cases)('are those of motmetrics ($expected.idf1)', ({ frames, expected }) => {
    const { idtp, idfp, idfn, idPrecision, idRecall, idf1 } = identityMetrics(frames)
    expect([idtp, idfp, idfn]).toEqual([expected.idtp, expected.idfp, expected.idfn])
    expect(idPrecision).toBeCloseTo(expected.idp, 12)
    expect(idRecall).toBeCloseTo(expected.idr, 12)
    expect(idf1).toBeCloseTo(expected.idf1, 12)
    const clear = clearMetrics(frames)
    expect([clear.falseNegatives, clear.falsePositives, clear.idSwitches]).toEqual([
      expected.num_misses,
      expected.num_false_positives,
      expected.num_switches,
    ])
    expect(clear.mota).toBeCloseTo(expected.mota, 12)
  })

  it('pair a track with one identity over the whole, not frame by frame', () => {
    const seen = (truth: number, predicted: number) => ({
      truth: [truth],
      predicted: [predicted],
      similarity: [1],
    })
    const frames = [seen(1, 7), seen(1, 7), seen(1, 8), seen(2, 7)]
    // Identity 1 goes with track 7 (two frames), identity 2 with none of what is left.
    expect(identityMetrics(frames)).toEqual({
      ...{ idtp: 2, idfp: 2, idfn: 2 },
      ...{ idPrecision: 0.5, idRecall: 0.5, idf1: 0.5 },
    })
    expect(clearMetrics(frames)).toMatchObject({ truePositives: 4, idSwitches: 1, mota: 0.75 })
  })

  it('are zeros of nothing', () => {
    expect(identityMetrics([]).idf1).toBe(0)
    expect(clearMetrics([]).mota).toBe(0)
  })

  it('refuse frames that cannot be', () => {
    expect(() => identityMetrics([{ truth: [1], predicted: [1, 2], similarity: [1] }])).toThrow(
      'similarities do not fit the objects of their frame; expected 2 for [1, 2], got 1',
    )
    expect(() => clearMetrics([{ truth: [3, 3], predicted: [], similarity: [] }])).toThrow(
      'a frame has one identity twice; expected each once, got 3',
    )
  })
})
