import { expect, it } from 'vitest'
import { extent } from './extent.ts'

it('finds the least and the greatest of more numbers than fit on the stack', () => {
  const values = Float64Array.from({ length: 500_000 }, (_, i) => (i * 7919) % 500_009)
  values[77] = -3
  values[400_000] = 1e9
  expect(extent(values)).toEqual([-3, 1e9])
  expect(extent([])).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
})
