import { collectNodes } from './graph.ts'
import type { Node } from './op.ts'
import type { Value } from './value.ts'

/**
 * Where parts of a graph that never change end: values of their nodes, computed of `source`, and else of constants and `fixed` inputs
 * alone, that something beyond needs to compute `outputs`. In order of computation.
 * @param isPart whether a node at this path belongs to the parts; what they need of `source` before belongs to them as well
 */
export function frontier(
  outputs: readonly Value[],
  source: Value,
  fixed: ReadonlySet<Value>,
  isPart: (path: string) => boolean,
): Value[] {
  const nodes = new Set<Node>()
  for (const output of outputs) collectNodes(output, nodes)
  /** Of constants and fixed inputs alone, and of `source` as well. */
  const [still, kept] = [new Set<Value>(fixed), new Set<Value>([source])]
  const isStill = (value: Value) => still.has(value) || value.source.kind === 'constant'
  for (const node of nodes) {
    const given = inputsOf(node)
    if (!given.every((value) => kept.has(value) || isStill(value))) continue
    const into = given.some((value) => kept.has(value)) ? kept : still
    for (const output of node.outputs) into.add(output)
  }
  const inner = new Set<Value>()
  for (const node of [...nodes].reverse()) {
    if (!kept.has(node.outputs[0])) continue
    const isInner = isPart(node.path) || node.outputs.some((output) => inner.has(output))
    if (!isInner) continue
    // What an inner node needs is inner; its own values are where a part may end.
    for (const value of [...node.outputs, ...inputsOf(node)]) if (kept.has(value)) inner.add(value)
  }
  inner.delete(source)
  const isBeyond = (node: Node) => !node.outputs.some((output) => inner.has(output))
  const needed = [...nodes].filter(isBeyond).flatMap(inputsOf)
  const ends = new Set([...needed, ...outputs].filter((value) => inner.has(value)))
  return [...nodes].flatMap((node) => node.outputs.filter((output) => ends.has(output)))
}

function inputsOf({ inputs }: Node): Value[] {
  return inputs.filter((value) => value !== undefined)
}
