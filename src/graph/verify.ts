import { GraphError } from '../errors.ts'
import { formatShape } from './dim.ts'
import { bodyGraph, type Graph } from './graph.ts'
import type { Body, Node } from './op.ts'
import type { Value } from './value.ts'

/**
 * Checks what building cannot: every node stands after the nodes it needs, a node's outputs still have
 * the types its op infers, and no input is used that the graph does not declare.
 * Throws `GraphError` with the path of the offending node.
 */
export function verify(graph: Graph): void {
  const declared = new Set<Value>(graph.inputs)
  const placed = new Set<Node>()
  for (const node of graph.nodes) {
    for (const value of node.inputs) if (value) verifyReachable(value, declared, placed, node)
    const types = node.op.infer(node.inputs, node.attributes)
    for (const [i, type] of types.entries()) {
      const made = node.outputs[i]
      if (!made || made.dtype !== type.dtype || made.shape.length !== type.shape.length) {
        throw new GraphError(`output ${i} of ${node.op.name} does not have the type its op infers`, {
          where: node.path || 'graph',
          expected: `${type.dtype}${formatShape(type.shape)}`,
          got: made ? `${made.dtype}${formatShape(made.shape)}` : 'nothing',
        })
      }
    }
    for (const body of bodiesOf(node)) verify(bodyGraph(body))
    placed.add(node)
  }
  for (const [name, value] of Object.entries(graph.outputs))
    verifyReachable(value, declared, placed, undefined, name)
}

function bodiesOf({ attributes }: Node): Body[] {
  return Object.values(attributes).filter(
    (value): value is Body => typeof value === 'object' && 'outputs' in value,
  )
}

function verifyReachable(
  value: Value,
  declared: Set<Value>,
  placed: Set<Node>,
  user?: Node,
  output?: string,
): void {
  const { source } = value
  const where = user ? `${user.path || 'graph'} (${user.op.name})` : `output ${output}`
  if (source.kind === 'input' && !declared.has(value)) {
    throw new GraphError(`input ${source.name} is not declared by the graph`, {
      where,
      hint: 'Two values were made with input() under this name; use one.',
    })
  }
  if (source.kind === 'node' && !placed.has(source.node)) {
    throw new GraphError(
      `${source.node.op.name} at ${source.node.path || 'graph'} is used before it is computed`,
      { where },
    )
  }
}
