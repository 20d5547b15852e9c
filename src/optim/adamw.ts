import type { Value } from '../graph/value.ts'
import { add, div, exp, greater, minimum, mul, neg, sqrt, sub, where } from '../ops/elementwise.ts'
import { scalar } from '../ops/infer.ts'
import { addDecayedValues, chain, type GradientTransform, type Role } from './gradient-transform.ts'

export interface AdamWOptions {
  readonly weightDecay: number
  /** Parameters that decay. Default: weights, not norms and biases. */
  readonly decayed?: readonly Role[]
  /** Default `[0.9, 0.999]`. */
  readonly betas?: readonly [number, number]
  /** Default 1e-8. */
  readonly epsilon?: number
}

/** AdamW (Loshchilov and Hutter 2019, algorithm 2) as PyTorch's: the decay is not part of the moments. */
export function adamw(options: AdamWOptions): GradientTransform {
  const { weightDecay, decayed = ['weight'], betas = [0.9, 0.999], epsilon = 1e-8 } = options
  return chain(byMoments(betas, epsilon), addDecayedValues(weightDecay, decayed))
}

const STEP = 'adam/step'

/**
 * `m / (sqrt(v) + epsilon)` of the unbiased moments. Slots: `adam/step` (a scalar that counts), `adam/mean/<parameter>`,
 * `adam/square/<parameter>`. Steps of a parameter that is trained later count from then on.
 */
function byMoments([beta1, beta2]: readonly [number, number], epsilon: number): GradientTransform {
  const mean = (name: string) => `adam/mean/${name}`
  const square = (name: string) => `adam/square/${name}`
  return {
    slots: (parameters) => [
      { name: STEP, shape: [], start: 'zeros' },
      ...parameters.flatMap(({ name, shape }) => [
        { name: mean(name), shape, start: 'zeros' as const },
        { name: square(name), shape, start: 'zeros' as const },
      ]),
    ],
    update: ({ updates, state, parameters }) => {
      const step = add(state.get(STEP)!, 1)
      const next = new Map<string, Value<'float32'>>([[STEP, step]])
      const changed = new Map<string, Value<'float32'>>()
      const scales = new Map<number, ReturnType<typeof unbiased>>()
      const unbiased = (since: number) => {
        const own = since === 0 ? step : sub(step, since)
        return {
          meanScale: div(scalar('float32', 1), missing(beta1, own)),
          squareScale: div(scalar('float32', 1), sqrt(missing(beta2, own))),
        }
      }
      for (const { since = 0 } of parameters) if (!scales.has(since)) scales.set(since, unbiased(since))
      for (const { name, since = 0 } of parameters) {
        const update = updates.get(name)!
        const { meanScale, squareScale } = scales.get(since)!
        const m = add(mul(state.get(mean(name))!, beta1), mul(update, 1 - beta1))
        const v = add(mul(state.get(square(name))!, beta2), mul(mul(update, update), 1 - beta2))
        next.set(mean(name), m)
        next.set(square(name), v)
        changed.set(name, div(mul(m, meanScale), add(mul(sqrt(v), squareScale), epsilon)))
      }
      return { updates: changed, state: next }
    },
  }
}

/** Of the series of `1 - exp(-x)`, for x below 1: the next is less than float32 tells. */
const TERMS = 11

/**
 * `1 - beta^step`. For the first steps the difference would have lost half the digits of float32, and a series has all of them; not
 * every runtime has float64.
 */
function missing(beta: number, step: Value<'float32'>): Value<'float32'> {
  const exponent = mul(step, -Math.log(beta))
  const small = minimum(exponent, 1)
  // x (1 - x/2 (1 - x/3 (1 - ...))), from within.
  let series: Value<'float32'> = scalar('float32', 1)
  for (let term = TERMS; term >= 2; term--) series = sub(1, mul(mul(small, 1 / term), series))
  return where(greater(exponent, 1), sub(1, exp(neg(exponent))), mul(small, series))
}
