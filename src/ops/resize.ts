import { defineOp } from '../graph/op.ts'
import type { Value } from '../graph/value.ts'
import type { FloatDtype } from '../tensor/dtype.ts'
import { emitOne, need } from './infer.ts'
import { type Size, sizeOf, sizes } from './layout.ts'

export interface ResizeAttributes {
  readonly mode: string
  readonly coordinateTransformationMode: string
  readonly nearestMode: string
  readonly cubicCoeffA: number
  readonly [name: string]: number | string | undefined
}

/** Inputs: x `[N, C, H, W]`, roi and scales (absent), sizes (int64 `[4]`). */
export const Resize = defineOp<ResizeAttributes>({
  name: 'Resize',
  floats: ['cubicCoeffA'],
  infer(inputs) {
    const x = need(inputs, 0)
    const target = need(inputs, 3).content
    return [
      { dtype: x.dtype, shape: target ?? x.shape.map((dim, axis) => (axis < 2 ? dim : `resized(${dim})`)) },
    ]
  },
})

/**
 * Resamples the last two axes to `height` x `width`. `bilinear` and `bicubic` (a = -0.75) use half-pixel centres, `nearest` takes
 * floor(i * in / out): PyTorch's `interpolate` with `align_corners=False`.
 */
export function resize<D extends FloatDtype>(
  x: Value<D>,
  {
    height,
    width,
    mode,
  }: { readonly height: Size; readonly width: Size; readonly mode: 'nearest' | 'bilinear' | 'bicubic' },
): Value<D> {
  const target = sizes([sizeOf(x, 0), sizeOf(x, 1), height, width])
  return emitOne(Resize, [x, undefined, undefined, target], {
    mode: { nearest: 'nearest', bilinear: 'linear', bicubic: 'cubic' }[mode],
    coordinateTransformationMode: mode === 'nearest' ? 'asymmetric' : 'half_pixel',
    nearestMode: 'floor',
    cubicCoeffA: -0.75,
  })
}
