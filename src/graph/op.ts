import { GraphError, MaskwrightError, ShapeError } from '../errors.ts'
import { int64 } from '../tensor/tensor.ts'
import { allKnown, formatShape } from './dim.ts'
import { currentPath } from './path.ts'
import { type Attributes, constant, type Inputs, makeValue, type Node, type Op, type Value } from './value.ts'

export type {
  Attribute,
  Attributes,
  Body,
  GradientContext,
  Inputs,
  Node,
  Op,
  Target,
  ValueType,
} from './value.ts'

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
