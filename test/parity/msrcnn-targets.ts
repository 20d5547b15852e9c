/** What the heads of Mask Scoring R-CNN learn from: masks, their IoU with the whole objects, and both losses. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gradients } from '../../src/autodiff/gradients.ts'
import { groundTruth, matchBoxes, matchedIndices } from '../../src/detection/match.ts'
import type { Box, Size } from '../../src/geometry/boxes.ts'
import { type Polygon, polygonsToRle, polygonToRle } from '../../src/geometry/polygon.ts'
import { decodeRle, rleArea } from '../../src/geometry/rle.ts'
import { constant, type Value } from '../../src/graph/value.ts'
import { classMasks, type MaskHeadConfig, maskLoss } from '../../src/models/heads/mask.ts'
import { maskIouLoss, maskIouTargets } from '../../src/models/heads/mask-iou.ts'
import { add, cast, greater, where } from '../../src/ops/elementwise.ts'
import { gather } from '../../src/ops/gather.ts'
import { range, sizeOf, unsqueeze } from '../../src/ops/layout.ts'
import { float32, int64, type Tensor, tensor, toNumbers } from '../../src/tensor/tensor.ts'
import { givenLogits } from '../given-logits.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { boxRows } from './box-rows.ts'
import { compareAll, joined, type ParityCheck } from './comparison.ts'
import { lossValues } from './detector-losses.ts'

const TOLERANCE = 1e-6
const HEAD: MaskHeadConfig = { convs: 4, width: 256 }

export const msrcnnTargets: ParityCheck = async (golden) => {
  const matched = await matches(golden)
  const objects = projectedObjects(golden, matched.owners)
  const given = (name: string) => constant(golden.inputs.get(name) as Tensor<'float32'>)
  const [logits, ious] = [given('mask_logits'), given('pred_maskiou')]
  const labels = constant(int64(matched.labels))
  const weights = cast(greater(labels, 0), 'float32')
  const positives = constant(int64(matched.labels.flatMap((label, row) => (label > 0 ? [row] : []))))
  const [masks, targets, shares] = [
    classMasks(givenLogits(logits), labels, HEAD),
    objects.targets,
    objects.shares,
  ]
  const ratios = maskIouTargets(masks, constant(targets), constant(shares))
  const lossMask = maskLoss(givenLogits(logits), labels, constant(targets), weights, HEAD)
  const lossMaskIou = maskIouLoss(ious, labels, ratios, weights)
  const results = await runGraph({
    labels,
    mask_targets: cast(gather(constant(targets), positives), 'uint8'),
    mask_ratios: gather(constant(shares), positives),
    selected_mask_sigmoid: unsqueeze(masks, 1),
    maskiou_targets: gather(ratios, positives),
    grad_mask_logits: gradients(lossMask, [logits])[0],
    grad_pred_maskiou: gradients(lossMaskIou, [ious])[0],
    loss_mask: lossMask,
    loss_maskiou: lossMaskIou,
  })
  const compared = compareAll(golden, results, (name) => (name === 'labels' ? 0 : TOLERANCE))
  return joined([compared, lossValues({ ...golden, case: { values: numbersOf(golden) } }, results)])
}

/** `values` without those that are no single number: intermediate areas, which the ratios contain. */
function numbersOf({ case: { values } }: Golden): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values as Record<string, unknown>).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    ),
  )
}

interface RoiOwner {
  readonly image: number
  readonly box: Box
  /** Index of its ground truth; undefined for background. */
  readonly truth: number | undefined
}

/** Classes of all proposals, and the objects they stand for. The reference's boxes end with their last pixel. */
async function matches({ inputs }: Golden): Promise<{ labels: number[]; owners: RoiOwner[] }> {
  const labels: number[] = []
  const owners: RoiOwner[] = []
  for (let image = 0; inputs.has(`proposals.${image}`); image++) {
    const given = (name: string) => constant(inputs.get(name) as Tensor<'float32'>)
    const own = constant(inputs.get(`gt.${image}.labels`) as Tensor<'int64'>)
    const truth = groundTruth(throughLastPixel(given(`gt.${image}.boxes`)), own)
    const proposals = given(`proposals.${image}`)
    const options = { high: 0.5, low: 0.5, allowLowQuality: false }
    const match = matchBoxes(truth, throughLastPixel(proposals), options)
    const index = matchedIndices(match.iou, range(sizeOf(proposals, 0)))
    const found = await runGraph({ index, label: where(match.isPositive, gather(own, index), 0) })
    const [places, classes] = [toNumbers(found.index), toNumbers(found.label)]
    labels.push(...classes)
    for (const [i, box] of boxRows(inputs.get(`proposals.${image}`)!).entries()) {
      owners.push({ image, box, truth: classes[i] > 0 ? places[i] : undefined })
    }
  }
  return { labels, owners }
}

function throughLastPixel(boxes: Value<'float32'>): Value<'float32'> {
  const count = boxes.shape[0] as number
  const ends = Array.from({ length: count }, () => [0, 0, 1, 1]).flat()
  return add(boxes, constant(float32(ends, [count, 4])))
}

/** Targets `[R, 28, 28]` and the share of each object inside its box `[R]`, as the reference takes them from polygons. */
function projectedObjects(golden: Golden, owners: readonly RoiOwner[]) {
  const polygons = JSON.parse(readFileSync(join(golden.folder, 'polygons.json'), 'utf8')) as Polygon[][][]
  const sizes = golden.case.image_sizes_wh as readonly (readonly [number, number])[]
  const side = golden.inputs.get('mask_logits')!.shape[2]
  const targets = new Float32Array(owners.length * side * side)
  const shares = new Float32Array(owners.length)
  for (const [i, { image, box, truth }] of owners.entries()) {
    if (truth === undefined) continue
    const parts = polygons[image][truth]
    const [width, height] = sizes[image]
    targets.set(targetOf(parts, box, side), i * side * side)
    shares[i] = shareInside(parts, box, { width, height })
  }
  return { targets: tensor('float32', [owners.length, side, side], targets), shares: float32(shares) }
}

const round = Math.fround

/** Points moved so that `origin` is at 0, in float32 as the reference. */
function moved(parts: readonly Polygon[], origin: readonly [number, number]): number[][] {
  return parts.map((part) => part.map((value, i) => round(round(value) - round(origin[i % 2]))))
}

/** The object cut to the box, scaled and rasterised. */
function targetOf(parts: readonly Polygon[], [x1, y1, x2, y2]: Box, side: number): Uint8Array {
  const scales = [round(side / Math.max(round(x2 - x1), 1)), round(side / Math.max(round(y2 - y1), 1))]
  const scaled = moved(parts, [x1, y1]).map((part) => part.map((value, i) => round(value * scales[i % 2])))
  return decodeRle(polygonsToRle(scaled, { height: side, width: side }))
}

/** Pixels of the object on a canvas as large as the box over those on one that holds box and object; parts add up. */
function shareInside(parts: readonly Polygon[], [x1, y1, x2, y2]: Box, image: Size): number {
  const xs = parts.flatMap((part) => part.filter((_, i) => i % 2 === 0).map(round))
  const ys = parts.flatMap((part) => part.filter((_, i) => i % 2 === 1).map(round))
  const low: [number, number] = [Math.min(Math.trunc(x1), ...xs), Math.min(Math.trunc(y1), ...ys)]
  const right = Math.min(Math.max(Math.trunc(x2) + 1, ...xs), image.width - 1)
  const bottom = Math.min(Math.max(Math.trunc(y2) + 1, ...ys), image.height - 1)
  const inside = pixels(moved(parts, [x1, y1]), Math.max(round(x2 - x1), 1), Math.max(round(y2 - y1), 1))
  return inside / pixels(moved(parts, low), right - low[0], bottom - low[1])
}

/** Pixels of all parts, each for itself, on a canvas of whole pixels. */
export function pixels(parts: readonly Polygon[], width: number, height: number): number {
  const size = { width: Math.trunc(width), height: Math.trunc(height) }
  return parts.reduce((sum, part) => sum + rleArea(polygonToRle(part, size)), 0)
}
