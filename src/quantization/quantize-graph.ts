/** The graph with eight bits: every quantised value goes through its levels, weights are stored as levels. */
import type { Graph } from '../graph/graph.ts'
import { emit, type Node } from '../graph/op.ts'
import { rewrite } from '../graph/rewrite.ts'
import { constant, constantTensor, type Value } from '../graph/value.ts'
import { dequantizeLinear, quantizeLinear } from '../ops/quantize.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { type Tensor, tensor, zeros } from '../tensor/tensor.ts'
import type { Layer } from './layers.ts'
import { type Levels, quantizeBias, quantizeWeight } from './levels.ts'
import { quantizedParts } from './quantized-parts.ts'

/** Levels of every quantised value. */
export type LevelsOf = ReadonlyMap<Value, Levels>

/**
 * The same graph in which `layers` and what lies between them can be computed with eight bits: what they read and say goes through
 * QuantizeLinear and DequantizeLinear, and weights come from a DequantizeLinear, the form (QDQ) from which runtimes make
 * kernels of eight bits. What is made in float32 stays so for those of its readers that compute in float32.
 */
export function quantizeGraph(given: Graph, layers: readonly Layer[], levels: LevelsOf): Graph {
  const parametersOf = layerParameters(layers, levels)
  const { nodes, made } = quantizedParts(
    given,
    layers.flatMap((layer) => layer.nodes),
  )
  const read = new Map<Value, Value>()
  const asRead = (value: Value, now: Value) => {
    const own = levels.get(value)
    if (!own || made.has(value)) return now
    if (!read.has(value)) read.set(value, throughLevels(now as Value<'float32'>, own))
    return read.get(value)
  }
  return rewrite(given, (node, inputs) => {
    const isEight = nodes.has(node)
    if (!isEight && !node.outputs.some((value) => made.has(value))) return undefined
    const taken = isEight ? inputs.map((now, i) => now && asRead(node.inputs[i]!, now)) : inputs
    const parameters = parametersOf.get(node)
    const outputs = emit(node.op, parameters ? [taken[0], ...parameters()] : taken, node.attributes)
    return outputs.map((value, i) =>
      made.has(node.outputs[i])
        ? throughLevels(value as Value<'float32'>, levels.get(node.outputs[i])!)
        : value,
    )
  })
}

/** A value as its levels stand for it. */
export function throughLevels(value: Value<'float32'>, { scale, zeroPoint }: Levels): Value<'float32'> {
  const how = {
    scale: constant(tensor('float32', [], Float32Array.of(scale))),
    zeroPoint: constant(tensor('uint8', [], Uint8Array.of(zeroPoint))),
  }
  return dequantizeLinear(quantizeLinear(value, how), how)
}

/** Weight and bias of each node, as values of the graph that it is rewritten to. */
export function layerParameters(
  layers: readonly Layer[],
  levels: LevelsOf,
): ReadonlyMap<Node, () => (Value | undefined)[]> {
  return new Map(layers.flatMap((layer) => [...parametersOfLayer(layer, levels)]))
}

function* parametersOfLayer({ nodes, weight, axis }: Layer, levels: LevelsOf) {
  const inputScales = nodes.map(({ inputs }) => levels.get(inputs[0]!)!.scale)
  const biasOf = ({ inputs: [, , bias] }: Node) => bias && (constantTensor(bias) as Tensor<'float32'>)
  const quantized = quantizeWeight(weight, axis, {
    bias: biasOf(nodes[0]),
    inputScale: Math.min(...inputScales),
  })
  const stored = constant(quantized.weight, nameOf(nodes[0].inputs[1]))
  for (const [i, node] of nodes.entries()) {
    yield [
      node,
      () => {
        const bias = biasOf(node)
        const eight = dequantized(stored, quantized.scales, axis)
        if (!bias) return [eight, undefined]
        const wide = quantizeBias(bias, quantized.scales, inputScales[i])
        return [eight, dequantized(constant(wide.bias, nameOf(node.inputs[2])), wide.scales, 0)]
      },
    ] as const
  }
}

function dequantized<D extends Dtype>(
  stored: Value<D>,
  scales: Tensor<'float32'>,
  axis: number,
): Value<'float32'> {
  const zeroPoint = constant(zeros(stored.dtype, scales.shape))
  return dequantizeLinear(stored, { scale: constant(scales), zeroPoint, axis })
}

function nameOf(value: Value | undefined): string | undefined {
  return value?.source.kind === 'constant' ? value.source.name : undefined
}
