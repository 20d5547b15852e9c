import { describe, expect, it } from 'vitest'
import { cleanFile, surveyOf } from '../../../test/damaged-data.ts'
import { type Random, random } from '../../tensor/random.ts'
import { examine } from './examine.ts'
import { repairSurvey } from './repair.ts'

const VALUES: readonly unknown[] = [
  ...[null, true, '', '7', 'text', -1, 0, 0.5, 3, 1e9, -1e12, 1e300, Number.POSITIVE_INFINITY],
  ...[[], {}, [[]], [1], [1, 2, 3, 4], [[1, 2]], [[0, 0, 1e7, 0, 5, 5]], [[5, 5, 5, 5, 5, 5]], [null]],
  ...[
    { size: [80, 100], counts: [8000] },
    { size: [80, 100], counts: [0, 8000] },
    { size: [80, 100], counts: 'PX' },
  ],
  ...[
    { size: [1e9, 1e9], counts: [1e18] },
    { size: [0, 0], counts: [] },
    { size: [80, 100], counts: [-1, 8001] },
  ],
]

/** Replaces, removes or repeats something anywhere inside. */
function damage(value: unknown, source: Random): unknown {
  if (source.integer(3) === 0 || typeof value !== 'object' || value === null)
    return VALUES[source.integer(VALUES.length)]
  if (Array.isArray(value)) {
    if (value.length === 0) return VALUES[source.integer(VALUES.length)]
    const at = source.integer(value.length)
    const kind = source.integer(8)
    if (kind === 0) return value.toSpliced(at, 1)
    if (kind === 1) return [...value, value[at]]
    return value.with(at, damage(value[at], source))
  }
  const keys = Object.keys(value)
  const key = keys[source.integer(keys.length)]
  if (key === undefined) return VALUES[source.integer(VALUES.length)]
  const { [key]: member, ...rest } = value as Record<string, unknown>
  return source.integer(6) === 0 ? rest : { ...rest, [key]: damage(member, source) }
}

const COUNT = 150

describe('data with any damage', () => {
  it(`is examined and repaired without an exception, and a repair leaves nothing to repair (${COUNT} times)`, () => {
    for (let seed = 0; seed < COUNT; seed++) {
      const source = random(7, seed)
      const { document, probes } = cleanFile()
      let damaged: unknown = document
      for (let times = 1 + source.integer(8); times > 0; times--) {
        // The lists stay lists: what is inside them is the point.
        const lists = damaged as Record<string, unknown[]>
        const list = ['images', 'annotations', 'annotations', 'categories'][source.integer(4)]
        const at = source.integer(lists[list].length)
        damaged = { ...lists, [list]: lists[list].with(at, damage(lists[list][at], source)) }
      }
      const survey = surveyOf([{ document: damaged as typeof document, probes }])
      const reports = examine(survey)
      for (const { findings } of reports)
        for (const { detail } of findings) expect(detail).not.toMatch(/undefined|NaN/)
      const { survey: repaired } = repairSurvey(survey)
      examine(repaired)
      expect(repairSurvey(repaired).counts, `seed ${seed}`).toEqual([])
    }
  })
})
