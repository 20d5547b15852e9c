import { describe, expect, it } from 'vitest'
import { decodeRle, encodeRle, rleArea } from './rle.ts'
import { splitMask } from './split-mask.ts'

/** Drawn: `#` is inside. */
function drawn(...rows: string[]) {
  const bitmap = rows.flatMap((row) => [...row].map((sign) => (sign === '#' ? 1 : 0)))
  return encodeRle(bitmap, { height: rows.length, width: rows[0].length })
}
function rowsOf(mask: ReturnType<typeof drawn>): string[] {
  const [height, width] = mask.size
  const bitmap = decodeRle(mask)
  return Array.from({ length: height }, (_, y) =>
    [...bitmap.subarray(y * width, (y + 1) * width)].map((isIn) => (isIn ? '#' : '.')).join(''),
  )
}

describe('splitMask', () => {
  it('gives each pixel to the side of the line that its centre lies on, the larger mask first', () => {
    const mask = drawn('......', '.####.', '.####.', '......')
    const [larger, smaller] = splitMask(mask, [2, 0, 2, 4])!
    expect(rowsOf(larger)).toEqual(['......', '..###.', '..###.', '......'])
    expect(rowsOf(smaller)).toEqual(['......', '.#....', '.#....', '......'])
    const [below, above] = splitMask(drawn('###', '###', '###'), [-1, 1.1, 4, 0.9])!
    expect([rowsOf(above)[0], rowsOf(above)[1]]).toEqual(['###', '...'])
    expect(rleArea(below)).toBe(6)
  })

  it('cuts off one arm alone where the line goes through one arm', () => {
    const u = drawn('##..##', '##..##', '##..##', '######')
    const [larger, smaller] = splitMask(u, [-1, 1, 3, 1])!
    expect(rowsOf(smaller)).toEqual(['##....', '......', '......', '......'])
    expect(rowsOf(larger)).toEqual(['....##', '##..##', '##..##', '######'])
  })

  it('leaves pieces that the line does not touch with the larger mask', () => {
    const mask = drawn('####..#', '####..#')
    const [larger, smaller] = splitMask(mask, [3, -1, 3, 3])!
    expect(rowsOf(larger)).toEqual(['###...#', '###...#'])
    expect(rowsOf(smaller)).toEqual(['...#...', '...#...'])
  })

  it('cuts what hangs together by corners alone, and along bent lines', () => {
    const [one, other] = splitMask(drawn('#.', '.#'), [-0.5, 2, 2, -0.5])!
    expect([rleArea(one), rleArea(other)]).toEqual([1, 1])
    const mask = drawn('######', '######', '######', '######', '######', '######')
    const [larger, smaller] = splitMask(mask, [2, -1, 2, 2, 4, 2, 4, -1])!
    expect(rowsOf(smaller)).toEqual(['..##..', '..##..', '......', '......', '......', '......'])
    expect(rleArea(larger)).toBe(32)
  })

  it('does not cut where the line ends inside, passes by or is none', () => {
    const mask = drawn('....', '.##.', '.##.', '....')
    for (const line of [[2, 0, 2, 1.5], [0, 0.5, 4, 0.5], [2, 2], []])
      expect(splitMask(mask, line)).toBeUndefined()
    expect(splitMask(drawn('..', '..'), [1, -1, 1, 3])).toBeUndefined()
  })
})

it('loses no pixel and has none twice, whatever the line', () => {
  let seed = 7
  const random = (most: number) => {
    seed = (seed * 48271) % 2147483647
    return (seed / 2147483647) * most
  }
  let cut = 0
  for (let round = 0; round < 60; round++) {
    const size = { width: 12, height: 9 }
    const bitmap = Uint8Array.from({ length: 108 }, () => (random(1) < 0.8 ? 1 : 0))
    const line = Array.from({ length: 8 }, (_, i) => random(i % 2 === 0 ? 14 : 11) - 1)
    const halves = splitMask(encodeRle(bitmap, size), line)
    if (!halves) continue
    cut++
    const [a, b] = halves.map(decodeRle)
    expect(a.map((isIn, i) => isIn + b[i])).toEqual(bitmap)
    expect(rleArea(halves[0])).toBeGreaterThanOrEqual(rleArea(halves[1]))
  }
  expect(cut).toBeGreaterThan(10)
})
