import { ShapeError } from '../errors.ts'
import { type Dim, isKnown, multiplyDims, quotient } from '../graph/dim.ts'
import { defineOp } from '../graph/op.ts'
import { constant, constantTensor, type Value } from '../graph/value.ts'
import type { FloatDtype } from '../tensor/dtype.ts'
import { float32 } from '../tensor/tensor.ts'
import { requireSize } from './conv.ts'
import { constantScale, scaledDown } from './exact-scale.ts'
import { emitOne, need, scalar } from './infer.ts'
import { type Size, sizeOf, sizes } from './layout.ts'
import { type ResampleMode, resample } from './resample.ts'

export interface ResizeAttributes {
  readonly mode: string
  readonly coordinateTransformationMode: string
  readonly nearestMode: string
  readonly cubicCoeffA: number
  readonly [name: string]: number | string | undefined
}

let unknownSizes = 0

/** Inputs: x `[N, C, H, W]`, roi (absent), and either scales (whole constants, float32 `[4]`) or sizes (int64 `[4]`). */
export const Resize = defineOp<ResizeAttributes>({
  name: 'Resize',
  floats: ['cubicCoeffA'],
  infer(inputs) {
    const x = need(inputs, 0)
    const scales = inputs[2] && constantTensor(inputs[2])
    if (scales)
      return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => multiplyDims(dim, Number(scales.data[i]))) }]
    const resized = (dim: Dim, axis: number) => (axis < 2 ? dim : `resized${unknownSizes++}(${dim})`)
    return [{ dtype: x.dtype, shape: need(inputs, 3).content ?? x.shape.map(resized) }]
  },
})

/**
 * Resamples the last two axes to `height` x `width`. `bilinear` and `bicubic` (a = -0.75) use half-pixel centres:
 * PyTorch's `interpolate` with `align_corners=False`. `nearest` takes floor(i / (out / in)) with a float32 quotient:
 * PyTorch's where maps are enlarged by a whole number; elsewhere the quotient may fall just below a whole number and
 * take the cell before (of 14 enlarged to 16, output 8 takes 6 and not 7). `resample` takes PyTorch's everywhere.
 */
export function resize<D extends FloatDtype>(
  x: Value<D>,
  { height, width, mode }: { readonly height: Size; readonly width: Size; readonly mode: ResampleMode },
): Value<D> {
  const target = sizes([sizeOf(x, 0), sizeOf(x, 1), height, width])
  const scales = mode === 'nearest' ? wholeScales(x.shape, target.content) : undefined
  // By factors a runtime can enlarge maps whose channels it keeps in blocks.
  const inputs = scales ? [x, undefined, constant(float32(scales))] : [x, undefined, undefined, target]
  return emitOne(Resize, inputs, {
    mode: { nearest: 'nearest', bilinear: 'linear', bicubic: 'cubic' }[mode],
    coordinateTransformationMode: mode === 'nearest' ? 'asymmetric' : 'half_pixel',
    nearestMode: 'floor',
    cubicCoeffA: -0.75,
  })
}

/** Whole factors from one shape to the other; undefined where they are others, or not known while building. */
function wholeScales(from: readonly Dim[], to: readonly Dim[] | undefined): number[] | undefined {
  const scales = to?.map((dim, axis) => (dim === from[axis] ? 1 : quotient([dim], [from[axis]])))
  const isWhole = scales?.every(
    (scale, axis) => isKnown(scale) && multiplyDims(from[axis], scale) === to?.[axis],
  )
  return isWhole ? (scales as number[]) : undefined
}

/**
 * Resamples the last two axes of float32 maps by a factor: `floor(size * scale)` outputs, of which output i lies at
 * `(i + 0.5) / scale` even where the floor cuts something off (`resize` to that size would stretch what is left).
 * PyTorch's `interpolate` with `scale_factor` and `recompute_scale_factor=False`. Throws `ShapeError` for a factor
 * that is not above 0 or leaves nothing of the maps.
 */
export function resizeByScale(
  x: Value<'float32'>,
  { scale, mode }: { readonly scale: number; readonly mode: ResampleMode },
): Value<'float32'> {
  if (!(scale > 0)) {
    throw new ShapeError('maps cannot be resized by this factor', { expected: 'above 0', got: `${scale}` })
  }
  if (scale === 1) return x
  const ratio = scalar('float32', 1 / scale)
  return [2, 3].reduce(
    (map, axis) => resample(map, axis, { size: requireSize(scaled(sizeOf(x, axis), scale)), ratio, mode }),
    x,
  )
}

function scaled(size: Size, scale: number): Size {
  return typeof size === 'number' ? Math.floor(size * scale) : scaledDown(sizes([size]), constantScale(scale))
}
