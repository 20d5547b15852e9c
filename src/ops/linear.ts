import { ShapeError } from '../errors.ts'
import { type Dim, formatShape } from '../graph/dim.ts'
import { defineOp } from '../graph/op.ts'
import type { Value } from '../graph/value.ts'
import type { Dtype, FloatDtype } from '../tensor/dtype.ts'
import { broadcastShapes, emitOne, need, requireDtype, requireRank, requireSame } from './infer.ts'

/** Matrix product over the last two axes `[..., I, J] x [..., J, K]`; leading axes broadcast. Both of rank 2 or more. */
export const MatMul = defineOp<Record<never, never>>({
  name: 'MatMul',
  infer(inputs) {
    const a = need(inputs, 0)
    const b = need(inputs, 1)
    requireDtype(b, [a.dtype], 'second matrix')
    if (a.shape.length < 2 || b.shape.length < 2) {
      throw new ShapeError('matrices have rank 2 or more', {
        got: `${formatShape(a.shape)} x ${formatShape(b.shape)}`,
      })
    }
    requireSame(a.shape[a.shape.length - 1], b.shape[b.shape.length - 2], 'inner dims')
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
    return [{ dtype: a.dtype, shape: [...batch, a.shape[a.shape.length - 2], b.shape[b.shape.length - 1]] }]
  },
})

export interface GemmAttributes {
  readonly alpha: number
  readonly beta: number
  readonly transA: number
  readonly transB: number
  readonly [name: string]: number | undefined
}

/** `alpha * A' B' + beta * C` on matrices; `transA`, `transB` transpose first; C broadcasts. */
export const Gemm = defineOp<GemmAttributes>({
  name: 'Gemm',
  floats: ['alpha', 'beta'],
  infer(inputs, { transA, transB }) {
    const a = need(inputs, 0)
    const b = need(inputs, 1)
    requireRank(a, 2, 'A')
    requireRank(b, 2, 'B')
    requireDtype(b, [a.dtype], 'B')
    const [rows, inner] = transA ? [a.shape[1], a.shape[0]] : a.shape
    const [innerB, columns] = transB ? [b.shape[1], b.shape[0]] : b.shape
    requireSame(inner, innerB, 'inner dims')
    const shape = [rows, columns]
    if (inputs[2]) requireSpreads(inputs[2], a.dtype, shape)
    return [{ dtype: a.dtype, shape }]
  },
})

/** Throws unless C takes the shape of the product by repeating rows or columns. */
function requireSpreads(c: Value, dtype: Dtype, shape: readonly Dim[]): void {
  requireDtype(c, [dtype], 'C')
  const grown = broadcastShapes(c.shape, shape)
  if (grown.length === 2)
    for (const axis of [0, 1]) requireSame(shape[axis], grown[axis], 'C and the product')
  else requireRank(c, 2, 'C')
}

export function matMul<D extends FloatDtype>(a: Value<D>, b: Value<D>): Value<D> {
  return emitOne(MatMul, [a, b], {})
}

/** Product of two matrices, optionally transposed, plus `c` where given. */
export function gemm<D extends FloatDtype>(
  a: Value<D>,
  b: Value<D>,
  options: { readonly c?: Value<D>; readonly transA?: boolean; readonly transB?: boolean } = {},
): Value<D> {
  const { c, transA = false, transB = false } = options
  return emitOne(Gemm, [a, b, c], { alpha: 1, beta: 1, transA: Number(transA), transB: Number(transB) })
}
