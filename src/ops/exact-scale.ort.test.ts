import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { random } from '../tensor/random.ts'
import { int64, toNumbers } from '../tensor/tensor.ts'
import { constantScale, quotientScale, scaledDown } from './exact-scale.ts'

/** [limit, reference, side]: the numbers of JavaScript are float64. */
async function expectFloat64(cases: readonly (readonly [number, number, number])[]): Promise<void> {
  const [limit, reference, side] = [0, 1, 2].map((at) => constant(int64(cases.map((numbers) => numbers[at]))))
  const { scaled } = await runGraph({ scaled: scaledDown(side, quotientScale(limit, reference)) })
  const got = toNumbers(scaled)
  const wrong = cases.filter(
    ([limit, reference, side], i) => got[i] !== Math.floor(side * (limit / reference)),
  )
  expect(wrong).toEqual([])
}

it('scales the side that a limit is for as float64 does, which misses the limit by a pixel for some', async () => {
  const limits = [800, 640, 480, 1333, 257, 1]
  const cases = limits.flatMap((limit) =>
    Array.from({ length: 6000 }, (_, i) => [limit, i + 1, i + 1] as const),
  )
  expect(cases.some(([limit, reference, side]) => Math.floor(side * (limit / reference)) < limit)).toBe(true)
  await expectFloat64(cases)
})

it('scales the other side as float64 does, where the product is whole and where it is not', async () => {
  const source = random(5, 1)
  const whole = Array.from({ length: 20_000 }, () => {
    const [limit, reference] = [1 + source.integer(2000), 1 + source.integer(4000)]
    return [limit, reference, reference * (1 + source.integer(8))] as const
  })
  const any = Array.from(
    { length: 20_000 },
    () => [1 + source.integer(65_000), 1 + source.integer(65_000), 1 + source.integer(900)] as const,
  )
  await expectFloat64(
    [...whole, ...any].filter(([limit, reference, side]) => (side * limit) / reference < 2 ** 19),
  )
})

it.each([2, 0.5, 1 / 3, 0.7, 1.1, 3.3, 0.0625])('scales sides by %s as float64 does', async (scale) => {
  const sides = Array.from({ length: 3000 }, (_, i) => i + 1)
  const { scaled } = await runGraph({ scaled: scaledDown(constant(int64(sides)), constantScale(scale)) })
  expect(toNumbers(scaled)).toEqual(sides.map((side) => Math.floor(side * scale)))
})
