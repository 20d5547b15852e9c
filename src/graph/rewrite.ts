import { collectNodes, type Graph, graph } from './graph.ts'
import type { Inputs, Node } from './op.ts'
import { at } from './path.ts'
import { makeValue, type Value } from './value.ts'

/**
 * What a node's outputs become; undefined leaves the node as it is. `inputs` are the node's own, rewritten already. What a rule
 * makes is rewritten in its turn, so a rule must come to an end.
 */
export type Rule = (node: Node, inputs: Inputs) => readonly Value[] | undefined

/**
 * The same graph with every node that `rule` answers replaced, under the path of that node, and with the values in `replaced`,
 * which are made of constants alone, standing for others from the beginning. Inputs and outputs keep their names, nodes their order; those that nothing needs any
 * longer are gone.
 */
export function rewrite(
  { nodes, inputs, outputs }: Graph,
  rule: Rule,
  replaced: ReadonlyMap<Value, Value> = new Map(),
): Graph {
  const current = new Map(replaced)
  const now = (value: Value) => current.get(value) ?? value
  const reached = new Set(nodes)
  const order: Node[] = []
  const visit = (node: Node): void => {
    const given = node.inputs.map((value) => value && now(value))
    const made = at(node.path, () => rule(node, given))
    if (made) {
      for (const value of made) for (const fresh of collectNodes(value, reached)) visit(fresh)
      for (const [i, value] of made.entries()) current.set(node.outputs[i], now(value))
      return
    }
    const isSame = given.every((value, i) => value === node.inputs[i])
    const kept = isSame ? node : withInputs(node, given)
    order.push(kept)
    reached.add(kept)
    for (const [i, value] of node.outputs.entries())
      if (!current.has(value)) current.set(value, kept.outputs[i])
  }
  for (const value of replaced.values()) for (const fresh of collectNodes(value, reached)) visit(fresh)
  for (const node of nodes) visit(node)
  const named = Object.entries(outputs).map(([name, value]) => [name, now(value)])
  const result = graph(Object.fromEntries(named), inputs)
  const needed = new Set(result.nodes)
  return { ...result, nodes: order.filter((node) => needed.has(node)) }
}

/** The same node of other values of the same types. */
export function withInputs(node: Node, inputs: Inputs): Node {
  const outputs: Value[] = []
  const copy: Node = { ...node, inputs, outputs }
  for (const [output, value] of node.outputs.entries()) {
    const isOwn = value.source.kind === 'node'
    outputs.push(
      isOwn
        ? makeValue(value.dtype, value.shape, { kind: 'node', node: copy, output }, value.content)
        : value,
    )
  }
  return copy
}
