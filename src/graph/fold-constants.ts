import { encodeModel } from '../onnx/encode.ts'
import type { CreateSession } from '../runtime/session.ts'
import { type Graph, graph } from './graph.ts'
import type { Node } from './op.ts'
import { rewrite } from './rewrite.ts'
import { toOnnx } from './to-onnx.ts'
import { constant, type Value } from './value.ts'

/** Inputs of ops that a file is searched for by name: what is folded into one is called after its module. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  Conv: ['', 'weight', 'bias'],
  ConvTranspose: ['', 'weight', 'bias'],
  Gemm: ['', 'weight', 'bias'],
}

/**
 * The same graph with everything computed that depends on constants alone. The runtime computes it, so the numbers are those that
 * it would compute at every run.
 */
export async function foldConstants(given: Graph, createSession: CreateSession): Promise<Graph> {
  const fixed = new Set<Node>()
  const isFixed = ({ source }: Value) =>
    source.kind === 'constant' || (source.kind === 'node' && fixed.has(source.node))
  for (const node of given.nodes) if (node.inputs.every((value) => !value || isFixed(value))) fixed.add(node)
  const wanted = new Map<Value, string | undefined>()
  const want = (value: Value, name?: string) => {
    if (value.source.kind === 'node' && fixed.has(value.source.node))
      wanted.set(value, wanted.get(value) ?? name)
  }
  for (const node of given.nodes.filter((node) => !fixed.has(node))) {
    for (const [i, value] of node.inputs.entries()) {
      const role = ROLES[node.op.name]?.[i]
      if (value) want(value, role && `${node.path}.${role}`)
    }
  }
  for (const value of Object.values(given.outputs)) want(value)
  if (wanted.size === 0) return given
  const values = [...wanted.keys()]
  const outputs = Object.fromEntries(values.map((value, i) => [`folded:${i}`, value]))
  const session = await createSession(encodeModel(toOnnx(graph(outputs))), { optimize: 'none' })
  try {
    const tensors = await session.run({})
    const folded = values.map((value, i): [Value, Value] => [
      value,
      constant(tensors[`folded:${i}`], wanted.get(value)),
    ])
    return rewrite(given, () => undefined, new Map(folded))
  } finally {
    await session.dispose()
  }
}
