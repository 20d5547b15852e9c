import type { Value } from '../graph/value.ts'
import { add, mul } from '../ops/elementwise.ts'
import { addDecayedValues, chain, type GradientTransform, type Role } from './gradient-transform.ts'

export interface SgdOptions {
  readonly momentum: number
  readonly weightDecay: number
  /** Parameters that decay. Default: weights, not norms and biases. */
  readonly decayed?: readonly Role[]
}

/** Stochastic gradient descent as PyTorch's `SGD` (dampening 0): decay joins the gradient before the momentum. */
export function sgd({ momentum, weightDecay, decayed = ['weight'] }: SgdOptions): GradientTransform {
  const decay = addDecayedValues(weightDecay, decayed)
  return momentum === 0 ? decay : chain(decay, withMomentum(momentum))
}

/** `buffer = momentum * buffer + update`, slot `momentum/<parameter>`. */
function withMomentum(momentum: number): GradientTransform {
  const slotOf = (name: string) => `momentum/${name}`
  return {
    slots: (parameters) =>
      parameters.map(({ name, shape }) => ({ name: slotOf(name), shape, start: 'zeros' })),
    update: ({ updates, state }) => {
      const buffers = new Map<string, Value<'float32'>>()
      for (const [name, update] of updates) {
        buffers.set(name, add(mul(state.get(slotOf(name))!, momentum), update))
      }
      return {
        updates: buffers,
        state: new Map([...buffers].map(([name, buffer]) => [slotOf(name), buffer])),
      }
    },
  }
}
