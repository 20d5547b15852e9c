import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { regionMeasures } from './region-measures.ts'
import { encodeRle } from './rle.ts'

interface Case {
  readonly name: string
  readonly rows: readonly string[]
  readonly centroid: readonly [number, number]
  readonly area: number
  readonly perimeter: number
  readonly majorAxis: number
  readonly minorAxis: number
  readonly orientation: number
  readonly eccentricity: number
  readonly solidity: number
}

const FIXTURE = new URL('../../test/fixtures/region-measures/region-measures.json', import.meta.url)
const cases: readonly Case[] = JSON.parse(readFileSync(FIXTURE, 'utf8')).cases

function maskOf(rows: readonly string[]) {
  const size = { height: rows.length, width: rows[0].length }
  return encodeRle(
    [...rows.join('')].map((cell) => Number(cell === '#')),
    size,
  )
}

/** Of these shapes no axis is the longer one, so that the angle means nothing. */
const ROUND = ['disc', 'square at the border', 'ring', 'star', 'pixel']

describe('regionMeasures', () => {
  it.each(cases)('says of the $name what scikit-image says', ({ name, rows, centroid, ...expected }) => {
    const measures = regionMeasures(maskOf(rows))!
    expect(measures.centroid[0]).toBeCloseTo(centroid[0], 9)
    expect(measures.centroid[1]).toBeCloseTo(centroid[1], 9)
    const keys = ['area', 'perimeter', 'majorAxis', 'minorAxis', 'eccentricity', 'solidity'] as const
    for (const key of keys) {
      expect(measures[key], key).toBeCloseTo(expected[key], 6)
    }
    if (!ROUND.includes(name)) expect(measures.orientation).toBeCloseTo(expected.orientation, 6)
    const { area, perimeter } = expected
    if (perimeter > 0) expect(measures.circularity).toBeCloseTo((4 * Math.PI * area) / perimeter ** 2, 9)
    else expect(measures.circularity).toBeUndefined()
  })

  it('has nothing to say of an empty mask', () => {
    expect(regionMeasures(maskOf(['..', '..']))).toBeUndefined()
  })
})
