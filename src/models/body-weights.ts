/** Weights of image classifiers, of which a detector's training starts. */
import { ConfigError, WeightError } from '../errors.ts'
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import { asInputs, rootScope } from '../nn/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import {
  type ConventionName,
  conventionalShapes,
  fittingConvention,
  isOfBody,
  readConventional,
} from '../weights/conventions.ts'
import { requireFinite } from '../weights/finite-weights.ts'
import { compareWeights, matchWeights, type WantedWeight } from '../weights/match-weights.ts'
import type { WeightsFile } from '../weights/weights-file.ts'
import { BODY_NAMES, type BodyConfig, bodyOf } from './bodies/bodies.ts'

export interface BodyWeights {
  /** By the names that they have in a detector: `backbone.body…`. */
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly convention: ConventionName
  /** What was stored beside them: the classifier itself, counters of batches. */
  readonly dropped: readonly string[]
}

/**
 * The body of a classifier, for `initialWeights`. Throws `ConfigError` for a body that does not exist, `WeightError` for weights
 * that are not all of it.
 * @param name of the body, such as `resnet50`
 */
export async function bodyWeights(file: WeightsFile, name: string): Promise<BodyWeights> {
  if (!BODY_NAMES.includes(name)) {
    throw new ConfigError('there is no such body', { where: name, expected: BODY_NAMES.join(', ') })
  }
  const wanted = wantedOfBody({ name, norm: FROZEN_BATCH_NORM } as BodyConfig)
  const sides = conventionalShapes(file.tensors).filter(({ convention }) => isOfBody(convention))
  const { convention, weights, dropped } = fittingConvention(wanted, sides)
  const { fitting, missing, mismatched, unexpected } = compareWeights(wanted, weights)
  if (fitting.length < wanted.size || unexpected.length > 0) {
    const first = missing[0]?.name ?? mismatched[0]?.name ?? unexpected[0]
    throw new WeightError('the weights are not those of this body', {
      where: first,
      expected: `the ${wanted.size} weights of ${name}`,
      got: `${fitting.length} that fit, ${unexpected.length} others`,
      hint: '"maskwright weights inspect" tells what is in the file',
    })
  }
  const { matched } = matchWeights(wanted, await readConventional(file, convention))
  requireFinite(matched)
  return { tensors: matched, convention, dropped }
}

function wantedOfBody(config: BodyConfig): Map<string, WantedWeight> {
  const inputs = asInputs()
  const scope = rootScope(inputs.resolve, 'running').child('backbone.body')
  const body = bodyOf(config)
  for (const stage of body.strides.keys()) body.stage(scope, stage)
  return new Map([...inputs.specs].map(([called, { shape }]) => [called, { dtype: 'float32', shape }]))
}
