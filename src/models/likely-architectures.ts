import {
  type ConventionName,
  conventionalShapes,
  fittingConvention,
  isOfBody,
} from '../weights/conventions.ts'
import { compareWeights, type WantedWeight, type WeightDifferences } from '../weights/match-weights.ts'
import type { ModelConfig } from './catalogue.ts'
import { classCounts } from './class-counts.ts'
import { presetConvention } from './preset-conventions.ts'
import { PRESETS } from './presets.ts'
import { wantedWeights } from './wanted-weights.ts'

/** A preset that weights may be of. */
export interface LikelyArchitecture {
  readonly preset: string
  /** With the background, as the shapes say. */
  readonly numClasses: number
  /** Whose names the weights have. */
  readonly names: ConventionName
  /** Weights of the model. */
  readonly wanted: number
  /** From 0 to 1: twice the fitting weights by those of the model and of the file together. */
  readonly score: number
  readonly differences: WeightDifferences
}

/** How many are told, after other numbers of classes have been tried. */
const CLOSE = 3
/**
 * The three presets that weights may be of by their names and shapes, the likeliest first, with what differs; fewer where nothing
 * fits the others.
 * @param given the tensors of a file, of which nothing but names, dtypes and shapes is looked at
 */
export function likelyArchitectures(given: ReadonlyMap<string, WantedWeight>): LikelyArchitecture[] {
  const sides = conventionalShapes(given)
  const placed = (preset: string, config: ModelConfig): Placed => {
    const wanted = wantedWeights(config)
    const own = presetConvention(preset)
    const { convention, weights, fits } = fittingConvention(
      wanted,
      sides.filter((side) => side.convention === own || isOfBody(side.convention)),
    )
    const score = (2 * fits) / (wanted.size + weights.size)
    return { preset, numClasses: config.numClasses, names: convention, weights, wanted, score }
  }
  return Object.entries(PRESETS)
    .map(([preset, configOf]) => placed(preset, configOf()))
    .filter(({ score }) => score > 0)
    .sort(likelier)
    .slice(0, CLOSE)
    .map((one) => {
      const counts = classCounts(one.numClasses, compareWeights(one.wanted, one.weights).mismatched)
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
