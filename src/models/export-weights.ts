/** A model's weights for those who go on in PyTorch. */
import { WeightError } from '../errors.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { matchWeights } from '../weights/match-weights.ts'
import type { ModelConfig } from './catalogue.ts'
import type { ModelFile } from './model-file.ts'
import { presetConvention } from './preset-conventions.ts'
import { PRESETS } from './presets.ts'
import { wantedWeights } from './wanted-weights.ts'

export interface ExportedWeights {
  /** By torchvision's names, in the order of the layers: what `load_state_dict` takes, strictly too. */
  readonly tensors: ReadonlyMap<string, Tensor>
  /** The model of torchvision that is nearest; undefined where it has none of that kind. */
  readonly nearest?: string
  /** Settings in which it differs from that, with their values here: PyTorch has to be told them. */
  readonly differing: readonly string[]
}

/** Throws `WeightError` where the file lacks a weight of its model. */
export function exportWeights({ metadata, weights }: ModelFile): ExportedWeights {
  const { architecture } = metadata
  const wanted = wantedWeights(architecture)
  const { matched, missing } = matchWeights(wanted, weights)
  if (matched.size < wanted.size) {
    throw new WeightError('the model file does not have every weight of its model', {
      expected: `${wanted.size} weights`,
      got: `${matched.size}, without ${missing[0]?.name ?? 'one of the right shape'}`,
    })
  }
  const alike = Object.entries(PRESETS)
    .map(([preset, configOf]) => ({ preset, config: configOf(architecture.numClasses) }))
    .filter(
      ({ preset, config }) =>
        config.model === architecture.model && presetConvention(preset) === 'torchvision',
    )
    .map(({ preset, config }) => ({ preset, differing: [...differences(architecture, config)] }))
    .sort((a, b) => a.differing.length - b.differing.length)
  return { tensors: matched, nearest: alike[0]?.preset, differing: alike[0]?.differing ?? [] }
}

/** Settings of a model that another has otherwise, as `path value`. */
function* differences(ours: ModelConfig, other: ModelConfig): Generator<string> {
  const [own, theirs] = [ours, other].map((config) => new Map(leaves(config, '')))
  for (const path of new Set([...own.keys(), ...theirs.keys()])) {
    if (own.get(path) !== theirs.get(path)) yield `${path} ${own.get(path) ?? 'not set'}`
  }
}

/** Everything of a setting but lists, which are taken as a whole, by its path. */
function* leaves(value: unknown, path: string): Generator<[string, string]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) yield [path, JSON.stringify(value)]
  else
    for (const [name, inner] of Object.entries(value))
      if (inner !== undefined) yield* leaves(inner, path === '' ? name : `${path}.${name}`)
}
