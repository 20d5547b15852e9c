import { mul } from '../../ops/elementwise.ts'
import { emitOne } from '../../ops/infer.ts'
import { reshape, type Size, sizeMul, sizeOf, transpose } from '../../ops/layout.ts'
import type { GemmAttributes } from '../../ops/linear.ts'
import { Gemm, gemm, matMul } from '../../ops/linear.ts'
import { type FloatValue, floatInput, gradOutput, type RuleContext } from '../rule.ts'

/** dA = g B', dB = A' g; a matrix, which a batch may share, takes its gradient in one product over all rows. */
export function matMulRule(context: RuleContext) {
  const g = gradOutput(context)
  const [a, b] = [floatInput(context, 0), floatInput(context, 1)]
  return [
    context.wants(0) ? matMul(g, swapLast(b)) : undefined,
    context.wants(1)
      ? b.shape.length === 2
        ? gemm(rows(a), rows(g), { transA: true })
        : matMul(swapLast(a), g)
      : undefined,
  ]
}

/** Y = alpha op(A) op(B) + beta C. */
export function gemmRule(context: RuleContext<GemmAttributes>) {
  const g = gradOutput(context)
  const [a, b] = [floatInput(context, 0), floatInput(context, 1)]
  const { alpha, beta, transA, transB } = context.attributes
  const product = (left: FloatValue, right: FloatValue, tA: boolean | number, tB: boolean | number) =>
    emitOne(Gemm, [left, right], { alpha, beta: 1, transA: Number(tA), transB: Number(tB) })
  return [
    context.wants(0) ? (transA ? product(b, g, transB, true) : product(g, b, false, !transB)) : undefined,
    context.wants(1) ? (transB ? product(g, a, true, transA) : product(a, g, !transA, false)) : undefined,
    context.inputs[2] && context.wants(2) ? (beta === 1 ? g : mul(g, beta)) : undefined,
  ]
}

/** `[..., I, J]` as `[..., J, I]`. */
export function swapLast(x: FloatValue): FloatValue {
  const rank = x.shape.length
  const perm = Array.from({ length: rank }, (_, axis) => axis)
  ;[perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2]
  return transpose(x, perm)
}

/** All leading axes as one: `[..., J]` -> `[rows, J]`. */
function rows(x: FloatValue): FloatValue {
  if (x.shape.length === 2) return x
  const last = x.shape.length - 1
  const leading = x.shape.slice(0, last).map((_, axis) => sizeOf(x, axis))
  return reshape(x, [leading.reduce<Size>(sizeMul, 1), sizeOf(x, last)])
}
