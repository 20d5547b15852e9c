/** The MaskIoU head of Mask Scoring R-CNN alone: predicted IoUs of every class, and scores of masks. */
import { constant } from '../../src/graph/value.ts'
import { maskIouHead, maskScores } from '../../src/models/heads/mask-iou.ts'
import { fromTensors, rootScope } from '../../src/nn/scope.ts'
import { squeeze } from '../../src/ops/layout.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { hashfill } from '../recipe.ts'
import { runGraph } from '../run-graph.ts'
import { compareAll, type ParityCheck, UnsupportedCase } from './comparison.ts'
import { noiseTolerance } from './noise-tolerance.ts'

export const msrcnnMaskIouHead: ParityCheck = async (golden) => {
  const scope = rootScope(fromTensors(golden.weights), 'running')
  const scopes = { features: scope.child('feature_extractor'), predictor: scope.child('predictor') }
  const [features, mask] = [generated(golden, 'features'), generated(golden, 'mask')]
  const [, channels, side] = features.shape
  const head = maskIouHead(scopes, channels, side, golden.case.num_classes, {
    convs: [...golden.weights.keys()].filter((name) => /maskiou_fcn\d+\.weight$/.test(name)).length,
    width: golden.weights.get('feature_extractor.maskiou_fcn1.weight')!.shape[0],
    linearWidth: golden.weights.get('feature_extractor.maskiou_fc1.weight')!.shape[0],
  })
  const ious = head({ pooled: constant(features), masks: squeeze(constant(mask), 1) })
  const scores = constant(golden.inputs.get('scores') as Tensor<'float32'>)
  const labels = constant(golden.inputs.get('labels') as Tensor<'int64'>)
  const results = await runGraph({ pred_maskiou: ious, mask_scores: maskScores(scores, ious, labels) })
  return compareAll(golden, results, (name) => noiseTolerance(golden, name))
}

/** An input that the case tells as `name = hashfill(seed,"name",[n,1,28,28],.5,.5)`. */
function generated({ case: told }: Golden, name: string): Tensor<'float32'> {
  const pattern = new RegExp(`${name} = hashfill\\(seed,"(\\w+)",\\[([\\w,]+)\\],([\\d.]+),([\\d.]+)\\)`)
  const found = pattern.exec(told.inputs_recipe)
  if (!found) throw new UnsupportedCase(`inputs made by ${told.inputs_recipe}`)
  const shape = found[2].split(',').map((side) => (side === 'n' ? told.n : Number(side)))
  return hashfill(told.seed, found[1], shape, Number(found[3]), Number(found[4]))
}
