import { GraphError } from '../errors.ts'
import type { Body, Node } from './op.ts'
import type { Value } from './value.ts'

/** A graph: named outputs, and everything they need, in an order in which it can be computed. */
export interface Graph {
  readonly inputs: readonly Value[]
  readonly constants: readonly Value[]
  readonly nodes: readonly Node[]
  readonly outputs: Readonly<Record<string, Value>>
}

/**
 * Collects what `outputs` need. Inputs come in the order of `inputs` where given (listed inputs that
 * nothing uses stay part of the signature), the rest in the order they are met.
 * Throws `GraphError` where two different inputs have one name, or an input and an output that it is not.
 */
export function graph(outputs: Readonly<Record<string, Value>>, inputs: readonly Value[] = []): Graph {
  const found = new Set<Value>(inputs)
  const constants = new Set<Value>()
  const nodes = new Set<Node>()
  for (const output of Object.values(outputs)) {
    for (const value of postOrder(output, nodes)) {
      if (value.source.kind === 'input') found.add(value)
      else if (value.source.kind === 'constant') constants.add(value)
    }
  }
  const names = new Set<string>()
  for (const value of found) {
    const name = inputName(value)
    if (names.has(name)) {
      throw new GraphError('two inputs have one name', {
        where: name,
        hint: 'Give every input a name of its own.',
      })
    }
    names.add(name)
  }
  for (const [name, output] of Object.entries(outputs)) {
    const isThatInput = output.source.kind === 'input' && output.source.name === name
    if (names.has(name) && !isThatInput) {
      throw new GraphError('an output has the name of an input', { where: name, hint: 'Rename one of them.' })
    }
  }
  return { inputs: [...found], constants: [...constants], nodes: [...nodes], outputs }
}

/** A body as a graph of its own; its outputs are called by their place. Throws `GraphError` where it uses a value from outside. */
export function bodyGraph({ inputs, outputs }: Body): Graph {
  const found = graph(Object.fromEntries(outputs.map((value, i) => [`body:${i}`, value])), inputs)
  const [foreign] = found.inputs.slice(inputs.length)
  if (!foreign) return found
  throw new GraphError('the body of a loop uses a value from outside', {
    where: inputName(foreign),
    hint: 'Hand it in as part of the state.',
  })
}

/** Name of an input value. */
export function inputName(value: Value): string {
  if (value.source.kind !== 'input')
    throw new GraphError('a value that is not a graph input stands in the inputs')
  return value.source.name
}

/** The nodes that `root` needs and `reached` lacks, each after those it needs itself; adds them to `reached`. */
export function collectNodes(root: Value, reached: Set<Node>): readonly Node[] {
  const before = reached.size
  postOrder(root, reached)
  return [...reached].slice(before)
}

/** Leaves reachable from `root`; fills `nodes` so that every node comes after the nodes it needs. No recursion: graphs are deep. */
function postOrder(root: Value, nodes: Set<Node>): Set<Value> {
  const leaves = new Set<Value>()
  if (root.source.kind !== 'node') return leaves.add(root)
  const open: { node: Node; next: number }[] = [{ node: root.source.node, next: 0 }]
  const entered = new Set<Node>([root.source.node])
  while (open.length) {
    const top = open[open.length - 1]
    if (nodes.has(top.node) || top.next === top.node.inputs.length) {
      nodes.add(top.node)
      open.pop()
      continue
    }
    const value = top.node.inputs[top.next++]
    if (!value) continue
    if (value.source.kind !== 'node') leaves.add(value)
    else if (!nodes.has(value.source.node) && !entered.has(value.source.node)) {
      entered.add(value.source.node)
      open.push({ node: value.source.node, next: 0 })
    }
  }
  return leaves
}
