/** Multiply-adds of a graph, from the shapes in it. */
import type { Size } from '../../src/geometry/boxes.ts'
import { type Dim, isKnown } from '../../src/graph/dim.ts'
import { type Graph, graph } from '../../src/graph/graph.ts'
import type { Node } from '../../src/graph/op.ts'
import { input, presentValues } from '../../src/graph/value.ts'
import { buildModel, type ModelConfig } from '../../src/models/catalogue.ts'
import type { Scope } from '../../src/nn/scope.ts'
import { multiplyAdds } from '../../src/runtime/multiply-adds.ts'

/**
 * Multiply-adds of convolutions and matrix products.
 * @param sizeOf numbers for sizes that are known only when the graph runs, such as that of the regions a head sees
 */
export function graphMultiplyAdds({ nodes }: Graph, sizeOf: (symbol: string, node: Node) => number): number {
  return nodes.reduce((sum, node) => {
    const { op, inputs, outputs, attributes } = node
    const numbers = (shape: readonly Dim[]) => shape.map((dim) => (isKnown(dim) ? dim : sizeOf(dim, node)))
    if (multiplyAdds({ op: op.name, input: [], output: [], window: [] }) === undefined) return sum
    const [input, output] = [inputs[0]!.shape, outputs[0].shape].map(numbers)
    const window = /^Conv/.test(op.name) ? numbers(inputs[1]!.shape.slice(2)) : undefined
    const groups = attributes.group as number | undefined
    return sum + multiplyAdds({ op: op.name, input, output, window, groups })!
  }, 0)
}

/** A model at work on images of one size: its maps have sizes that can be counted with. */
export function sizedGraph(config: ModelConfig, { height, width }: Size, scope: Scope): Graph {
  const image = input('image', 'uint8', [height, width, 3])
  return graph(presentValues({ ...buildModel(config).inference(scope, image) }), [image])
}

/** A size that follows from how much is found, where as much is found as may be: `min(50,found)`, at least one or not. */
export function mostOf(symbol: string): number {
  const [, found] = /^\((.+)\+max\(\(1-\1\),0\)\)$/.exec(symbol) ?? []
  if (found !== undefined) return mostOf(found)
  const [most] = /(?<=^min\()\d+(?=,)|(?<=,)\d+(?=\)$)/.exec(symbol) ?? []
  if (most === undefined) throw new Error(`no limit is known of ${symbol}`)
  return Number(most)
}
