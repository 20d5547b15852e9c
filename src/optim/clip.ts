import type { Value } from '../graph/value.ts'
import { add, div, minimum, mul, sqrt } from '../ops/elementwise.ts'
import { scalar } from '../ops/infer.ts'
import { reduceSum } from '../ops/reduce.ts'
import type { GradientTransform, Values } from './gradient-transform.ts'

/** Euclidean norm of all values together, a scalar. */
export function globalNorm(values: Values): Value<'float32'> {
  const squares = [...values.values()].map((value) => reduceSum(mul(value, value)))
  return sqrt(squares.length ? squares.reduce((sum, square) => add(sum, square)) : scalar('float32', 0))
}

/**
 * Scales all updates down together where their norm is larger than `maxNorm`, as PyTorch's `clip_grad_norm_`.
 * `norm` gives their norm, for callers that have it already.
 */
export function clipByGlobalNorm(
  maxNorm: number,
  norm: (updates: Values) => Value<'float32'> = globalNorm,
): GradientTransform {
  return {
    slots: () => [],
    update: ({ updates }) => {
      // The small number is PyTorch's; it keeps a norm of 0 harmless.
      const scale = minimum(div(scalar('float32', maxNorm), add(norm(updates), 1e-6)), 1)
      return {
        updates: new Map([...updates].map(([name, update]) => [name, mul(update, scale)])),
        state: new Map(),
      }
    },
  }
}
