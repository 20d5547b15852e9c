/** What CenterMask's masks and their scores learn from, class by class and whatever the class: targets and losses. */

import { gradients } from '../../src/autodiff/gradients.ts'
import { constant, type Value } from '../../src/graph/value.ts'
import { classMasks, maskLoss } from '../../src/models/heads/mask.ts'
import { maskIouLoss, maskIouTargets } from '../../src/models/heads/mask-iou.ts'
import { scalar } from '../../src/ops/infer.ts'
import { concat, expand, unsqueeze } from '../../src/ops/layout.ts'
import { float32, type Tensor, tensor, toNumbers } from '../../src/tensor/tensor.ts'
import { givenLogits } from '../given-logits.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { boxRows } from './box-rows.ts'
import { compareAll, joined, type ParityCheck } from './comparison.ts'
import { lossValues } from './detector-losses.ts'
import { areaOf, maskOf, type PolygonRegion, recordedPolygons, shareOf } from './projected-polygons.ts'

const TOLERANCE = 1e-6

export const maskLosses: ParityCheck = async (golden) => {
  const regions = regionsOf(golden)
  const side = golden.inputs.get('logits.cls')!.shape[2]
  const targets = float32(
    regions.flatMap((region) => [...maskOf(region, side)]),
    [regions.length, side, side],
  )
  const shares = float32(regions.map(shareOf))
  const given = (name: string) => constant(golden.inputs.get(name) as Tensor)
  const floats = (name: string) => given(name) as Value<'float32'>
  const labels = concat([given('classes.0'), given('classes.1')], 0) as Value<'int64'>
  const all = (rows: Value<'int64'>) => expand(scalar('float32', 1), [rows.shape[0] as number])
  const ious = floats('maskiou.pred')
  const own = given('maskiou.labels') as Value<'int64'>
  const lossMaskIou = maskIouLoss(ious, own, floats('maskiou.target'), all(own))
  const outputs: Record<string, Value> = {
    mask_iou_loss: lossMaskIou,
    'mask_iou_loss.grad': gradients(lossMaskIou, [ious])[0],
  }
  for (const [name, perClass] of [
    ['cls', true],
    ['agnostic', false],
  ] as const) {
    const head = { convs: 4, width: 256, perClass }
    const logits = floats(`logits.${name}`)
    const masks = classMasks(givenLogits(logits), labels, head)
    const loss = maskLoss(givenLogits(logits), labels, constant(targets), all(labels), head)
    outputs[`loss_mask.${name}`] = loss
    outputs[`grad_logits.${name}`] = gradients(loss, [logits])[0]
    outputs[`selected_mask_sigmoid.${name}`] = unsqueeze(masks, 1)
    outputs[`maskiou_targets.${name}`] = maskIouTargets(masks, constant(targets), constant(shares))
  }
  const results = await runGraph(outputs)
  const projected = {
    mask_targets: tensor('uint8', targets.shape, Uint8Array.from(targets.data)),
    polygon_area: float32(regions.map(({ parts }) => areaOf(parts))),
  }
  return joined([
    compareAll(golden, { ...results, ...projected }, (name) => (name.startsWith('grad_') ? 1e-9 : TOLERANCE)),
    lossValues(golden, results),
  ])
}

/** All regions, image by image. */
function regionsOf(golden: Golden): PolygonRegion[] {
  const { inputs } = golden
  return recordedPolygons(golden).flatMap((objects, image) => {
    const owners = toNumbers(inputs.get(`gt_index.${image}`)!)
    return boxRows(inputs.get(`boxes.${image}`)!).map((box, i) => ({ box, parts: objects[owners[i]] }))
  })
}
