/** What the places of CenterMask's FCOS learn, its losses with their gradients, and what is found in random maps. */
import { gradients } from '../../src/autodiff/gradients.ts'
import {
  centernessOf,
  type FcosTargetOptions,
  type FcosTargets,
  fcosSquares,
  fcosTargets,
  levelRanges,
} from '../../src/detection/fcos-targets.ts'
import { type GroundTruth, groundTruth } from '../../src/detection/match.ts'
import { type DenseLevel, selectDense } from '../../src/detection/select-dense.ts'
import { constant, type Value } from '../../src/graph/value.ts'
import { joinedRows } from '../../src/models/heads/dense-head.ts'
import { boxesAround, CENTERMASK_FCOS, fcosLevel, fcosLosses, fcosRows } from '../../src/models/heads/fcos.ts'
import { type IouLossKind, iouLoss } from '../../src/nn/losses.ts'
import { add, cast, equal, mul, relu, sub, where } from '../../src/ops/elementwise.ts'
import { gather } from '../../src/ops/gather.ts'
import { concat, range, sizeOf, slice, unsqueeze } from '../../src/ops/layout.ts'
import { argMax, reduceSum } from '../../src/ops/reduce.ts'
import type { Dtype } from '../../src/tensor/dtype.ts'
import { type Tensor, zeros } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { hashfill } from '../recipe.ts'
import { runGraph } from '../run-graph.ts'
import { compareAll, joined, type ParityCheck } from './comparison.ts'
import { lossValues } from './detector-losses.ts'

type Floats = Value<'float32'>

/** Absolute; coordinates are some hundreds, all else is small. */
const TOLERANCE = 1e-7
const PIXEL_TOLERANCE = 1e-4

/** Of the recorded predictions. */
const THRESHOLD = 0.05
const SELECTION = { candidates: 100, nmsThreshold: 0.6, maxDetections: 30 }

interface Level {
  readonly index: number
  readonly height: number
  readonly width: number
  readonly squares: Floats
}

export const fcosTargetsCase: ParityCheck = async (golden) => {
  const levels = levelsOf(golden)
  const settings = Object.keys(golden.case.values.losses)
  const outputs: Record<string, Value> = {
    ...Object.fromEntries(levels.map(({ index, squares }) => [`locations.${index}`, centres(squares)])),
    ...Object.assign({}, ...settings.map((name) => learned(golden, levels, name))),
    ...overlaps(golden),
    ...found(golden, levels),
  }
  const results = await runGraph(outputs)
  return joined([
    compareAll(golden, results, (name) =>
      /labels|classes/.test(name) ? 0 : /boxes/.test(name) ? PIXEL_TOLERANCE : TOLERANCE,
    ),
    lossValues({ ...golden, case: { values: numbersOf(golden) } }, results),
  ])
}

/** `values` as single numbers, without the gaps between scores, which say how sure their order is. */
function numbersOf({ case: { values } }: Golden): Record<string, number> {
  const { losses, ...rest } = values as { losses: Record<string, Record<string, number | string>> } & Record<
    string,
    number
  >
  const ofLosses = Object.entries(losses).flatMap(([name, parts]) =>
    Object.entries(parts).map(([part, value]) => [`${name}.${part}`, value] as const),
  )
  const all = [...ofLosses, ...Object.entries(rest)]
  return Object.fromEntries(
    all.filter(
      (entry): entry is [string, number] =>
        typeof entry[1] === 'number' && !entry[0].endsWith('min_score_gap'),
    ),
  )
}

function levelsOf({ case: { strides, image_size } }: Golden): Level[] {
  const [height, width] = image_size as [number, number]
  const maps = (strides as number[]).map((stride) => {
    const shape = [1, 1, Math.ceil(height / stride), Math.ceil(width / stride)]
    return { value: constant(zeros('float32', shape)), stride, channels: 1 }
  })
  const squares = fcosSquares(maps, { height, width }, CENTERMASK_FCOS.convention)
  return maps.map(({ value }, index) => {
    const [, , rows, columns] = value.shape as number[]
    return { index, height: rows, width: columns, squares: squares[index] }
  })
}

/** `[R, 2]` of squares `[R, 4]`. */
function centres(squares: Floats): Floats {
  return mul(add(slice(squares, 1, 0, 2), slice(squares, 1, 2)), 0.5)
}

/** Maps of a level for all images, by the recorded formula. */
function generated({ case: told }: Golden, name: string, { index, height, width }: Level) {
  const { seed, images, num_classes } = told
  return (channels: number | 'classes', a: number, b: number): Floats => {
    const count = channels === 'classes' ? num_classes : channels
    return constant(hashfill(seed, `${name}${index}`, [images, count, height, width], a, b))
  }
}

/** Targets, losses and gradients under one setting, for example `cs1.r1.5`: centre sampling with a radius of 1.5. */
function learned(golden: Golden, levels: readonly Level[], name: string): Record<string, Value> {
  const { strides, sizes_of_interest: ranges, images, num_classes, values } = golden.case
  const [, samples, radius] = /^cs([01])\.r([\d.]+)$/.exec(name) ?? []
  const options: FcosTargetOptions = {
    convention: CENTERMASK_FCOS.convention,
    radius: samples === '1' ? Number(radius) : null,
    ranges,
  }
  const squares = levels.map((level) => level.squares)
  const targets = Array.from({ length: images }, (_, image) =>
    fcosTargets(truthOf(golden, image), squares, levelRanges(strides, options), options),
  )
  const maps = levels.map((level) => ({
    logits: generated(golden, 'l', level)('classes', 2, -2),
    distances: generated(golden, 'r', level)(4, 1.5, 1.6),
    centerness: generated(golden, 'c', level)(1, 1.5, 0),
  }))
  const kind = values.losses[name].loc_loss_type.replace('_', '-') as IouLossKind
  const losses = fcosLosses(joinedRows(maps.map(fcosRows)), targets, {
    ...CENTERMASK_FCOS,
    boxLoss: { ...CENTERMASK_FCOS.boxLoss, kind },
  })
  const by = maps.flatMap(({ logits, distances, centerness }) => [logits, distances, centerness])
  const derived = gradients(add(add(losses.classes, losses.boxes), losses.centerness), by)
  const outputs: Record<string, Value> = {
    [`${name}.loss_fcos_cls`]: losses.classes,
    [`${name}.loss_fcos_loc`]: losses.boxes,
    [`${name}.loss_fcos_ctr`]: losses.centerness,
  }
  let start = 0
  for (const { index, height, width } of levels) {
    const end = start + height * width
    const ofLevel = <D extends Dtype>(part: (target: FcosTargets) => Value<D>) =>
      concat(
        targets.map((target) => slice(part(target), 0, start, end)),
        0,
      )
    const isPositive = ofLevel((target) => target.isPositive)
    const labels = ofLevel((target) => target.labels)
    outputs[`${name}.labels.${index}`] = where(isPositive, sub(labels, 1), num_classes)
    // What was recorded of places of no object is nothing that is learned.
    const recorded = golden.outputs.get(`${name}.reg_targets.${index}`) as Tensor<'float32'> | undefined
    if (recorded) {
      const distances = ofLevel((target) => target.distances)
      outputs[`${name}.reg_targets.${index}`] = where(unsqueeze(isPositive, 1), distances, constant(recorded))
    }
    for (const [i, part] of ['logits', 'reg', 'ctr'].entries())
      outputs[`${name}.grad_${part}.${index}`] = derived[3 * index + i]
    start = end
  }
  return outputs
}

/** Ground truth with classes from 1 on; a row that only fills where an image has none. */
function truthOf({ inputs }: Golden, image: number): GroundTruth {
  const boxes = inputs.get(`gt.${image}.boxes`) as Tensor<'float32'> | undefined
  if (!boxes) return groundTruth(constant(zeros('float32', [1, 4])), constant(zeros('int64', [1])))
  const classes = constant(inputs.get(`gt.${image}.classes`) as Tensor<'int64'>)
  return groundTruth(constant(boxes), add(classes, 1))
}

/** Weighted sums of the IoU losses with their gradients, and the centerness of the targets. */
function overlaps({ inputs, case: { values } }: Golden): Record<string, Value> {
  const given = (name: string) => constant(inputs.get(`iou.${name}`) as Tensor<'float32'>)
  const [predicted, target, weight] = ['pred', 'target', 'weight'].map(given)
  const outputs: Record<string, Value> = { ctrness_targets: centernessOf(target) }
  for (const name of Object.keys(values)) {
    const kind = /^iou_loss\.(\w+)$/.exec(name)?.[1].replace('_', '-')
    if (!kind) continue
    const options = { kind: kind as IouLossKind, addedArea: 1 }
    const losses = iouLoss(boxesAround(predicted), boxesAround(target), options)
    outputs[name] = reduceSum(mul(losses, weight))
    outputs[`${name}.grad`] = gradients(outputs[name] as Floats, [predicted])[0]
  }
  return outputs
}

/** What is found in random maps: threshold on the class alone (`twc0`), or on its product with centerness (`twc1`). */
function found(golden: Golden, levels: readonly Level[]): Record<string, Value> {
  const rows = levels.map((level) =>
    fcosRows({
      logits: generated(golden, 'pl', level)('classes', 4, -5),
      distances: relu(generated(golden, 'pr', level)(4, 1.5, 1.6)),
      centerness: generated(golden, 'pc', level)(1, 1.5, 0),
    }),
  )
  const outputs: Record<string, Value> = {}
  for (const name of new Set(
    [...golden.outputs.keys()].flatMap((key) => /^predict\.twc[01]\.\d+/.exec(key) ?? []),
  )) {
    const [, withCenterness, image] = /twc([01])\.(\d+)/.exec(name)!
    // The product is the square of the score.
    const [thresholdOn, scoreThreshold] =
      withCenterness === '1' ? (['score', Math.sqrt(THRESHOLD)] as const) : (['class', THRESHOLD] as const)
    const dense = rows.map((level, i) =>
      fcosLevel(level, levels[i].squares, { ...CENTERMASK_FCOS, thresholdOn }),
    )
    const { boxes, scores, labels } = selectDense(dense, Number(image), { ...SELECTION, scoreThreshold })
    outputs[`${name}.boxes`] = boxes
    outputs[`${name}.scores`] = scores
    outputs[`${name}.classes`] = sub(labels, 1)
    outputs[`${name}.locations`] = placesOf(boxes, dense, levels, Number(image))
  }
  return outputs
}

/** From where boxes `[D, 4]` were found: the places whose boxes they are, `[D, 2]`. */
function placesOf(
  boxes: Floats,
  dense: readonly DenseLevel[],
  levels: readonly Level[],
  image: number,
): Floats {
  const every = dense.map((level, i) => level.boxes(image, range(sizeOf(levels[i].squares, 0))))
  const isSame = cast(equal(unsqueeze(boxes, 1), unsqueeze(concat(every, 0), 0)), 'float32')
  const place = argMax(reduceSum(isSame, [2]), 1)
  const all = concat(
    levels.map(({ squares }) => centres(squares)),
    0,
  )
  return gather(all, place)
}
