import { collectNodes, type Graph } from './graph.ts'
import type { Node, Target } from './op.ts'
import { at } from './path.ts'
import type { Value } from './value.ts'

/** A graph in which every op is one of ONNX's. */
export interface LoweredGraph {
  readonly nodes: readonly Node[]
  /** The value that stands for `value` after coarse ops were replaced by finer ones. */
  readonly resolve: (value: Value) => Value
}

/** Replaces ops coarser than ONNX's by their expansion for `target`, until none is left. */
export function lower({ nodes }: Graph, target: Target): LoweredGraph {
  const replacements = new Map<Value, Value>()
  const reached = new Set<Node>(nodes)
  const lowered: Node[] = []
  const place = (node: Node): void => {
    const { expand } = node.op
    if (!expand) {
      lowered.push(node)
      return
    }
    const finer = at(node.path, () => expand(node.inputs, node.attributes, target))
    for (const value of finer) for (const made of collectNodes(value, reached)) place(made)
    for (const [i, value] of finer.entries()) replacements.set(node.outputs[i], value)
  }
  for (const node of nodes) place(node)
  const resolve = (value: Value): Value => {
    let current = value
    for (let next = replacements.get(current); next; next = replacements.get(current)) current = next
    return current
  }
  return { nodes: lowered, resolve }
}
