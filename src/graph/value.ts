import type { Dtype, FloatDtype } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Dim } from './dim.ts'

/**
 * A symbol in a graph: something that will be numbers when the graph runs. Values are immutable and
 * point back at what makes them, so a graph is whatever can be reached from its outputs: nodes that
 * nothing needs are never part of it.
 */
export interface Value<D extends Dtype = Dtype> {
  readonly id: number
  readonly dtype: D
  readonly shape: readonly Dim[]
  readonly source: Source
  /**
   * What an int64 scalar or vector holds, as far as it is known while building: sizes on their way
   * from `shapeOf` to a reshape.
   */
  readonly content?: readonly Dim[]
}

export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly tensor: Tensor; readonly name?: string }
  | { readonly kind: 'node'; readonly node: Node; readonly output: number }

/** A graph inside a node: what a loop does each time. Its nodes use its inputs and constants, and nothing from outside. */
export interface Body {
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
}

export type Attribute = number | string | readonly number[] | Tensor | Body
export type Attributes = Readonly<Record<string, Attribute | undefined>>

/** Type of one output of a node, found by the op's `infer`. */
export interface ValueType {
  readonly dtype: Dtype
  readonly shape: readonly Dim[]
  /** What it holds, where it is a known int64 scalar or vector of sizes. */
  readonly content?: readonly Dim[]
}

/** How a graph is turned into ONNX: choices for the runtime it is meant for. */
export interface Target {
  /** `gather`: RoIAlign as gathers and a product, fast everywhere; `native`: the ONNX operator, a smaller graph. */
  readonly roiAlign: 'gather' | 'native'
  /** Version of ONNX's set of operators. */
  readonly opset: number
}

export type Inputs = readonly (Value | undefined)[]

/** What a gradient may look at: a node of the forward graph and the gradients of its outputs. */
export interface GradientContext<A extends Attributes = Attributes> {
  readonly inputs: Inputs
  readonly outputs: readonly Value[]
  readonly attributes: A
  /** One per output, of the output's shape; undefined where the loss does not depend on it. At least one is there. */
  readonly gradOutputs: readonly (Value<FloatDtype> | undefined)[]
  /** Whether the gradient of input i is needed: only floats on a path to a value asked for. */
  wants(input: number): boolean
}

/** A kind of operation. Its name is ONNX's where ONNX has it. */
export interface Op<A extends Attributes = Attributes> {
  readonly name: string
  /** Types of the outputs. Throws `ShapeError` where inputs do not fit. */
  readonly infer: (inputs: Inputs, attributes: A) => readonly ValueType[]
  /** Attributes that ONNX stores as floats; all other numbers are integers. */
  readonly floats?: readonly string[]
  /** For an op coarser than ONNX's, or another there: the same outputs from ops that the target has; undefined where it has this one. */
  readonly expand?: (inputs: Inputs, attributes: A, target: Target) => readonly Value[] | undefined
  /**
   * For an op of your own: the vector-Jacobian product, an entry for each input; undefined where the input has none or is not
   * wanted. Those of Maskwright's ops lie in `autodiff/rules`.
   */
  readonly gradient?: (context: GradientContext<A>) => readonly (Value | undefined)[]
}

export interface Node {
  readonly op: Op
  readonly inputs: Inputs
  readonly attributes: Attributes
  readonly outputs: readonly Value[]
  /** Where in the model it was made, for example `backbone.body.conv1`. */
  readonly path: string
}

let created = 0

/** Fresh value; for `op.ts`, `input` and `constant` only. */
export function makeValue<D extends Dtype>(
  dtype: D,
  shape: readonly Dim[],
  source: Source,
  content?: readonly Dim[],
): Value<D> {
  return { id: created++, dtype, shape, source, content }
}

/** A graph input: fed by name at every run. A string dim is a symbol. */
export function input<D extends Dtype>(name: string, dtype: D, shape: readonly Dim[]): Value<D> {
  return makeValue(dtype, shape, { kind: 'input', name })
}

/** A value that never changes; with a name it keeps that name in the file (weights). */
export function constant<D extends Dtype>(tensor: Tensor<D>, name?: string): Value<D> {
  const isSizes = tensor.dtype === 'int64' && tensor.shape.length <= 1 && tensor.data.length <= 16
  const content = isSizes ? Array.from(tensor.data as BigInt64Array, Number) : undefined
  return makeValue(tensor.dtype, tensor.shape, { kind: 'constant', tensor, name }, content)
}

/** Whether a value follows from constants alone, such as a weight that is stored as float16. */
export function isFixed({ source }: Value): boolean {
  if (source.kind === 'node') return source.node.inputs.every((value) => !value || isFixed(value))
  return source.kind === 'constant'
}

/** The tensor of a constant, undefined for anything else. */
export function constantTensor(value: Value): Tensor | undefined {
  return value.source.kind === 'constant' ? value.source.tensor : undefined
}

/** Those of the values that are there, by name. */
export function presentValues(values: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, Value] => !!entry[1]))
}
