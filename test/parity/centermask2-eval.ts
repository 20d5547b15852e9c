/** CenterMask and CenterMask-Lite complete at inference, with every recorded value on the way. */
import { insideImage } from '../../src/detection/inside-image.ts'
import { assignLevelsByRatio } from '../../src/detection/level-assignment.ts'
import {
  normalizeImage,
  paddedSize,
  padToBatch,
  rescaleBoxes,
  sizeVector,
} from '../../src/detection/transform.ts'
import type { Size } from '../../src/geometry/boxes.ts'
import { input, type Value } from '../../src/graph/value.ts'
import { CENTERMASK } from '../../src/models/centermask.ts'
import { joinImages } from '../../src/models/joined-images.ts'
import { fromTensors, rootScope } from '../../src/nn/scope.ts'
import { sub } from '../../src/ops/elementwise.ts'
import { concat, slice, unsqueeze } from '../../src/ops/layout.ts'
import { float32, type Tensor, toNumbers } from '../../src/tensor/tensor.ts'
import { conventional } from '../../src/weights/convention.ts'
import { centermask2Names } from '../../src/weights/names/centermask2.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { blueFirstImages, mirrored } from './blue-first-images.ts'
import { boxRows } from './box-rows.ts'
import { centermask2Config } from './centermask2-config.ts'
import { compareAll, joined, type ParityCheck } from './comparison.ts'
import { detectedMasks, maskDifferences } from './mask-differences.ts'
import { noiseTolerance } from './noise-tolerance.ts'

const STRIDES = [8, 16, 32, 64, 128]

export const centermask2Eval: ParityCheck = async (golden) => {
  const images = blueFirstImages(golden)
  const feeds = Object.fromEntries(images.map((image, i) => [`image.${i}`, image]))
  const results = await runGraph(
    graphOutputs(
      golden,
      images.map(({ shape: [height, width] }) => ({ height, width })),
    ),
    feeds,
  )
  const found = images.map((_, i) => detectedMasks(results[`final.${i}.masks`], results[`final.${i}.boxes`]))
  const { pasting } = centermask2Config(golden).mask
  const noise = (image: number) => noiseTolerance(golden, `raw.${image}.pred_masks`)
  return joined([
    compareAll(golden, { ...results, ...places(results) }, (name) => noiseTolerance(golden, name)),
    { comparisons: maskDifferences(golden, 'final', found, { pasting, noise }) },
  ])
}

function graphOutputs(golden: Golden, sizes: readonly Size[]): Record<string, Value> {
  const config = centermask2Config(golden)
  const { transform } = config
  const largest = {
    height: Math.max(...sizes.map(({ height }) => height)),
    width: Math.max(...sizes.map(({ width }) => width)),
  }
  const padded = paddedSize(largest, transform.sizeDivisible)
  const planes = sizes.map(({ height, width }, i) =>
    padToBatch(normalizeImage(input(`image.${i}`, 'uint8', [height, width, 3]), transform), padded),
  )
  const sizeRows = concat(
    sizes.map((size) => unsqueeze(sizeVector(size), 0)),
    0,
  )
  const scope = rootScope(fromTensors(conventional(golden.weights, centermask2Names)), 'running')
  const found = CENTERMASK.build(config).detect(scope, { images: concat(planes, 0), sizes: sizeRows })
  const outputs: Record<string, Value> = {}
  for (const [name, value] of scope.taps) {
    const rename = NAMES.find(([pattern]) => pattern.test(name))
    if (rename) outputs[name.replace(rename[0], rename[1])] = rename[2]?.(value as Value<'float32'>) ?? value
  }
  const { boxes, images } = joinImages(found)
  outputs['mask_pooler.levels'] = assignLevelsByRatio(boxes, images, sizeRows, { minLevel: 3, maxLevel: 5 })
  for (const [i, { boxes, scores, labels, masks, maskScores }] of found.entries()) {
    const classes = sub(labels, 1)
    const [height, width] = golden.case.output_sizes[i]
    const to = sizeVector({ height, width })
    const placed = {
      boxes: rescaleBoxes(boxes, sizeVector(sizes[i]), to),
      scores,
      classes,
      mask_scores: maskScores!,
    }
    Object.assign(outputs, {
      ...named(`proposals.${i}`, { pred_boxes: boxes, scores, pred_classes: classes }),
      ...named(`raw.${i}`, { pred_masks: masks!, mask_scores: maskScores! }),
      ...named(`final.${i}`, insideImage({ ...placed, masks: masks! }, to)),
    })
  }
  return outputs
}

function named(prefix: string, values: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]))
}

/** Without the first class, the background, which the reference has not. */
const objects = (x: Value<'float32'>) => slice(x, 1, 1)
/** The reference's names of what we keep on the way. */
const NAMES: readonly (readonly [RegExp, string, ((x: Value<'float32'>) => Value)?])[] = [
  [/^transform\.batch$/, 'batch', mirrored],
  [/^body\.0$/, 'bottom_up.stage3'],
  [/^body\.1$/, 'bottom_up.stage4'],
  [/^body\.2$/, 'bottom_up.stage5'],
  [/^features\.0$/, 'fpn.p3'],
  [/^features\.1$/, 'fpn.p4'],
  [/^features\.2$/, 'fpn.p5'],
  [/^features\.(p\d)$/, 'fpn.$1'],
  [/^(fcos\.\w+\.\d)$/, '$1'],
  [/^mask\.pooled$/, 'mask_pooler.out'],
  [/^mask\.head$/, 'mask_head.spatialAtt'],
  [/^mask\.logits$/, 'mask_head.logits', objects],
  [/^maskiou\.out$/, 'maskiou_head.out', objects],
]

/** `proposals.I.locations` `[D, 2]`: the places whose boxes, as the head tells them, are nearest to the detections. */
function places(results: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const found: Record<string, Tensor> = {}
  for (let i = 0; results[`proposals.${i}.pred_boxes`]; i++) {
    const all = STRIDES.flatMap((stride, level) => placesOfLevel(results[`fcos.reg.${level}`], i, stride))
    const nearest = boxRows(results[`proposals.${i}.pred_boxes`]).map((box) => {
      const distances = all.map((place) => Math.max(...box.map((side, k) => Math.abs(side - place.box[k]))))
      return all[distances.indexOf(Math.min(...distances))].at
    })
    found[`proposals.${i}.locations`] = float32(nearest.flat(), [nearest.length, 2])
  }
  return found
}

function placesOfLevel(distances: Tensor, image: number, stride: number) {
  const [, , height, width] = distances.shape
  const numbers = toNumbers(distances).slice(image * 4 * height * width, (image + 1) * 4 * height * width)
  return Array.from({ length: height * width }, (_, cell) => {
    const at = [cell % width, Math.floor(cell / width)].map((index) => index * stride + stride / 2)
    const sides = [0, 1, 2, 3].map((side) => numbers[side * height * width + cell] * stride)
    return { at, box: [at[0] - sides[0], at[1] - sides[1], at[0] + sides[2], at[1] + sides[3]] }
  })
}
