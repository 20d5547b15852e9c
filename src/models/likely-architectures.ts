import { input } from '../graph/value.ts'
import { asInputs, rootScope } from '../nn/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type Convention, conventional } from '../weights/convention.ts'
import { compareWeights, type WantedWeight, type WeightDifferences } from '../weights/match-weights.ts'
import { centermask2Names } from '../weights/names/centermask2.ts'
import { detectron2Backbone } from '../weights/names/detectron2-backbone.ts'
import { maskScoringNames } from '../weights/names/mask-scoring.ts'
import { buildModel, type ModelConfig } from './catalogue.ts'
import { PRESETS } from './presets.ts'

/** A preset that weights may be of. */
export interface LikelyArchitecture {
  readonly preset: string
  /** With the background, as the shapes say. */
  readonly numClasses: number
  /** Whose names the weights have. */
  readonly names: string
  /** Weights of the model. */
  readonly wanted: number
  /** From 0 to 1: twice the fitting weights by those of the model and of the file together. */
  readonly score: number
  readonly differences: WeightDifferences
}

const SAME: Convention = (name, tensor) => [[name, tensor]]
/** A body alone, as image classifiers have it. */
const under =
  (prefix: string, convention: Convention): Convention =>
  (name, tensor) =>
    convention(`${prefix}${name}`, tensor)

const CONVENTIONS: Readonly<Record<string, Convention>> = {
  torchvision: SAME,
  centermask2: centermask2Names,
  'maskrcnn-benchmark': maskScoringNames,
  detectron2: detectron2Backbone(2),
  'a torchvision body': under('backbone.body.', SAME),
  'a detectron2 body': under('backbone.bottom_up.', detectron2Backbone(2)),
}

/** How many are told, after other numbers of classes have been tried. */
const CLOSE = 3
/** Counters of batches, which nothing reads. */
const COUNTER = /(^|\.)num_batches_tracked$/
/** What data-parallel trainings put before every name. */
const PARALLEL = /^module\./

/**
 * The three presets that weights may be of by their names and shapes, the likeliest first, with what differs; fewer where nothing
 * fits the others.
 * @param given the tensors of a file, of which nothing but names, dtypes and shapes is looked at
 */
export function likelyArchitectures(given: ReadonlyMap<string, WantedWeight>): LikelyArchitecture[] {
  const empty = new Map<string, Tensor>()
  for (const [name, { dtype, shape }] of given)
    if (!COUNTER.test(name))
      empty.set(name.replace(PARALLEL, ''), { dtype, shape, data: new Float32Array(0) })
  const sides = Object.entries(CONVENTIONS).map(([names, convention]) => ({
    names,
    weights: conventional(empty, convention) as ReadonlyMap<string, WantedWeight>,
  }))
  const placed = (preset: string, config: ModelConfig): Placed => {
    const wanted = wantedWeights(config)
    const sided = sides.map((side) => ({ ...side, fits: fittingCount(wanted, side.weights) }))
    const best = sided.reduce((a, b) => (b.fits > a.fits ? b : a))
    const score = (2 * best.fits) / (wanted.size + best.weights.size)
    return { preset, numClasses: config.numClasses, names: best.names, weights: best.weights, wanted, score }
  }
  return Object.entries(PRESETS)
    .map(([preset, configOf]) => placed(preset, configOf()))
    .filter(({ score }) => score > 0)
    .sort(likelier)
    .slice(0, CLOSE)
    .map((one) => {
      const counts = classCounts(one.numClasses, compareWeights(one.wanted, one.weights))
      const others = counts.map((numClasses) => placed(one.preset, PRESETS[one.preset](numClasses)))
      return [one, ...others].sort(likelier)[0]
    })
    .sort(likelier)
    .map(({ wanted, weights, ...one }) => ({
      ...one,
      wanted: wanted.size,
      differences: compareWeights(wanted, weights),
    }))
}

/** A preset with the names that most of its weights are found by. */
interface Placed extends Omit<LikelyArchitecture, 'wanted' | 'differences'> {
  readonly wanted: ReadonlyMap<string, WantedWeight>
  readonly weights: ReadonlyMap<string, WantedWeight>
}

function likelier(a: Placed, b: Placed): number {
  return b.score - a.score
}

function wantedWeights(config: ModelConfig): Map<string, WantedWeight> {
  const wanted = asInputs()
  buildModel(config).inference(rootScope(wanted.resolve, 'running'), input('image', 'uint8', ['H', 'W', 3]))
  return new Map([...wanted.specs].map(([name, { shape }]) => [name, { dtype: 'float32', shape }]))
}

function fittingCount(
  wanted: ReadonlyMap<string, WantedWeight>,
  given: ReadonlyMap<string, WantedWeight>,
): number {
  let count = 0
  for (const [name, { shape }] of wanted) if (given.get(name)?.shape.join() === shape.join()) count++
  return count
}

/** Numbers of classes that rows of mismatched weights speak for: some for every class, with the background or without. */
function classCounts(numClasses: number, { mismatched }: WeightDifferences): number[] {
  const counts = mismatched.flatMap(({ expected, got }) => {
    const [ours, theirs] = [expected, got].map((text) => Number(/\[(\d+)/.exec(text)?.[1]))
    return [(numClasses * theirs) / ours, ((numClasses - 1) * theirs) / ours + 1]
  })
  return [...new Set(counts)].filter((count) => Number.isInteger(count) && count >= 2).slice(0, 4)
}
