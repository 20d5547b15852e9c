import { GradientError } from '../errors.ts'
import type { Attributes, GradientContext, Inputs, Op } from '../graph/op.ts'
import type { Value } from '../graph/value.ts'
import { scalar } from '../ops/infer.ts'
import { expandTo, shapeOf } from '../ops/layout.ts'
import type { Dtype, FloatDtype } from '../tensor/dtype.ts'

export type FloatValue = Value<FloatDtype>

/** What a rule may look at. */
export type RuleContext<A extends Attributes = Attributes> = GradientContext<A>

/**
 * The vector-Jacobian product of an op: one entry per input, undefined where the input has none or is
 * not wanted. An entry may have the shape the input was broadcast to: the walk sums it back. A rule
 * that cannot serve a node throws `GradientError`; the walk adds the node's path and op.
 */
export type GradientRule<O = Op> =
  O extends Op<infer A> ? (context: RuleContext<A>) => readonly (Value | undefined)[] : never

/**
 * For ops that pass nothing back: their outputs are integers or booleans, or constant wherever they
 * have a derivative (Floor, Sign), or they are there to stop gradients.
 */
export const NO_GRADIENT = 'contributes nothing' as const

/** The rule of an op that has a derivative but must not be asked for it. */
export function refuseGradient(what: string, hint: string): () => never {
  return () => {
    throw new GradientError(what, { hint })
  }
}

/** A float input of a node; the runtime types of ops guarantee the dtype. */
export function floatInput(context: { readonly inputs: Inputs }, index: number): FloatValue {
  return context.inputs[index] as FloatValue
}

/** Gradient of the only (or first) output. */
export function gradOutput(context: {
  readonly gradOutputs: readonly (FloatValue | undefined)[]
}): FloatValue {
  return context.gradOutputs[0] as FloatValue
}

export function zerosLike<D extends Dtype>(x: Value<D>): Value<D> {
  return expandTo(scalar(x.dtype, 0), shapeOf(x))
}
