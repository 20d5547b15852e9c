/**
 * Optimizers as pure pairs over graph values: what a transform keeps between steps, and how one step turns
 * gradients into updates and old state into new. Transforms are chained; the learning rate is an input of the graph.
 */
import type { Value } from '../graph/value.ts'
import { add, mul, sub } from '../ops/elementwise.ts'

export type Role = 'weight' | 'bias' | 'norm'

/** A trained parameter. */
export interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
  readonly role: Role
  /** Its learning rate by that of the step; 1 where not given. */
  readonly rate?: number
  /** Steps of the training before it was trained too; 0 where not given. */
  readonly since?: number
}

/** A tensor kept between steps. */
export interface Slot {
  readonly name: string
  readonly shape: readonly number[]
  /** Starts as zeros, or as a copy of the tensor of this name. */
  readonly start: 'zeros' | { readonly copyOf: string }
}

export type Values = ReadonlyMap<string, Value<'float32'>>

export interface Step {
  /** Gradients, or what earlier transforms of the chain made of them, by parameter name. */
  readonly updates: Values
  readonly values: Values
  /** State by slot name. */
  readonly state: Values
  readonly parameters: readonly Parameter[]
}

export interface StepResult {
  readonly updates: Values
  /** New state, for every slot of the transform. */
  readonly state: Values
}

export interface GradientTransform {
  slots(parameters: readonly Parameter[]): readonly Slot[]
  update(step: Step): StepResult
}

/** First `transforms[0]`, then the next, each on what the one before made. Slot names must differ. */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform {
  return {
    slots: (parameters) => transforms.flatMap((transform) => transform.slots(parameters)),
    update: (step) => {
      let { updates } = step
      const state = new Map<string, Value<'float32'>>()
      for (const transform of transforms) {
        const result = transform.update({ ...step, updates })
        updates = result.updates
        for (const [name, value] of result.state) state.set(name, value)
      }
      return { updates, state }
    },
  }
}

/** A transform without state that treats every parameter alone. */
function mapUpdates(
  change: (update: Value<'float32'>, value: Value<'float32'>, parameter: Parameter) => Value<'float32'>,
): GradientTransform {
  return {
    slots: () => [],
    update: ({ updates, values, parameters }) => ({
      updates: new Map(
        parameters.map((parameter) => {
          const { name } = parameter
          return [name, change(updates.get(name)!, values.get(name)!, parameter)]
        }),
      ),
      state: new Map(),
    }),
  }
}

/** Adds `decay * value` for parameters of the given roles. */
export function addDecayedValues(decay: number, roles: readonly Role[]): GradientTransform {
  return mapUpdates((update, value, { role }) =>
    decay !== 0 && roles.includes(role) ? add(update, mul(value, decay)) : update,
  )
}

/** Updates times the `rate` of their parameters: last in a chain, what the learning rates of PyTorch's parameter groups do. */
export function scaleByRate(): GradientTransform {
  return mapUpdates((update, _, { rate = 1 }) => (rate === 1 ? update : mul(update, rate)))
}

/** New values `value - learningRate * update`. */
export function applyUpdates(
  values: Values,
  updates: Values,
  learningRate: Value<'float32'>,
): Map<string, Value<'float32'>> {
  return new Map(
    [...updates].map(([name, update]) => [name, sub(values.get(name)!, mul(update, learningRate))]),
  )
}
