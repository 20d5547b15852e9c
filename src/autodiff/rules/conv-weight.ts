import type { ConvAttributes } from '../../ops/conv.ts'
import { mul } from '../../ops/elementwise.ts'
import { scalar } from '../../ops/infer.ts'
import {
  concat,
  pad,
  reshape,
  type Size,
  sizeAdd,
  sizeMul,
  sizeOf,
  sizeSub,
  sliceAxes,
  transpose,
  unsqueeze,
} from '../../ops/layout.ts'
import { gemm, matMul } from '../../ops/linear.ts'
import { reduceSum } from '../../ops/reduce.ts'
import type { FloatValue } from '../rule.ts'
import { swapLast } from './linear.ts'

/**
 * Gradient `[Cout, Cin / group, kh, kw]` of a convolution's weight from its input x `[N, Cin, H, W]` and
 * the gradient g `[N, Cout, Ho, Wo]`: for every kernel position one product of g with the input seen at
 * that position. (A convolution with batch and channels exchanged takes twice as long on a CPU.)
 */
export function convWeightGradient(x: FloatValue, g: FloatValue, attributes: ConvAttributes): FloatValue {
  const { group, kernelShape, pads } = attributes
  const [kh, kw] = kernelShape
  const positions = sizeMul(sizeMul(sizeOf(g, 0), sizeOf(g, 2)), sizeOf(g, 3))
  const padded = pad(x, [0, 0, pads[0], pads[1]], [0, 0, pads[2], pads[3]], scalar(x.dtype, 0))
  const channelsFirst = x.shape[0] === 1 ? padded : transpose(padded, [1, 0, 2, 3])
  const gradients = g.shape[0] === 1 ? g : transpose(g, [1, 0, 2, 3])
  const [channels, outputs] = [x.shape[1] as number, g.shape[1] as number]
  const rows = (value: FloatValue, count: number) =>
    group === 1 ? reshape(value, [count, positions]) : reshape(value, [group, count / group, positions])
  const gradientRows = rows(gradients, outputs)
  const parts: FloatValue[] = []
  for (let ky = 0; ky < kh; ky++) {
    for (let kx = 0; kx < kw; kx++) {
      const seen = rows(windowInputs(channelsFirst, g, ky, kx, attributes), channels)
      parts.push(unsqueeze(correlate(gradientRows, seen, group), 0))
    }
  }
  const stacked = transpose(concat(parts, 0), [1, 2, 0])
  return reshape(stacked, [outputs, channels / group, kh, kw])
}

/** What kernel position (ky, kx) multiplies, one element per window; `x` is padded and has two leading axes. */
function windowInputs(
  x: FloatValue,
  g: FloatValue,
  ky: number,
  kx: number,
  { kernelShape, strides, dilations, pads }: ConvAttributes,
): FloatValue {
  const isWhole = [...kernelShape, ...strides].every((n) => n === 1) && pads.every((n) => n === 0)
  if (isWhole) return x
  const ranges = [ky, kx].map((position, i) => {
    const start = position * dilations[i]
    const last = sizeMul(sizeSub(sizeOf(g, i + 2), 1), strides[i])
    return [i + 2, start, sizeAdd(last, start + 1), strides[i]] as [number, Size, Size, number]
  })
  return sliceAxes(x, ranges)
}

/** Sums over positions: `[Cout, P] x [Cin, P] -> [Cout, Cin]`, or with a leading group axis `-> [Cout, Cin / group]`. */
function correlate(g: FloatValue, seen: FloatValue, group: number): FloatValue {
  if (group === 1) return gemm(g, seen, { transB: true })
  const [outs, ins] = [g.shape[1] as number, seen.shape[1] as number]
  const product = ins === 1 ? reduceSum(mul(g, seen), [2]) : matMul(g, swapLast(seen))
  return reshape(product, [group * outs, ins])
}
