import { expect, it } from 'vitest'
import type { Dim } from '../../src/graph/dim.ts'
import type { Value } from '../../src/graph/value.ts'
import { resizeByScale } from '../../src/ops/resize.ts'
import { worstDeviation } from './gradcheck.ts'

const SYMBOLS: readonly Dim[] = [1, 2, 'h', 'w']

it.each([
  ['nearest', 1.37, undefined],
  ['bilinear', 1.37, undefined],
  ['bilinear', 1.1, SYMBOLS],
  ['bilinear', 0.6, SYMBOLS],
  ['bicubic', 1.37, undefined],
  ['bicubic', 0.6, SYMBOLS],
] as const)('resize by a factor, %s by %d', async (mode, scale, dims) => {
  const worst = await worstDeviation({
    name: `${mode} by ${scale}`,
    inputs: [{ shape: [1, 2, 5, 7], dims }],
    build: ([x]) => resizeByScale(x as Value<'float32'>, { scale, mode }),
    // Linear in x: a wide step is exact.
    ...{ dtype: 'float32', step: 0.5 },
  })
  expect(worst.error, JSON.stringify(worst)).toBeLessThan(2e-5)
})
