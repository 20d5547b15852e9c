import { GraphError, MaskwrightError, ShapeError } from '../errors.ts'
import type { Dtype, FloatDtype } from '../tensor/dtype.ts'
import { int64, type Tensor } from '../tensor/tensor.ts'
import { allKnown, type Dim, formatShape } from './dim.ts'
import { currentPath } from './path.ts'
import { constant, makeValue, type Value } from './value.ts'

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
  /** For an op coarser than ONNX's: the same outputs from finer ops. */
  readonly expand?: (inputs: Inputs, attributes: A, target: Target) => readonly Value[]
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

export function defineOp<A extends Attributes>(op: Op<A>): Op<A> {
  return op
}

/**
 * Adds a node and returns its outputs. An output whose content is fully known while building (shape
 * arithmetic) comes back as a constant, and the node is then part of no graph.
 * Errors of `infer` are told with the path of the node and the shapes that came in.
 */
export function emit<A extends Attributes>(op: Op<A>, inputs: Inputs, attributes: A): readonly Value[] {
  const path = currentPath()
  const types = inferTypes(op, inputs, attributes, path)
  const outputs: Value[] = []
  const node: Node = { op: op as unknown as Op, inputs, attributes, outputs, path }
  for (const [output, type] of types.entries()) {
    const folded = type.content && type.dtype === 'int64' && allKnown(type.content)
    outputs.push(
      folded
        ? constant(int64(type.content as number[], type.shape as number[]))
        : makeValue(type.dtype, type.shape, { kind: 'node', node, output }, type.content),
    )
  }
  return outputs
}

function inferTypes<A extends Attributes>(op: Op<A>, inputs: Inputs, attributes: A, path: string) {
  try {
    return op.infer(inputs, attributes)
  } catch (error) {
    if (!(error instanceof MaskwrightError) || error.where) throw error
    const came = inputs
      .map((value) => (value ? `${value.dtype}${formatShape(value.shape)}` : 'nothing'))
      .join(', ')
    const Kind = error instanceof GraphError ? GraphError : ShapeError
    throw new Kind(`${op.name}(${came}): ${error.message}`, { where: path || 'graph' }, { cause: error })
  }
}
