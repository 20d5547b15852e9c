import { constantKey } from './constant-key.ts'
import type { Graph } from './graph.ts'
import type { Attribute } from './op.ts'
import { rewrite } from './rewrite.ts'
import { constantTensor, type Value } from './value.ts'

/** The same graph in which what is computed twice, by one op of the same values, is computed once. */
export function mergeEqual(given: Graph): Graph {
  const known = new Map<string, readonly Value[]>()
  return rewrite(given, ({ op, attributes, outputs }, inputs) => {
    const settings = Object.entries(attributes)
    if (settings.some(([, value]) => isGraphOrTensor(value))) return undefined
    const key = JSON.stringify([op.name, inputs.map(identity), settings])
    const first = known.get(key)
    if (!first) known.set(key, outputs)
    return first
  })
}

/** Equal for values that hold the same. */
function identity(value: Value | undefined): string | number | undefined {
  const tensor = value && constantTensor(value)
  return (tensor && constantKey(tensor)) ?? value?.id
}

function isGraphOrTensor(value: Attribute | undefined): boolean {
  return typeof value === 'object' && !Array.isArray(value)
}
