import { expect, it } from 'vitest'
import type { FloatValue } from '../../src/autodiff/rule.ts'
import type { Value } from '../../src/graph/value.ts'
import { type DeformConvOptions, deformConv } from '../../src/nn/deform-conv.ts'
import { type GradientCase, type InputSpec, worstDeviation } from './gradcheck.ts'

interface Problem {
  readonly x: readonly number[]
  readonly weight: readonly number[]
  /** Height and width of the output. */
  readonly out: readonly [number, number]
  readonly offsetGroups: number
  readonly options: DeformConvOptions
  readonly isSymbolic?: boolean
}

const PROBLEMS: Readonly<Record<string, Problem>> = {
  'version 2, padded': {
    ...{ x: [2, 2, 5, 6], weight: [3, 2, 3, 3], out: [5, 6], offsetGroups: 1, options: { padding: 1 } },
  },
  'groups of both kinds, stride, dilation': {
    ...{ x: [1, 4, 7, 8], weight: [4, 2, 2, 3], out: [3, 3], offsetGroups: 4 },
    options: { groups: 2, stride: 2, dilation: 2, padding: 1 },
  },
  'sizes the graph does not know': {
    ...{ x: [2, 2, 5, 6], weight: [2, 2, 3, 3], out: [3, 4], offsetGroups: 2, options: {} },
    isSymbolic: true,
  },
}

/**
 * The output is linear in map, weight, bias and mask, and piecewise linear in the offsets, with kinks where a tap meets a
 * cell: whole numbers. These offsets stay a fifth of a cell away from them, two steps.
 */
function spread(count: number): number[] {
  return Array.from({ length: count }, (_, i) => ((i * 7) % 5) - 2 + 0.2 + (0.6 * ((i * 13) % 17)) / 17)
}

function gradientCase(
  name: string,
  { x, weight, out, offsetGroups, options, isSymbolic }: Problem,
): GradientCase {
  const taps = weight[2] * weight[3]
  const offset = [x[0], 2 * taps * offsetGroups, ...out]
  const inputs: InputSpec[] = [
    { shape: x, dims: isSymbolic ? ['N', x[1], 'H', 'W'] : undefined },
    { shape: weight },
    { shape: [weight[0]] },
    {
      shape: offset,
      dims: isSymbolic ? ['N', offset[1], 'h', 'w'] : undefined,
      values: spread(offset.reduce((a, b) => a * b)),
    },
    {
      shape: [x[0], taps * offsetGroups, ...out],
      dims: isSymbolic ? ['N', taps * offsetGroups, 'h', 'w'] : undefined,
    },
  ]
  const build = (values: FloatValue[]) => {
    const [map, kernel, bias, moved, mask] = values as Value<'float32'>[]
    return deformConv(map, { weight: kernel, bias, offset: moved, mask }, options)
  }
  return { name, inputs, build, dtype: 'float32', step: 0.1, tolerance: 2e-4 }
}

it.each(Object.entries(PROBLEMS))('deformable convolution, %s', async (name, problem) => {
  const worst = await worstDeviation(gradientCase(name, problem))
  expect(worst.error, JSON.stringify(worst)).toBeLessThan(2e-4)
})
