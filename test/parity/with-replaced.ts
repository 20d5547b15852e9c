import { graph } from '../../src/graph/graph.ts'
import { emit } from '../../src/graph/op.ts'
import type { Value } from '../../src/graph/value.ts'

/** The same outputs where some values are others, of the same type: what depends on these is built anew. */
export function withReplaced<N extends string>(
  outputs: Readonly<Record<N, Value>>,
  replacements: ReadonlyMap<Value, Value>,
): Record<N, Value> {
  const now = new Map(replacements)
  for (const { op, inputs, attributes, outputs: before } of graph(outputs).nodes) {
    if (!inputs.some((value) => value && now.has(value))) continue
    const after = emit(
      op,
      inputs.map((value) => value && (now.get(value) ?? value)),
      attributes,
    )
    for (const [i, value] of before.entries()) if (!now.has(value)) now.set(value, after[i])
  }
  const entries = Object.entries(outputs) as [N, Value][]
  return Object.fromEntries(entries.map(([name, value]) => [name, now.get(value) ?? value])) as Record<
    N,
    Value
  >
}
