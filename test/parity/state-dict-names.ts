/** Names and shapes of complete models' weights. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { input } from '../../src/graph/value.ts'
import { buildModel, type ModelConfig } from '../../src/models/catalogue.ts'
import { PRESETS } from '../../src/models/presets.ts'

import { BATCH_NORM, FROZEN_BATCH_NORM } from '../../src/nn/norm.ts'
import { asInputs, rootScope } from '../../src/nn/scope.ts'
import type { Convention } from '../../src/weights/convention.ts'
import { maskScoringNames } from '../../src/weights/names/mask-scoring.ts'
import type { Comparison, ParityCheck } from './comparison.ts'

type Names = readonly (readonly [name: string, shape: readonly number[]])[]

/** What follows the slash in `maskrcnn_resnet50_fpn/frozen`: the norm of the backbone. */
const NORMS = { frozen: FROZEN_BATCH_NORM, bn: BATCH_NORM }

export const stateDictNames: ParityCheck = async (golden) => {
  const comparisons: Comparison[] = []
  const unsupported: string[] = []
  for (const file of Object.values(golden.case.files as Readonly<Record<string, string>>)) {
    const models = JSON.parse(readFileSync(join(golden.folder, file), 'utf8')) as Record<string, Names>
    for (const [name, recorded] of Object.entries(models)) {
      const config = configOf(name)
      if (config) comparisons.push({ name, error: differences(recorded, config), tolerance: 0 })
      else unsupported.push(name)
    }
  }
  return { comparisons, unsupported }
}

function configOf(name: string): ModelConfig | undefined {
  const [model, norm] = name.replace(/\.yaml$/, '').split('/')
  if (!Object.hasOwn(PRESETS, model)) return undefined
  const config = PRESETS[model]()
  if (norm === undefined) return config
  if (!Object.hasOwn(NORMS, norm)) return undefined
  return { ...config, backbone: { ...config.backbone, norm: NORMS[norm as keyof typeof NORMS] } }
}

/** Names or shapes that one side has and the other has not; counters of batches, which nothing reads, aside. */
function differences(recorded: Names, config: ModelConfig): number {
  const wanted = asInputs()
  buildModel(config).inference(rootScope(wanted.resolve, 'running'), input('image', 'uint8', ['H', 'W', 3]))
  const ours = new Set([...wanted.specs.values()].map(({ name, shape }) => `${name} [${shape}]`))
  const convention: Convention =
    config.model === 'mask-scoring-rcnn' ? maskScoringNames : (name, tensor) => [[name, tensor]]
  const theirs = new Set(
    recorded
      .filter(([name]) => !name.endsWith('.num_batches_tracked'))
      .flatMap(([name, shape]) => convention(name, { dtype: 'float32', shape, data: new Float32Array(0) }))
      .map(([name, { shape }]) => `${name} [${shape}]`),
  )
  return (
    [...ours].filter((one) => !theirs.has(one)).length + [...theirs].filter((one) => !ours.has(one)).length
  )
}
