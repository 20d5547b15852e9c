import { input } from '../graph/value.ts'
import { asInputs, rootScope } from '../nn/scope.ts'
import type { WantedWeight } from '../weights/match-weights.ts'
import { buildModel, type ModelConfig } from './catalogue.ts'

/** The weights of a model at work, by name, in the order of its layers. */
export function wantedWeights(config: ModelConfig): Map<string, WantedWeight> {
  const wanted = asInputs()
  buildModel(config).inference(rootScope(wanted.resolve, 'running'), input('image', 'uint8', ['H', 'W', 3]))
  return new Map([...wanted.specs].map(([name, { shape }]) => [name, { dtype: 'float32', shape }]))
}
