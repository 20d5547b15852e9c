/**
 * Losses and gradients of CenterMask and CenterMask-Lite. The reference cuts masks out of polygons, the product out of bitmaps:
 * the masks to learn, and which part of an object lies in a region, are those of the reference, put into the product's graph.
 */
import { gradients } from '../../src/autodiff/gradients.ts'
import {
  normalizeImage,
  paddedSize,
  padToBatch,
  sizeVector,
  type TransformConfig,
} from '../../src/detection/transform.ts'
import { boxIou, type Size } from '../../src/geometry/boxes.ts'
import { polygonsToRle } from '../../src/geometry/polygon.ts'
import { decodeRle } from '../../src/geometry/rle.ts'
import { constant, input, type Value } from '../../src/graph/value.ts'
import { CENTERMASK } from '../../src/models/centermask.ts'
import { ROI_PRIORITY } from '../../src/models/sampled-rois.ts'
import type { TrainingBatch } from '../../src/models/training-batch.ts'
import { type Resolver, rootScope } from '../../src/nn/scope.ts'
import { add } from '../../src/ops/elementwise.ts'
import { concat, slice, unsqueeze } from '../../src/ops/layout.ts'
import { float32, int64, type Tensor, tensor, toNumbers, zeros } from '../../src/tensor/tensor.ts'
import { centermask2Names } from '../../src/weights/names/centermask2.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { blueFirstImages, mirrored } from './blue-first-images.ts'
import { boxRows } from './box-rows.ts'
import { centermask2Config } from './centermask2-config.ts'
import { compareAll, joined, type ParityCheck } from './comparison.ts'
import { noiseTolerance } from './noise-tolerance.ts'
import { maskOf, recordedPolygons, shareOf } from './projected-polygons.ts'
import { compareGradients, compareLosses } from './torchvision-train-compare.ts'
import { withReplaced } from './with-replaced.ts'

type Floats = Value<'float32'>

type Results = Readonly<Record<string, Tensor>>

/** The reference's threshold in training, and how many regions it sampled of an image. */
const THRESHOLD = 0.05
const SAMPLED = 32
const STRIDES = [8, 16, 32, 64, 128]

export const centermask2Train: ParityCheck = async (golden) => {
  const { regions, ...preset } = centermask2Config(golden)
  const sampled = { ...regions.targets, size: SAMPLED }
  const config = { ...preset, regions: { ...regions, scoreThreshold: THRESHOLD, targets: sampled } }
  const model = CENTERMASK.build(config)
  const parameters = parametersOf(golden)
  const scope = rootScope(parameters.resolve, 'batch')
  const batch = batchOf(golden, config.transform)
  const random = new Map([[ROI_PRIORITY, inOrder(batch, regions.maxDetections)]])
  const { losses } = model.losses(scope, { ...batch, random })
  const taps = Object.fromEntries(scope.taps)
  const projected = projections(golden)
  const replaced = withReplaced(
    { ...losses, ...taps },
    new Map<Value, Value>([
      [taps['mask.targets'], constant(projected.masks)],
      [taps['maskiou.shares'], constant(projected.shares)],
    ]),
  )
  const loss = Object.keys(losses)
    .map((name) => replaced[name] as Floats)
    .reduce((sum, part) => add(sum, part))
  const names = Object.keys(golden.case.values.gradients).filter((name) => parameters.inputs.has(name))
  const found = gradients(
    loss,
    names.map((name) => parameters.inputs.get(name)!),
  )
  const outputs = {
    ...replaced,
    mask_logits: slice(replaced['mask.logits'] as Floats, 1, 1),
    ...Object.fromEntries(names.map((name, i) => [`gradient:${name}`, found[i]])),
  }
  const feeds = [...parameters.inputs.keys()].map((name) => [name, golden.weights.get(name)!] as const)
  const results = await runGraph(outputs, Object.fromEntries(feeds))
  const named = {
    ...results,
    ...renamed(results),
    ...sampledRegions(golden, results),
    ...placesLearned(golden, results),
    mask_targets: tensor('uint8', projected.masks.shape, Uint8Array.from(projected.masks.data)),
  }
  return joined([
    compareLosses(golden, named),
    compareAll(golden, named, (name) => noiseTolerance(golden, name)),
    compareGradients(golden, named),
  ])
}

/** The reference's parameters as inputs under its names; ours are made of them in the graph, so that gradients are of theirs. */
function parametersOf({ weights }: Golden) {
  const inputs = new Map<string, Floats>()
  const theirs = new Map(
    [...weights].flatMap(([name, value]) =>
      centermask2Names(name, value).map(([ours, changed]) => [ours, { name, value, changed }] as const),
    ),
  )
  const resolve: Resolver = (spec) => {
    const { name, value, changed } = theirs.get(spec.name)!
    const given = input(name, 'float32', value.shape)
    inputs.set(name, given)
    if (changed === value) return given
    if (changed.shape[0] > value.shape[0]) {
      const background = constant(zeros('float32', [1, ...value.shape.slice(1)]))
      return concat([background, given], 0)
    }
    return mirrored(given)
  }
  return { inputs, resolve }
}

/** Images, padded together, and their objects. */
function batchOf(golden: Golden, transform: TransformConfig): Omit<TrainingBatch, 'random'> {
  const images = blueFirstImages(golden)
  const polygons = recordedPolygons(golden)
  const rows = Math.max(...polygons.map((objects) => objects.length))
  const sizes = images.map(({ shape: [height, width] }) => ({ height, width }))
  const padded = paddedSize(
    {
      height: Math.max(...sizes.map((size) => size.height)),
      width: Math.max(...sizes.map((size) => size.width)),
    },
    transform.sizeDivisible,
  ) as Size
  const area = padded.height * padded.width
  const boxes = zeros('float32', [images.length, rows, 4])
  const labels = zeros('int64', [images.length, rows])
  const masks = zeros('uint8', [images.length, rows, padded.height, padded.width])
  for (const [i, objects] of polygons.entries()) {
    boxes.data.set(golden.inputs.get(`gt.${i}.boxes`)!.data as Float32Array, i * rows * 4)
    for (const [g, parts] of objects.entries()) {
      labels.data[i * rows + g] = (golden.inputs.get(`gt.${i}.classes`)!.data[g] as bigint) + 1n
      masks.data.set(decodeRle(polygonsToRle(parts, padded)), (i * rows + g) * area)
    }
  }
  const stack = (values: readonly Floats[]) => concat(values, 0)
  return {
    images: stack(images.map((image) => padToBatch(normalizeImage(constant(image), transform), padded))),
    imageSizes: stack(sizes.map((size) => unsqueeze(sizeVector(size), 0))),
    boxes: constant(boxes),
    labels: constant(labels),
    masks: constant(masks),
  }
}

/** Priorities that fall from detections to the ground truth, `[N, detections + G]`: what comes first is taken. */
function inOrder({ labels }: Pick<TrainingBatch, 'labels'>, detections: number): Floats {
  const [images, rows] = labels.shape as number[]
  const count = detections + rows
  const falling = Array.from({ length: images * count }, (_, i) => 1 - (i % count) / count)
  return constant(float32(falling, [images, count]))
}

/** What the reference's positives, image by image, should have as masks, and which part of each object lies inside. */
function projections(golden: Golden) {
  const { outputs, inputs } = golden
  const [, side] = outputs.get('mask_targets')!.shape
  const regions = recordedPolygons(golden).flatMap((objects, i) => {
    const truths = boxRows(inputs.get(`gt.${i}.boxes`)!)
    const classes = toNumbers(outputs.get(`sampled.${i}.gt_classes`)!)
    const positives = boxRows(outputs.get(`sampled.${i}.boxes`)!).filter(
      (_, row) => classes[row] < golden.case.num_classes,
    )
    return positives.map((box) => {
      const overlaps = truths.map((truth) => boxIou(box, truth))
      return { box, parts: objects[overlaps.indexOf(Math.max(...overlaps))] }
    })
  })
  const masks = regions.flatMap((region) => [...maskOf(region, side)])
  return { masks: float32(masks, [regions.length, side, side]), shares: float32(regions.map(shareOf)) }
}

/** The reference's names of what ours are. */
function renamed(out: Results): Results {
  const { loss_classification, loss_bbox_regression, loss_bbox_ctrness } = out
  const named: Record<string, Tensor> = {
    loss_fcos_cls: loss_classification,
    loss_fcos_loc: loss_bbox_regression,
    loss_fcos_ctr: loss_bbox_ctrness,
    maskiou_targets: out['maskiou.targets'],
  }
  for (let i = 0; out[`proposals.${i}`]; i++) {
    named[`proposals.${i}.boxes`] = out[`proposals.${i}`]
    named[`proposals.${i}.scores`] = out[`proposal_scores.${i}`]
  }
  return named
}

/** Positives, then negatives, with their classes. */
function sampledRegions({ case: { num_classes } }: Golden, out: Results): Results {
  const named: Record<string, Tensor> = {}
  const positives: number[] = []
  for (let i = 0; out[`roi.${i}.positive_boxes`]; i++) {
    const [ours, others] = [out[`roi.${i}.positive_boxes`], out[`roi.${i}.negative_boxes`]]
    const classes = toNumbers(out[`roi.${i}.positive_labels`]).map((label) => label - 1)
    const boxes = [...toNumbers(ours), ...toNumbers(others)]
    named[`sampled.${i}.boxes`] = float32(boxes, [boxes.length / 4, 4])
    const background = new Array<number>(others.shape[0]).fill(num_classes)
    named[`sampled.${i}.gt_classes`] = int64([...classes, ...background])
    positives.push(...classes)
  }
  return { ...named, mask_gt_classes: int64(positives) }
}

/** Classes and distances of all places, level by level; what was recorded of places of no object is nothing that is learned. */
function placesLearned(golden: Golden, out: Results): Results {
  const { inputs, outputs, case: told } = golden
  const named: Record<string, Tensor> = {}
  let start = 0
  for (const [level, stride] of STRIDES.entries()) {
    const [images, , height, width] = out[`fcos.logits.${level}`].shape
    const count = height * width
    const labels: number[] = []
    const distances = boxRows(outputs.get(`fcos_reg_targets.${level}`)!).map((row) => [...row])
    for (let i = 0; i < images; i++) {
      const matched = toNumbers(out[`matched_idxs.${i}`]).slice(start, start + count)
      const classes = toNumbers(inputs.get(`gt.${i}.classes`)!)
      const truths = boxRows(inputs.get(`gt.${i}.boxes`)!)
      for (const [cell, truth] of matched.entries()) {
        labels.push(truth < 0 ? told.num_classes : classes[truth])
        if (truth < 0) continue
        const [x, y] = [cell % width, Math.floor(cell / width)].map((index) => (index + 0.5) * stride)
        const [x1, y1, x2, y2] = truths[truth]
        distances[i * count + cell] = [x - x1, y - y1, x2 - x, y2 - y].map((side) => side / stride)
      }
    }
    named[`fcos_labels.${level}`] = int64(labels)
    named[`fcos_reg_targets.${level}`] = float32(distances.flat(), [images * count, 4])
    start += count
  }
  return named
}
