/** What CenterMask's masks and their scores learn from, class by class and whatever the class: targets and losses. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gradients } from '../../src/autodiff/gradients.ts'
import type { Box } from '../../src/geometry/boxes.ts'
import { type Polygon, polygonsToRle } from '../../src/geometry/polygon.ts'
import { decodeRle } from '../../src/geometry/rle.ts'
import { constant, type Value } from '../../src/graph/value.ts'
import { classMasks, maskLoss } from '../../src/models/heads/mask.ts'
import { maskIouLoss, maskIouTargets } from '../../src/models/heads/mask-iou.ts'
import { scalar } from '../../src/ops/infer.ts'
import { concat, expand, unsqueeze } from '../../src/ops/layout.ts'
import { float32, type Tensor, tensor, toNumbers } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { boxRows } from './box-rows.ts'
import { compareAll, joined, type ParityCheck } from './comparison.ts'
import { lossValues } from './detector-losses.ts'
import { pixels } from './msrcnn-targets.ts'

const TOLERANCE = 1e-6

export const maskLosses: ParityCheck = async (golden) => {
  const { targets, shares, areas } = projectedPolygons(golden)
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
    const masks = classMasks(logits, labels, head)
    const loss = maskLoss(logits, labels, constant(targets), all(labels), head)
    outputs[`loss_mask.${name}`] = loss
    outputs[`grad_logits.${name}`] = gradients(loss, [logits])[0]
    outputs[`selected_mask_sigmoid.${name}`] = unsqueeze(masks, 1)
    outputs[`maskiou_targets.${name}`] = maskIouTargets(masks, constant(targets), constant(shares))
  }
  const results = await runGraph(outputs)
  const projected = {
    mask_targets: tensor('uint8', targets.shape, Uint8Array.from(targets.data)),
    polygon_area: areas,
  }
  return joined([
    compareAll(golden, { ...results, ...projected }, (name) => (name.startsWith('grad_') ? 1e-9 : TOLERANCE)),
    lossValues(golden, results),
  ])
}

/**
 * Targets `[R, 28, 28]` of all regions, which part of each object lies in its box `[R]`, and areas of the objects, as the
 * reference takes them from polygons.
 */
function projectedPolygons({ folder, inputs }: Golden) {
  const polygons = JSON.parse(readFileSync(join(folder, 'polygons.json'), 'utf8')) as Polygon[][][]
  const side = inputs.get('logits.cls')!.shape[2]
  const objects = polygons.flatMap((instances, image) => {
    const owners = toNumbers(inputs.get(`gt_index.${image}`)!)
    return boxRows(inputs.get(`boxes.${image}`)!).map((box, i) => ({ box, parts: instances[owners[i]] }))
  })
  const targets = new Float32Array(objects.length * side * side)
  for (const [i, { parts, box }] of objects.entries())
    targets.set(targetOf(parts, box, side), i * side * side)
  const areas = objects.map(({ parts }) => parts.reduce((sum, part) => sum + polygonArea(part), 0))
  const shares = objects.map(({ parts, box: [x1, y1, x2, y2] }, i) => {
    const inside = pixels(moved(parts, [x1, y1]), x2 - x1, y2 - y1)
    return Math.min(inside / areas[i], 1)
  })
  return {
    targets: tensor('float32', [objects.length, side, side], targets),
    shares: float32(shares),
    areas: float32(areas),
  }
}

function moved(parts: readonly Polygon[], origin: readonly [number, number]): number[][] {
  return parts.map((part) => part.map((value, i) => value - origin[i % 2]))
}

/** The object cut to the box, scaled and rasterised. */
function targetOf(parts: readonly Polygon[], [x1, y1, x2, y2]: Box, side: number): Uint8Array {
  const scales = [side / Math.max(x2 - x1, 0.1), side / Math.max(y2 - y1, 0.1)]
  const scaled = moved(parts, [x1, y1]).map((part) => part.map((value, i) => value * scales[i % 2]))
  return decodeRle(polygonsToRle(scaled, { height: side, width: side }))
}

/** By the shoelace formula. */
function polygonArea(polygon: Polygon): number {
  let twice = 0
  for (let i = 0; i < polygon.length; i += 2) {
    const next = (i + 2) % polygon.length
    twice += polygon[i] * polygon[next + 1] - polygon[next] * polygon[i + 1]
  }
  return Math.abs(twice) / 2
}
