/** Multiply-adds of a graph, from the shapes in it. */
import { type Dim, isKnown } from '../../src/graph/dim.ts'
import type { Graph } from '../../src/graph/graph.ts'
import type { Node } from '../../src/graph/op.ts'

/** Products of the layers that carry weights; additions and activations are small beside them and are left out. */
const INNER: Readonly<Record<string, (node: Node) => Dim[]>> = {
  // Every output number is a sum over the window in the channels of its group, weight [Cout, C / group, kh, kw].
  Conv: ({ inputs }) => inputs[1]!.shape.slice(1),
  // Every input number is multiplied into the window of the outputs of its group, weight [C, Cout / group, kh, kw].
  ConvTranspose: ({ inputs }) => inputs[1]!.shape.slice(1),
  Gemm: ({ inputs, attributes }) => [inputs[0]!.shape[attributes.transA ? 0 : 1]],
  MatMul: ({ inputs }) => inputs[0]!.shape.slice(-1),
}

/**
 * Multiply-adds of convolutions and matrix products.
 * @param sizeOf numbers for sizes that are known only when the graph runs, such as that of the regions a head sees
 */
export function multiplyAdds({ nodes }: Graph, sizeOf: (symbol: string, node: Node) => number): number {
  let sum = 0
  for (const node of nodes) {
    const inner = INNER[node.op.name]
    if (!inner) continue
    const [outer] = node.op.name === 'ConvTranspose' ? node.inputs : node.outputs
    const dims = [...outer!.shape, ...inner(node)].map((dim) => (isKnown(dim) ? dim : sizeOf(dim, node)))
    sum += dims.reduce((product, dim) => product * dim, 1)
  }
  return sum
}

/** A size that follows from how much is found, where as much is found as may be: `min(50,found)`. */
export function mostOf(symbol: string): number {
  const [most] = /(?<=^min\()\d+(?=,)|(?<=,)\d+(?=\)$)/.exec(symbol) ?? []
  if (most === undefined) throw new Error(`no limit is known of ${symbol}`)
  return Number(most)
}
