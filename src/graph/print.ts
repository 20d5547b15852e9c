import { formatShape } from './dim.ts'
import { bodyGraph, type Graph, inputName } from './graph.ts'
import type { Attribute } from './op.ts'
import type { Value } from './value.ts'

/**
 * The graph as text, one line a node:
 * `%3 float32[1, 64, H, W] = Conv(%1, weight) {strides: [1, 1]}  # backbone.body.conv1`.
 */
export function printGraph(graph: Graph): string {
  const names = new Map<Value, string>()
  const nameOf = (value: Value): string => {
    const { source } = value
    if (source.kind === 'input') return source.name
    if (source.kind === 'constant') return source.name ?? printConstant(value)
    const known = names.get(value) ?? `%${names.size}`
    names.set(value, known)
    return known
  }
  const typed = (value: Value) => `${nameOf(value)} ${value.dtype}${formatShape(value.shape)}`
  const lines = graph.inputs.map(
    (value) => `input ${inputName(value)} ${value.dtype}${formatShape(value.shape)}`,
  )
  for (const { op, inputs, outputs, attributes, path } of graph.nodes) {
    const made = outputs.filter((value) => value.source.kind === 'node').map(typed)
    const taken = inputs.map((value) => (value ? nameOf(value) : '-'))
    const settings = Object.entries(attributes).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}: ${printAttribute(value)}`],
    )
    const braces = settings.length ? ` {${settings.join(', ')}}` : ''
    lines.push(`${made.join(', ')} = ${op.name}(${taken.join(', ')})${braces}${path ? `  # ${path}` : ''}`)
  }
  for (const [name, value] of Object.entries(graph.outputs)) lines.push(`output ${name} = ${nameOf(value)}`)
  return lines.join('\n')
}

function printConstant({ source, dtype, shape }: Value): string {
  if (source.kind !== 'constant' || source.tensor.data.length > 8) return `${dtype}${formatShape(shape)}`
  const numbers = Array.from(source.tensor.data as ArrayLike<number | bigint>, String).join(', ')
  return shape.length === 0 ? numbers : `[${numbers}]`
}

function printAttribute(value: Attribute): string {
  if (typeof value === 'object' && 'outputs' in value) return `(${printGraph(bodyGraph(value))})`
  if (typeof value === 'object' && 'dtype' in value) return `${value.dtype}${formatShape(value.shape)}`
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value)
}
