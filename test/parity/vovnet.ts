/** VoVNets, alone or under a feature pyramid: stem, stages or maps, and every module's attention. */

import { constant, type Value } from '../../src/graph/value.ts'
import { backboneOf } from '../../src/models/backbone.ts'
import { bodyOf } from '../../src/models/bodies/bodies.ts'
import { fromTensors, rootScope } from '../../src/nn/scope.ts'
import { type Tensor, tensor, toNumbers } from '../../src/tensor/tensor.ts'
import { conventional, mirroredChannels } from '../../src/weights/convention.ts'
import { detectron2Backbone } from '../../src/weights/names/detectron2-backbone.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { compareAll, type ParityCheck } from './comparison.ts'
import { noiseTolerance } from './noise-tolerance.ts'
import { vovnetConfig } from './vovnet-config.ts'

export const vovnet: ParityCheck = async (golden) => {
  const outputs = golden.case.fpn === null ? bodyOutputs(golden) : pyramidOutputs(golden)
  return compareAll(golden, await runGraph(outputs), (name) => noiseTolerance(golden, name))
}

function bodyOutputs(golden: Golden): Record<string, Value> {
  const body = bodyOf(vovnetConfig(golden.case.body, golden.case.norm))
  const scope = rootScope(fromTensors(golden.weights), 'running')
  let map: Value<'float32'> = constant(images(golden))
  const outputs: Record<string, Value> = {}
  for (const stage of body.strides.keys()) {
    map = body.stage(scope, stage)(map)
    outputs[`stage${stage + 2}`] = map
  }
  for (const [name, value] of scope.taps) outputs[name === 'stem' ? name : `ese.${name}`] = value
  return outputs
}

/** By its names of a part of detectron2, which sees BGR. */
function pyramidOutputs(golden: Golden): Record<string, Value> {
  const { body, norm, fpn: channels } = golden.case
  const weights = new Map([...golden.weights].map(([name, value]) => [`backbone.${name}`, value] as const))
  const scope = rootScope(fromTensors(conventional(weights, detectron2Backbone(2))), 'running')
  const backbone = backboneOf({ backbone: vovnetConfig(body, norm), fpn: { channels } })
  const { all } = backbone.features(scope.child('backbone'))(
    constant(mirroredChannels(images(golden)) as Tensor<'float32'>),
  )
  const outputs: Record<string, Value> = Object.fromEntries(all.map(({ value }, i) => [`p${i + 2}`, value]))
  for (const [name, value] of scope.taps) outputs[name.replace(/^backbone\.body\./, 'ese.bottom_up.')] = value
  return outputs
}

/** What the cases say of their input. */
function images({ inputs }: Golden): Tensor<'float32'> {
  const bytes = inputs.get('images')!
  const numbers = toNumbers(bytes).map((byte) => (byte - 115) / 60)
  return tensor('float32', bytes.shape, Float32Array.from(numbers))
}
