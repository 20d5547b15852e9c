import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { ShapeError } from '../errors.ts'
import { constant, input } from '../graph/value.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { scalar } from './infer.ts'
import { resample } from './resample.ts'
import { resize, resizeByScale } from './resize.ts'

const feeds = { x: float32([0, 3, 6], [1, 1, 1, 3]) }

async function numbers(value: ReturnType<typeof resize>) {
  return toNumbers((await runGraph({ value }, feeds)).value)
}

it.each(['W', 3])('keeps to the factor where the size is cut, of a width %s', async (width) => {
  const x = input('x', 'float32', [1, 1, 1, width])
  // 3 * 1.5 is cut to 4 outputs, at (i + 0.5) / 1.5 - 0.5: held at 0, then 0.5, 7/6, 11/6.
  const byScale = await numbers(resizeByScale(x, { scale: 1.5, mode: 'bilinear' }))
  for (const [i, expected] of [0, 1.5, 3.5, 5.5].entries()) expect(byScale[i]).toBeCloseTo(expected, 5)
  // By size the four share all three inputs: at (i + 0.5) * 3 / 4 - 0.5.
  const bySize = await numbers(resize(x, { height: 1, width: 4, mode: 'bilinear' }))
  for (const [i, expected] of [0, 1.875, 4.125, 6].entries()) expect(bySize[i]).toBeCloseTo(expected, 5)
  // 3 * 1.2 is cut to the 3 there were, and they still lie closer: at -1/12 (held at 0), 0.75, 19/12.
  const same = await numbers(resizeByScale(x, { scale: 1.2, mode: 'bilinear' }))
  for (const [i, expected] of [0, 2.25, 4.75].entries()) expect(same[i]).toBeCloseTo(expected, 5)
  // Taps of a = -0.75 half way between cells: -3/32, 19/32, 19/32, -3/32; output 1 lies at 0.5.
  const [, cubic] = await numbers(resizeByScale(x, { scale: 1.5, mode: 'bicubic' }))
  expect(cubic).toBeCloseTo((-3 * 0 + 19 * 0 + 19 * 3 - 3 * 6) / 32, 5)
  // floor(i / 1.5).
  expect(await numbers(resizeByScale(x, { scale: 1.5, mode: 'nearest' }))).toEqual([0, 0, 3, 6])
})

it('by size takes the nearest cell of the runtime, which may be the one before that of PyTorch', async () => {
  // Output 8 lies at 8 * 14 / 16 = 7; in float32 16 / 14 is rounded up, and 8 divided by it is below 7.
  const cells = Array.from({ length: 14 }, (_, i) => i)
  const map = constant(float32(cells, [1, 1, 1, 14]))
  const bySize = resize(map, { height: 1, width: 16, mode: 'nearest' })
  const byRatio = resample(map, 3, { size: 16, ratio: scalar('float32', 14 / 16), mode: 'nearest' })
  const results = await runGraph({ bySize, byRatio })
  expect(toNumbers(results.bySize)[8]).toBe(6)
  expect(toNumbers(results.byRatio)[8]).toBe(7)
})

it('knows the size where the input has one, and refuses factors that leave none', () => {
  const known = input('x', 'float32', [1, 2, 10, 13])
  expect(resizeByScale(known, { scale: 1.37, mode: 'bilinear' }).shape).toEqual([1, 2, 13, 17])
  expect(resizeByScale(known, { scale: 0.7, mode: 'nearest' }).shape).toEqual([1, 2, 7, 9])
  expect(() => resizeByScale(known, { scale: 0, mode: 'nearest' })).toThrow(ShapeError)
})
