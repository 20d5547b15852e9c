/** The layers of a graph that can be computed with eight bits: convolutions and products with a constant weight. */
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/op.ts'
import { constantTensor, type Value } from '../graph/value.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** All nodes of one weight: a head that looks at several maps is one layer. */
export interface Layer {
  /** Of its module, where the weight has a name. */
  readonly name: string
  readonly nodes: readonly Node[]
  readonly weight: Tensor<'float32'>
  /** The axis of the weight that belongs to the channels of the output. */
  readonly axis: number
}

/** Layers in the order in which they are computed. */
export function layersOf({ nodes }: Graph): Layer[] {
  const byWeight = new Map<Value, Node[]>()
  for (const node of nodes) {
    if (channelAxis(node) === undefined) continue
    const weight = node.inputs[1]!
    byWeight.set(weight, [...(byWeight.get(weight) ?? []), node])
  }
  return [...byWeight].map(([value, nodes]) => ({
    name: nameOf(value) ?? nodes[0].path,
    nodes,
    weight: constantTensor(value) as Tensor<'float32'>,
    axis: channelAxis(nodes[0])!,
  }))
}

function nameOf({ source }: Value): string | undefined {
  return source.kind === 'constant' ? source.name?.replace(/\.weight$/, '') : undefined
}

function channelAxis({ op, inputs: [x, weight, bias], attributes }: Node): number | undefined {
  const isFloat = x?.dtype === 'float32' && weight !== undefined && constantTensor(weight) !== undefined
  if (!isFloat || (bias && constantTensor(bias)?.shape.length !== 1)) return undefined
  if (op.name === 'Conv') return 0
  const { alpha, beta, transA, transB } = attributes
  const isPlain = op.name === 'Gemm' && alpha === 1 && beta === 1 && transA === 0
  return isPlain ? (transB ? 0 : 1) : undefined
}

/** Ops after which numbers are no map any longer: choices, probabilities, and another order. */
const ENDS: ReadonlySet<string> = new Set([
  'Transpose',
  'Sigmoid',
  'HardSigmoid',
  'Softmax',
  'LogSoftmax',
  'Exp',
  'TopK',
  'Gather',
  'GatherElements',
  'GatherND',
  'NonZero',
  'Cast',
])

const LAYERS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm'])

/**
 * Layers whose results no other layer reads as they stand: scores, offsets of boxes, logits of masks, gates. What they get wrong nothing
 * evens out, and they compute little.
 */
export function lastLayers({ nodes }: Graph, layers: readonly Layer[]): Set<Layer> {
  const read = new Set<Value>()
  for (const { op, inputs, outputs } of [...nodes].reverse()) {
    const passesOn = !ENDS.has(op.name) && outputs.some((value) => read.has(value))
    if (LAYERS.has(op.name)) read.add(inputs[0]!)
    else if (passesOn) for (const value of inputs) if (value) read.add(value)
  }
  return new Set(layers.filter(({ nodes }) => nodes.every(({ outputs }) => !read.has(outputs[0]))))
}
