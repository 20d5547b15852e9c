/** Names and shapes of the weights of complete models and of bodies. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { input } from '../../src/graph/value.ts'
import { bodyOf } from '../../src/models/bodies/bodies.ts'
import { buildModel, type ModelConfig, type ModelName } from '../../src/models/catalogue.ts'
import { PRESETS } from '../../src/models/presets.ts'
import { BATCH_NORM, FROZEN_BATCH_NORM } from '../../src/nn/norm.ts'
import { asInputs, rootScope, type Scope } from '../../src/nn/scope.ts'
import { elementCount } from '../../src/tensor/shape.ts'
import type { Convention } from '../../src/weights/convention.ts'
import { centermask2Names } from '../../src/weights/names/centermask2.ts'
import { maskScoringNames } from '../../src/weights/names/mask-scoring.ts'
import type { Comparison, ParityCheck } from './comparison.ts'
import { vovnetConfig } from './vovnet-config.ts'

type Names = readonly (readonly [name: string, shape: readonly number[]])[]

/** What a recorded model is here. */
interface Counterpart {
  /** Asks for all of its parameters. */
  readonly build: (scope: Scope) => void
  readonly convention: Convention
}

/** What follows the slash in `maskrcnn_resnet50_fpn/frozen`: the norm of the backbone. */
const NORMS = { frozen: FROZEN_BATCH_NORM, bn: BATCH_NORM }

const SAME: Convention = (name, tensor) => [[name, tensor]]
const CONVENTIONS: { readonly [M in ModelName]?: Convention } = {
  'mask-scoring-rcnn': maskScoringNames,
  centermask: centermask2Names,
}

export const stateDictNames: ParityCheck = async (golden) => {
  const comparisons: Comparison[] = []
  const unsupported: string[] = []
  const counts = golden.case.params as Readonly<Record<string, number>> | undefined
  for (const file of Object.values(golden.case.files as Readonly<Record<string, string>>)) {
    const models = JSON.parse(readFileSync(join(golden.folder, file), 'utf8')) as Record<string, Names>
    for (const [name, recorded] of Object.entries(models)) {
      const counterpart = /^V-/.test(name) ? vovnetBody(name) : completeModel(name)
      if (counterpart) comparisons.push(...compared(name, recorded, counterpart, counts?.[name]))
      else unsupported.push(name)
    }
  }
  return { comparisons, unsupported }
}

/** `V-39-eSE/BN`. */
function vovnetBody(name: string): Counterpart {
  const [body, norm] = name.split('/')
  const { strides, stage } = bodyOf(vovnetConfig(body, norm))
  return {
    convention: SAME,
    build: (scope) => {
      for (const index of strides.keys()) stage(scope, index)
    },
  }
}

function completeModel(name: string): Counterpart | undefined {
  const config = configOf(name)
  return (
    config && {
      convention: CONVENTIONS[config.model] ?? SAME,
      build: (scope) => buildModel(config).inference(scope, input('image', 'uint8', ['H', 'W', 3])),
    }
  )
}

function configOf(name: string): ModelConfig | undefined {
  const [model, norm] = name.replace(/\.yaml$/, '').split('/')
  if (!Object.hasOwn(PRESETS, model)) return undefined
  const config = PRESETS[model]()
  if (norm === undefined) return config
  if (!Object.hasOwn(NORMS, norm)) return undefined
  return { ...config, backbone: { ...config.backbone, norm: NORMS[norm as keyof typeof NORMS] } }
}

/**
 * Names or shapes that one side has and the other has not, and how many numbers there are; counters of batches, which nothing
 * reads, aside.
 */
function compared(
  name: string,
  recorded: Names,
  { build, convention }: Counterpart,
  count: number | undefined,
): Comparison[] {
  const wanted = asInputs()
  build(rootScope(wanted.resolve, 'running'))
  const specs = [...wanted.specs.values()]
  const ours = new Set(specs.map(({ name, shape }) => `${name} [${shape}]`))
  const isCounter = (name: string) => name.endsWith('.num_batches_tracked')
  const theirs = new Set(
    recorded
      .filter(([name]) => !isCounter(name))
      .flatMap(([name, shape]) => convention(name, { dtype: 'float32', shape, data: new Float32Array(0) }))
      .map(([name, { shape }]) => `${name} [${shape}]`),
  )
  const differences =
    [...ours].filter((one) => !theirs.has(one)).length + [...theirs].filter((one) => !ours.has(one)).length
  const comparisons = [{ name, error: differences, tolerance: 0 }]
  if (count !== undefined) {
    const numbers = specs.reduce((sum, { shape }) => sum + elementCount(shape), 0)
    const counters = recorded.filter(([name]) => isCounter(name)).length
    comparisons.push({ name: `${name} numbers`, error: Math.abs(numbers + counters - count), tolerance: 0 })
  }
  return comparisons
}
