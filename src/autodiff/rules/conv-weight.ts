import type { ConvAttributes } from '../../ops/conv.ts'
import { mul } from '../../ops/elementwise.ts'
import { scalar } from '../../ops/infer.ts'
import { concat, pad, reshape, sizeMul, sizeOf, transpose } from '../../ops/layout.ts'
import { gemm, matMul } from '../../ops/linear.ts'
import { reduceSum } from '../../ops/reduce.ts'
import type { FloatValue } from '../rule.ts'
import { swapLast } from './linear.ts'
import { windowViews } from './window.ts'

/** A product over so few input channels is too thin to be fast: then a whole kernel row is taken at once. */
const THIN = 8

/**
 * Gradient of a convolution's weight `[Cout, Cin / group, kh, kw]` from its input x `[N, Cin, H, W]` and the gradient
 * g `[N, Cout, Ho, Wo]`, whose dims may all be symbols: for every kernel position one product of g with the input
 * seen at that position. (A convolution with batch and channels exchanged takes twice as long on a CPU.)
 */
export function convWeightGradient(
  weight: FloatValue,
  x: FloatValue,
  g: FloatValue,
  attributes: ConvAttributes,
): FloatValue {
  const { group, dilations } = attributes
  const [outputs, channels, kh, kw] = weight.shape as number[]
  const positions = sizeMul(sizeMul(sizeOf(g, 0), sizeOf(g, 2)), sizeOf(g, 3))
  const gradients = reshape(channelsFirst(g), [group, outputs / group, positions])
  const view = inputViews(x, g, attributes)
  const seen = (ky: number, kx: number) =>
    reshape(view(ky * dilations[0], kx * dilations[1]), [group, channels, positions])
  const width = channels <= THIN ? kw : 1
  const parts: FloatValue[] = []
  for (let ky = 0; ky < kh; ky++) {
    for (let kx = 0; kx < kw; kx += width) {
      const views = Array.from({ length: width }, (_, i) => seen(ky, kx + i))
      parts.push(reshape(correlate(gradients, concat(views, 1)), [1, outputs, width, channels]))
    }
  }
  const stacked = reshape(concat(parts, 0), [kh, kw / width, outputs, width, channels])
  return reshape(transpose(stacked, [2, 4, 0, 1, 3]), [outputs, channels, kh, kw])
}

/** `[N, C, H, W]` as `[C, N, H, W]`. */
function channelsFirst(x: FloatValue): FloatValue {
  return x.shape[0] === 1 ? x : transpose(x, [1, 0, 2, 3])
}

/** What kernel position (ky, kx) multiplies, one element per window, channels first. */
function inputViews(x: FloatValue, g: FloatValue, { kernelShape, strides, pads }: ConvAttributes) {
  const isWhole = [...kernelShape, ...strides].every((n) => n === 1) && pads.every((n) => n === 0)
  if (isWhole) return () => channelsFirst(x)
  const padded = pad(x, [0, 0, pads[0], pads[1]], [0, 0, pads[2], pads[3]], scalar(x.dtype, 0))
  return windowViews(channelsFirst(padded), g, strides)
}

/** Sums over positions: `[group, A, P] x [group, B, P] -> [group, A, B]`. */
function correlate(g: FloatValue, seen: FloatValue): FloatValue {
  const [[group, outputs], [, inputs]] = [g.shape, seen.shape] as [number[], number[]]
  if (group === 1) return gemm(flatten(g), flatten(seen), { transB: true })
  return outputs === 1 && inputs === 1 ? reduceSum(mul(g, seen), [2]) : matMul(g, swapLast(seen))
}

/** `[1, A, P]` as `[A, P]`. */
function flatten(x: FloatValue): FloatValue {
  return reshape(x, [sizeOf(x, 1), sizeOf(x, 2)])
}
