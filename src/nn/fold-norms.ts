import type { Graph } from '../graph/graph.ts'
import { emit, type Inputs, type Node } from '../graph/op.ts'
import { at } from '../graph/path.ts'
import { rewrite } from '../graph/rewrite.ts'
import { constantTensor, type Value } from '../graph/value.ts'
import { add, mul } from '../ops/elementwise.ts'
import { expand, reshape } from '../ops/layout.ts'

type Float = Value<'float32'>

/** The axis of a layer's weight that belongs to the channels of its output; undefined where a factor cannot go into the weight. */
const CHANNEL_AXIS: Readonly<Record<string, (node: Node) => number | undefined>> = {
  Conv: () => 0,
  ConvTranspose: ({ attributes }) => (attributes.group === 1 ? 1 : undefined),
  Gemm: ({ attributes: { alpha, beta, transB }, inputs: [, , bias] }) => {
    const isPlain = alpha === 1 && beta === 1 && (bias === undefined || bias.shape.length === 1)
    return isPlain ? (transB ? 0 : 1) : undefined
  },
}

/**
 * The same graph in which constant factors and summands of every channel, such as those of a batch norm with fixed statistics, are
 * part of the convolution, transposed convolution or product before them. A weight that several layers share, and a result that
 * something else reads as well, stay as they are.
 */
export function foldNorms(given: Graph): Graph {
  const uses = new Map<Value, number>()
  const read = [...given.nodes.flatMap(({ inputs }) => inputs), ...Object.values(given.outputs)]
  for (const value of read) if (value) uses.set(value, (uses.get(value) ?? 0) + 1)
  const isReadOnce = (value: Value) => (uses.get(value) ?? 1) === 1
  return rewrite(given, (node, inputs) => {
    if (node.op.name !== 'Mul' && node.op.name !== 'Add') return undefined
    for (const [i, result] of inputs.entries()) {
      if (result?.source.kind !== 'node' || !isReadOnce(node.inputs[i]!)) continue
      const layer = result.source.node
      const axis = CHANNEL_AXIS[layer.op.name]?.(layer)
      const each = perChannel(inputs[1 - i], result)
      if (axis === undefined || !each || !isReadOnce(layer.inputs[1]!)) continue
      const folded = at(layer.path, () => {
        const parts = node.op.name === 'Mul' ? scaled(layer.inputs, axis, each) : shifted(layer.inputs, each)
        return emit(layer.op, [layer.inputs[0], ...parts], layer.attributes)
      })
      return folded
    }
    return undefined
  })
}

function scaled([, weight, bias]: Inputs, axis: number, factor: Float): readonly (Value | undefined)[] {
  const along = weight!.shape.map((_, i) => (i === axis ? -1 : 1))
  return [mul(weight as Float, reshape(factor, along)), bias && mul(bias as Float, factor)]
}

function shifted([, weight, bias]: Inputs, summand: Float): readonly (Value | undefined)[] {
  return [weight, bias ? add(bias as Float, summand) : summand]
}

/** A constant as float32 `[C]` of the channels, axis 1 of a layer's result; undefined where it is another for each place. */
function perChannel(value: Value | undefined, { shape }: Value): Float | undefined {
  const tensor = value && constantTensor(value)
  const channels = shape[1]
  if (tensor?.dtype !== 'float32' || typeof channels !== 'number' || tensor.shape.length > shape.length) {
    return undefined
  }
  if (tensor.data.length === 1) return expand(reshape(value as Float, [1]), [channels])
  const axis = 1 - shape.length + tensor.shape.length
  const isPerChannel = tensor.data.length === channels && tensor.shape[axis] === channels
  return isPerChannel ? reshape(value as Float, [channels]) : undefined
}
