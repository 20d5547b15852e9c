/** Which parts of a graph are computed with eight bits, and which values have to be quantised for that. */
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/op.ts'
import type { Value } from '../graph/value.ts'

/** Ops that move numbers or choose among them: what leaves them has the levels of what came. */
const KEEPS_LEVELS: ReadonlySet<string> = new Set(['MaxPool', 'Resize'])
/** Ops that the runtime computes with eight bits where all that they take and give is of eight bits. */
const JOINS: ReadonlySet<string> = new Set(['Add', 'Concat'])

export interface QuantizedParts {
  /** Layers and what lies between them. */
  readonly nodes: ReadonlySet<Node>
  /** What these read and say, each with the value whose range it has. */
  readonly values: ReadonlyMap<Value, Value>
  /** Those of the values that one of the nodes says, after a Relu that alone reads it: the runtime makes one kernel of all three. */
  readonly made: ReadonlySet<Value>
}

/**
 * What has to be quantised so that the nodes of `layers` are computed with eight bits: what a layer reads; what a convolution says;
 * and sums, joined maps and poolings of these that lead to another layer.
 */
export function quantizedParts(given: Graph, layers: Iterable<Node>): QuantizedParts {
  const resultOf = results(given)
  const nodes = new Set(layers)
  const values = new Map<Value, Value>()
  const add = (value: Value) => values.set(value, value)
  for (const { op, inputs, outputs } of nodes) {
    add(inputs[0]!)
    if (op.name === 'Conv') add(resultOf(outputs[0]))
  }
  for (const node of between(given, nodes, resultOf, values).reverse()) {
    if (!values.has(resultOf(node.outputs[0]))) continue
    nodes.add(node)
    for (const value of mapsOf(node)) add(value)
  }
  for (const { op, inputs, outputs } of given.nodes.filter((node) => nodes.has(node)))
    if (KEEPS_LEVELS.has(op.name)) values.set(outputs[0], values.get(inputs[0]!)!)
  const said = [...nodes].map(({ outputs }) => resultOf(outputs[0]))
  return { nodes, values, made: new Set(said.filter((value) => values.has(value))) }
}

/** Nodes that could be computed with eight bits because all that they read is of eight bits, in the order of the graph. */
function between(
  given: Graph,
  layers: ReadonlySet<Node>,
  resultOf: (value: Value) => Value,
  read: ReadonlyMap<Value, Value>,
): Node[] {
  const eight = new Set([...layers].map(({ outputs }) => resultOf(outputs[0])))
  return given.nodes.filter((node) => {
    const maps = mapsOf(node)
    const joins =
      JOINS.has(node.op.name) &&
      maps.length === node.inputs.length &&
      maps.every((value) => eight.has(value) || read.has(value)) &&
      maps.some((value) => eight.has(value))
    const keeps = KEEPS_LEVELS.has(node.op.name) && eight.has(maps[0])
    if (joins || keeps) eight.add(joins ? resultOf(node.outputs[0]) : node.outputs[0])
    return joins || keeps
  })
}

/** Inputs of four axes that are no constants. */
function mapsOf({ inputs }: Node): Value[] {
  return inputs.filter((value): value is Value => value?.shape.length === 4 && value.source.kind === 'node')
}

function results({ nodes, outputs }: Graph): (value: Value) => Value {
  const readers = new Map<Value, Node[]>()
  for (const node of nodes) {
    for (const value of new Set(node.inputs))
      if (value) readers.set(value, [...(readers.get(value) ?? []), node])
  }
  const ends = new Set(Object.values(outputs))
  return (value) => {
    const [reader, ...more] = readers.get(value) ?? []
    const isMerged = reader?.op.name === 'Relu' && more.length === 0 && !ends.has(value)
    return isMerged ? reader.outputs[0] : value
  }
}
