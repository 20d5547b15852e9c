import { defineOp } from '../graph/op.ts'
import type { Value } from '../graph/value.ts'
import type { FloatDtype } from '../tensor/dtype.ts'
import { emitOne, need, normalizeAxis } from './infer.ts'

function alongAxis(name: string) {
  return defineOp<{ readonly axis: number }>({
    name,
    infer: (inputs) => [{ dtype: need(inputs, 0).dtype, shape: need(inputs, 0).shape }],
  })
}

export const Softmax = alongAxis('Softmax')
export const LogSoftmax = alongAxis('LogSoftmax')

export function softmax<D extends FloatDtype>(x: Value<D>, axis = -1): Value<D> {
  return emitOne(Softmax, [x], { axis: normalizeAxis(axis, x.shape.length) })
}

export function logSoftmax<D extends FloatDtype>(x: Value<D>, axis = -1): Value<D> {
  return emitOne(LogSoftmax, [x], { axis: normalizeAxis(axis, x.shape.length) })
}
