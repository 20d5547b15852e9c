/** The stages of a body, each from the one before, with generated weights or those that the package brings. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { constant, type Value } from '../../src/graph/value.ts'
import { type BodyConfig, bodyOf } from '../../src/models/bodies/bodies.ts'
import { FROZEN_BATCH_NORM } from '../../src/nn/norm.ts'
import { fromTensors, rootScope } from '../../src/nn/scope.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { decodeSafetensors } from '../../src/weights/safetensors.ts'
import { hashfill } from '../recipe.ts'
import { runGraph } from '../run-graph.ts'
import { compareAll, type ParityCheck } from './comparison.ts'
import { noiseTolerance } from './noise-tolerance.ts'

export const body: ParityCheck = async (golden) => {
  const { model: name, config, seed, input, bundled } = golden.case
  const stages = bodyOf({ name, norm: FROZEN_BATCH_NORM, ...config } as BodyConfig)
  const root = rootScope(fromTensors(bundled ? readBundled(bundled) : golden.weights), 'running')
  const scope = bundled ? root.child('backbone.body') : root
  const images = golden.inputs.get(input.name) as Tensor<'float32'> | undefined
  let map: Value<'float32'> = constant(images ?? hashfill(seed, input.name, input.shape, input.a, input.b))
  const outputs: Record<string, Value> = {}
  for (const stage of stages.strides.keys()) {
    map = stages.stage(scope, stage)(map)
    outputs[`stage.${stage}`] = map
  }
  return compareAll(golden, await runGraph(outputs), (output) => noiseTolerance(golden, output))
}

/** A file of the repository, by the names that it has in a detector. */
function readBundled(path: string): ReadonlyMap<string, Tensor> {
  return decodeSafetensors(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)))).tensors
}
