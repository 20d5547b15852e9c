import { ShapeError } from '../errors.ts'
import { defineOp } from '../graph/op.ts'
import type { Value } from '../graph/value.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { emitOne, need, normalizeAxis, requireDtype, requireSame } from './infer.ts'

export interface QuantizeAttributes {
  /** The axis that scales and zero points belong to, where there is one of each for every channel. */
  readonly axis: number
  readonly [name: string]: number
}

/** x float32, scale float32, zero point of the quantised dtype -> `round(x / scale) + zero point`, half to even and saturated. */
export const QuantizeLinear = defineOp<QuantizeAttributes>({
  name: 'QuantizeLinear',
  infer(inputs, { axis }) {
    const [x, scale, zeroPoint] = [0, 1, 2].map((i) => need(inputs, i))
    requireDtype(x, ['float32'], 'input')
    requireDtype(zeroPoint, ['uint8', 'int8'], 'zero point')
    requireScale(x, scale, zeroPoint, axis)
    return [{ dtype: zeroPoint.dtype, shape: x.shape }]
  },
})

/** q of 8 bits (or int32, as biases are), scale float32, zero point of q's dtype -> float32 `(q - zero point) * scale`. */
export const DequantizeLinear = defineOp<QuantizeAttributes>({
  name: 'DequantizeLinear',
  infer(inputs, { axis }) {
    const [q, scale, zeroPoint] = [0, 1, 2].map((i) => need(inputs, i))
    requireDtype(q, ['uint8', 'int8', 'int32'], 'input')
    requireDtype(zeroPoint, [q.dtype], 'zero point')
    requireScale(q, scale, zeroPoint, axis)
    return [{ dtype: 'float32', shape: q.shape }]
  },
})

/** One scale and zero point for all, or one for each along the axis. */
function requireScale(x: Value, scale: Value, zeroPoint: Value, axis: number): void {
  requireDtype(scale, ['float32'], 'scale')
  if (scale.shape.length > 1 || zeroPoint.shape.length !== scale.shape.length) {
    throw new ShapeError('scale and zero point are neither one number nor a list', {
      got: `ranks ${scale.shape.length} and ${zeroPoint.shape.length}`,
    })
  }
  if (scale.shape.length === 0) return
  requireSame(scale.shape[0], zeroPoint.shape[0], 'scales and zero points')
  requireSame(scale.shape[0], x.shape[normalizeAxis(axis, x.shape.length)], 'scales and channels')
}

/** How numbers become levels: one scale for all, or one for each along `axis`. */
export interface Quantization<Q extends Dtype> {
  readonly scale: Value<'float32'>
  readonly zeroPoint: Value<Q>
  readonly axis?: number
}

/** Float32 as 8 bits, of the zero point's dtype. */
export function quantizeLinear<Q extends 'uint8' | 'int8'>(
  x: Value<'float32'>,
  { scale, zeroPoint, axis = 0 }: Quantization<Q>,
): Value<Q> {
  return emitOne(QuantizeLinear, [x, scale, zeroPoint], { axis })
}

/** Levels as float32 again. */
export function dequantizeLinear<Q extends Dtype>(
  q: Value<Q>,
  { scale, zeroPoint, axis = 0 }: Quantization<Q>,
): Value<'float32'> {
  return emitOne(DequantizeLinear, [q, scale, zeroPoint], { axis })
}
