/** The stages of a body, each from the one before. */

import { constant, type Value } from '../../src/graph/value.ts'
import { type BodyConfig, bodyOf } from '../../src/models/bodies/bodies.ts'
import { FROZEN_BATCH_NORM } from '../../src/nn/norm.ts'
import { fromTensors, rootScope } from '../../src/nn/scope.ts'
import { hashfill } from '../recipe.ts'
import { runGraph } from '../run-graph.ts'
import { compareAll, type ParityCheck } from './comparison.ts'
import { noiseTolerance } from './noise-tolerance.ts'

export const body: ParityCheck = async (golden) => {
  const { model: name, config, seed, input } = golden.case
  const stages = bodyOf({ name, norm: FROZEN_BATCH_NORM, ...config } as BodyConfig)
  const scope = rootScope(fromTensors(golden.weights), 'running')
  let map: Value<'float32'> = constant(hashfill(seed, input.name, input.shape, input.a, input.b))
  const outputs: Record<string, Value> = {}
  for (const stage of stages.strides.keys()) {
    map = stages.stage(scope, stage)(map)
    outputs[`stage.${stage}`] = map
  }
  return compareAll(golden, await runGraph(outputs), (output) => noiseTolerance(golden, output))
}
