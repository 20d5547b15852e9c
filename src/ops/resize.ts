import { ShapeError } from '../errors.ts'
import { type Dim, isKnown } from '../graph/dim.ts'
import { defineOp } from '../graph/op.ts'
import { constant, type Value } from '../graph/value.ts'
import type { FloatDtype } from '../tensor/dtype.ts'
import { float32 } from '../tensor/tensor.ts'
import { emitOne, need } from './infer.ts'
import { constantNumbers, type Size, sizeOf, sizes } from './layout.ts'

export interface ResizeAttributes {
  readonly mode: string
  readonly coordinateTransformationMode: string
  readonly nearestMode: string
  readonly cubicCoeffA: number
  readonly [name: string]: number | string | undefined
}

/** Inputs: x `[N, C, H, W]`, roi (absent), and either scales (float32 `[4]`, a constant) or sizes (int64 `[4]`). */
export const Resize = defineOp<ResizeAttributes>({
  name: 'Resize',
  floats: ['cubicCoeffA'],
  infer(inputs) {
    const x = need(inputs, 0)
    const scales = constantNumbers(inputs[2])
    if (scales) return [{ dtype: x.dtype, shape: x.shape.map((dim, axis) => scaled(dim, scales[axis])) }]
    const target = need(inputs, 3).content
    return [
      { dtype: x.dtype, shape: target ?? x.shape.map((dim, axis) => (axis < 2 ? dim : `resized(${dim})`)) },
    ]
  },
})

/** The runtime multiplies in float32. */
function scaled(dim: Dim, scale: number): Dim {
  if (scale === 1) return dim
  return isKnown(dim) ? Math.floor(Math.fround(dim * scale)) : `scaled(${dim},${scale})`
}

export type ResizeMode = 'nearest' | 'bilinear' | 'bicubic'

/**
 * Resamples the last two axes to `height` x `width`. `bilinear` and `bicubic` (a = -0.75) use half-pixel centres, `nearest` takes
 * floor(i * in / out): PyTorch's `interpolate` with `align_corners=False`.
 */
export function resize<D extends FloatDtype>(
  x: Value<D>,
  { height, width, mode }: { readonly height: Size; readonly width: Size; readonly mode: ResizeMode },
): Value<D> {
  const target = sizes([sizeOf(x, 0), sizeOf(x, 1), height, width])
  return emitOne(Resize, [x, undefined, undefined, target], attributesOf(mode))
}

/**
 * Resamples the last two axes by a factor: `floor(size * scale)` outputs, of which output i lies at `(i + 0.5) / scale`
 * even where the floor cuts something off (`resize` to that size would stretch what is left). PyTorch's `interpolate`
 * with `scale_factor` and `recompute_scale_factor=False`.
 */
export function resizeByScale<D extends FloatDtype>(
  x: Value<D>,
  { scale, mode }: { readonly scale: number; readonly mode: ResizeMode },
): Value<D> {
  if (!(scale > 0)) throw new ShapeError('a map cannot be resized by this factor', { got: `${scale}` })
  const scales = constant(float32([1, 1, scale, scale]))
  return emitOne(Resize, [x, undefined, scales], attributesOf(mode))
}

function attributesOf(mode: ResizeMode): ResizeAttributes {
  return {
    mode: { nearest: 'nearest', bilinear: 'linear', bicubic: 'cubic' }[mode],
    coordinateTransformationMode: mode === 'nearest' ? 'asymmetric' : 'half_pixel',
    nearestMode: 'floor',
    cubicCoeffA: -0.75,
  }
}
