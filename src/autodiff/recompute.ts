import type { Node } from '../graph/op.ts'
import { withInputs } from '../graph/rewrite.ts'
import type { Value } from '../graph/value.ts'
import { delay } from '../ops/delay.ts'
import { isFloat } from '../tensor/dtype.ts'
import type { FloatValue } from './rule.ts'

/** The segment that a node belongs to; undefined where what it makes is kept for its gradient. */
export type SegmentOf = (node: Node) => string | undefined

/** A node as its gradient sees it. */
type Seen = Pick<Node, 'inputs' | 'outputs'>

/**
 * Computes segments a second time for their gradients, so that the values of the first time need not be kept until then (Chen et al.
 * 2016, "Training Deep Nets with Sublinear Memory Cost"). Kept are values that enter a segment, those that
 * others need of it, and those made of inputs of the graph alone. The second time waits for the first gradient that comes back to the
 * segment: `arrived` of the first of its nodes that is asked for.
 * @param nodes those that gradients pass, in order of computation
 */
export function recomputation(
  nodes: readonly Node[],
  segmentOf: SegmentOf,
): (node: Node, arrived: FloatValue) => Seen {
  const segments = new Map<string, ReadonlyMap<Value, Value>>()
  const kept = new Set<Value>()
  for (const node of nodes)
    for (const value of node.inputs) if (value && segmentIn(value) !== segmentOf(node)) kept.add(value)

  return (node, arrived) => {
    const name = segmentOf(node)
    if (name === undefined) return node
    const again = segments.get(name) ?? secondTime(name, arrived)
    segments.set(name, again)
    const seen = (value: Value): Value => (kept.has(value) ? value : (again.get(value) ?? value))
    return { inputs: node.inputs.map((value) => value && seen(value)), outputs: node.outputs.map(seen) }
  }

  function segmentIn({ source }: Value): string | undefined {
    return source.kind === 'node' ? segmentOf(source.node) : undefined
  }

  /** What stands for the values of a segment, and for those that it is computed of. */
  function secondTime(name: string, arrived: FloatValue): ReadonlyMap<Value, Value> {
    const again = new Map<Value, Value>()
    const late = (value: Value): Value => {
      const isLeaf = value.source.kind !== 'node' || !isFloat(value.dtype)
      const found = again.get(value) ?? (isLeaf ? value : delay(value as FloatValue, arrived))
      again.set(value, found)
      return found
    }
    for (const node of nodes) {
      if (segmentOf(node) !== name) continue
      const inputs = node.inputs.map((value) => value && late(value))
      const isSame = inputs.every((value, i) => value === node.inputs[i])
      const { outputs } = isSame ? node : withInputs(node, inputs)
      for (const [i, output] of node.outputs.entries()) if (!kept.has(output)) again.set(output, outputs[i])
    }
    return again
  }
}
