/** Static quantisation after training: eight bits for what images show to bear them. */
import type { Graph } from '../graph/graph.ts'
import type { Value } from '../graph/value.ts'
import { type CalibrationMethod, calibratedRange } from './calibration-method.ts'
import type { CalibrationImage, CalibrationRun } from './calibration-run.ts'
import { type Layer, lastLayers, layersOf } from './layers.ts'
import { activationLevels } from './levels.ts'
import { signalToNoise } from './noise.ts'
import { observe } from './observe.ts'
import { quantizeGraph } from './quantize-graph.ts'
import { quantizedParts } from './quantized-parts.ts'

/** Why a layer keeps float32: `last` of the network, no image reached it (`unseen`), or too much `noise`. */
export const FLOAT_REASONS = ['last', 'unseen', 'noise'] as const

export type FloatReason = (typeof FLOAT_REASONS)[number]

export interface QuantizationSettings {
  readonly method: CalibrationMethod
  /** Percent of the numbers other than 0 that an activation's levels cover, for the method `percentile`. */
  readonly percentile: number
  /** Decibels of signal to noise below which a layer keeps float32. */
  readonly leastSignal: number
}

export interface QuantizedGraph {
  readonly graph: Graph
  /** Names of the layers with eight bits. */
  readonly layers: readonly string[]
  /** Those that keep float32, in the order of the network. */
  readonly float: Readonly<Record<string, FloatReason>>
}

export interface StaticRun extends Omit<CalibrationRun, 'onImage'> {
  /** Called after each run of the graph, with how many there will be. */
  readonly onImage?: (done: number, runs: number) => void
}

/** Images on which the noise of layers is measured, of those given. */
const NOISE_IMAGES = 8

/**
 * The graph with eight bits where `images` show that it can be: observes every activation on all images, gives it levels, measures the
 * noise that they bring to each layer on the first `NOISE_IMAGES`, and keeps in float32 what would lose too much.
 */
export async function quantizeStatically(
  given: Graph,
  images: readonly CalibrationImage[],
  { method, percentile, leastSignal }: QuantizationSettings,
  { onImage, ...run }: StaticRun,
): Promise<QuantizedGraph> {
  const again = images.slice(0, NOISE_IMAGES)
  let done = 0
  const told = { ...run, onImage: () => onImage?.(++done, images.length + again.length) }
  const layers = layersOf(given)
  const float = new Map<Layer, FloatReason>()
  for (const layer of lastLayers(given, layers)) float.set(layer, 'last')
  const candidates = () => layers.filter((layer) => !float.has(layer))
  const observed = await observe(given, [...valuesOf(given, candidates()).keys()], images, told)
  const isSeen = (value: Value) => observed.get(value)!.count > 0
  for (const layer of candidates())
    if (![...valuesOf(given, [layer]).keys()].every(isSeen)) float.set(layer, 'unseen')
  const levelsOf = (layers: readonly Layer[]) => {
    const sources = valuesOf(given, layers)
    return new Map(
      [...sources].map(([value, source]) => [
        value,
        activationLevels(calibratedRange(observed.get(source)!, method, percentile)),
      ]),
    )
  }
  const tried = candidates()
  const noise = await signalToNoise(given, tried, levelsOf(tried), again, told)
  for (const [layer, decibels] of noise) if (decibels < leastSignal) float.set(layer, 'noise')
  const kept = candidates()
  return {
    graph: quantizeGraph(given, kept, levelsOf(kept)),
    layers: kept.map(({ name }) => name),
    float: Object.fromEntries(
      layers.flatMap((layer) => (float.has(layer) ? [[layer.name, float.get(layer)!]] : [])),
    ),
  }
}

function valuesOf(given: Graph, layers: readonly Layer[]): ReadonlyMap<Value, Value> {
  return quantizedParts(
    given,
    layers.flatMap(({ nodes }) => nodes),
  ).values
}
