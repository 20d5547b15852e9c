/** What eight bits cost each layer by itself. */
import { type Graph, graph } from '../graph/graph.ts'
import { emit } from '../graph/op.ts'
import { at } from '../graph/path.ts'
import { toOnnx } from '../graph/to-onnx.ts'
import type { Value } from '../graph/value.ts'
import { encodeModel } from '../onnx/encode.ts'
import { mul, sub } from '../ops/elementwise.ts'
import { reduceSum } from '../ops/reduce.ts'
import { type CalibrationImage, type CalibrationRun, overImages } from './calibration-run.ts'
import type { Layer } from './layers.ts'
import { type LevelsOf, layerParameters, throughLevels } from './quantize-graph.ts'

type Float = Value<'float32'>

/**
 * Signal to noise of each layer in decibels: the power of what it says, over the power of what changes when its input and its weights,
 * and nothing else, have eight bits. Infinite where nothing changes, or nothing came.
 */
export async function signalToNoise(
  given: Graph,
  layers: readonly Layer[],
  levels: LevelsOf,
  images: readonly CalibrationImage[],
  run: CalibrationRun,
): Promise<Map<Layer, number>> {
  if (layers.length === 0) return new Map()
  const parametersOf = layerParameters(layers, levels)
  const outputs: Record<string, Value> = {}
  for (const [i, { nodes }] of layers.entries()) {
    for (const [j, node] of nodes.entries()) {
      const exact = node.outputs[0] as Float
      const input = throughLevels(node.inputs[0] as Float, levels.get(node.inputs[0]!)!)
      const eight = at(node.path, () => emit(node.op, [input, ...parametersOf.get(node)!()], node.attributes))
      outputs[`signal:${i}:${j}`] = power(exact)
      outputs[`noise:${i}:${j}`] = power(sub(exact, eight[0] as Float))
    }
  }
  const sums = layers.map(() => ({ signal: 0, noise: 0 }))
  const compared = encodeModel(toOnnx(graph(outputs, given.inputs)))
  await overImages(compared, images, run, (found) => {
    for (const [i, { nodes }] of layers.entries()) {
      for (const j of nodes.keys()) {
        sums[i].signal += Number(found[`signal:${i}:${j}`].data[0])
        sums[i].noise += Number(found[`noise:${i}:${j}`].data[0])
      }
    }
  })
  return new Map(
    layers.map((layer, i) => {
      const { signal, noise } = sums[i]
      return [layer, noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise)]
    }),
  )
}

function power(value: Float): Float {
  return reduceSum(mul(value, value))
}
