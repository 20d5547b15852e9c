import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant, type Value } from '../graph/value.ts'
import { cast } from '../ops/elementwise.ts'
import { expand, range, reshape } from '../ops/layout.ts'
import { float32, int64, toNumbers } from '../tensor/tensor.ts'
import { learningAnchors, levelAnchors } from './anchors.ts'
import { clipBoxes } from './box-coding.ts'
import { featureMap } from './feature-map.ts'
import { groundTruth } from './match.ts'
import { poolRegions } from './multi-level-roi-align.ts'
import { rpnTargets } from './rpn-targets.ts'
import { selectDetections } from './select-detections.ts'
import { suppressWithinClasses } from './suppress.ts'

async function numbersOf(value: Value): Promise<number[]> {
  return toNumbers((await runGraph({ value })).value)
}

const boxes = (...numbers: number[]) => constant(float32(numbers, [numbers.length / 4, 4]))

it('anchors are those of Detectron, one pixel longer', async () => {
  const map = featureMap(constant(float32(new Float32Array(2), [1, 1, 1, 2])), 16)
  const config = { sizes: [[128, 256]], aspectRatios: [[0.5, 1, 2]] }
  const [anchors] = levelAnchors(config, [map], { height: 16, width: 47 }, { legacyBoxes: true })
  // Published with py-faster-rcnn: -84 -40 99 55, -176 -88 191 103, -56 -56 71 71, ..., -36 -80 51 95, ...
  const first = [
    [-84, -40, 100, 56],
    [-176, -88, 192, 104],
    [-56, -56, 72, 72],
    [-120, -120, 136, 136],
    [-36, -80, 52, 96],
    [-80, -168, 96, 184],
  ]
  // The next cell lies 16 pixels further, although 47 pixels are 23 for each of the two cells.
  const second = first.map(([x1, y1, x2, y2]) => [x1 + 16, y1, x2 + 16, y2])
  expect(await numbersOf(anchors)).toEqual([first, second].flat(2))
})

it('anchors learn where their last pixel lies in the image', async () => {
  // maskrcnn-benchmark, last pixels and straddle threshold 0: x1 and y1 from 0 on, x2 below the width, y2 below the height.
  const legacy = [
    [0, 0, 29, 19],
    [0, 0, 30, 19],
    [0, 0, 29, 20],
    [-1, 0, 20, 10],
    [0, -1, 20, 10],
    [40, 30, 50, 40],
  ]
  const anchors = boxes(...legacy.flatMap(([x1, y1, x2, y2]) => [x1, y1, x2 + 1, y2 + 1]))
  const size = constant(float32([20, 30]))
  const learns = learningAnchors(anchors, size, { legacyBoxes: true })!
  expect(await numbersOf(cast(learns, 'int64'))).toEqual([1, 0, 0, 0, 0, 0])
  expect(learningAnchors(anchors, size)).toBeUndefined()
  // An object that only the second anchor fits is learned by none; the first is no background either.
  const truth = groundTruth(boxes(0, 0, 31, 20), constant(int64([1])))
  const options = { size: 4, positiveFraction: 0.5, high: 0.7, low: 0.3 }
  const priority = constant(float32([0.1, 0.6, 0.5, 0.4, 0.3, 0.2]))
  const targets = (of?: typeof learns) => rpnTargets(truth, anchors, priority, options, of)
  const { positive, negative } = targets(learns)
  expect([await numbersOf(positive), await numbersOf(negative)]).toEqual([[0], []])
  expect(await numbersOf(targets().positive)).toEqual([1, 2])
  expect(await numbersOf(targets().negative)).toEqual([5])
})

it('clipping leaves a strip of one pixel of what lies outside', async () => {
  const size = constant(float32([20, 30]))
  const clipped = clipBoxes(boxes(-9, -8, -3, -2, 40, 50, 60, 70, 5, 6, 50, 9), size, { legacyBoxes: true })
  expect(await numbersOf(clipped)).toEqual([0, 0, 1, 1, 29, 19, 30, 20, 5, 6, 30, 9])
})

it('a box falls at the threshold too', async () => {
  // IoU 8 / 16.
  const both = boxes(0, 0, 4, 3, 0, 0, 2, 6)
  const pair = boxes(0, 0, 4, 4, 0, 0, 4, 2)
  const kept = (of: typeof pair, thresholds: { iouThreshold: number; dropsEqual?: boolean }) => {
    const classes = { classCount: 1, ...thresholds }
    return suppressWithinClasses(of, constant(float32([0.9, 0.8])), constant(int64([0, 0])), classes).indices
  }
  expect(await numbersOf(kept(pair, { iouThreshold: 0.5 }))).toEqual([0, 1])
  expect(await numbersOf(kept(pair, { iouThreshold: 0.5, dropsEqual: true }))).toEqual([0])
  // 6 / 18 is nearest to 1/3 as float32 too.
  expect(await numbersOf(kept(both, { iouThreshold: 1 / 3, dropsEqual: true }))).toEqual([0])
  expect(await numbersOf(kept(both, { iouThreshold: 0.34, dropsEqual: true }))).toEqual([0, 1])
})

it('regions are pooled up to the corner of their last pixel', async () => {
  // A ramp: value x in column x.
  const ramp = expand(reshape(cast(range(16), 'float32'), [1, 1, 1, 16]), [1, 1, 16, 16])
  const pooled = (legacyBoxes: boolean) =>
    poolRegions([{ ...featureMap(ramp, 1), legacyBoxes }], boxes(2, 2, 11, 11), constant(int64([0])), {
      outputSize: 2,
      samplingRatio: 1,
      aligned: false,
    })
  // Centres of halves of 2..11, and of 2..10.
  expect((await numbersOf(pooled(false))).slice(0, 2)).toEqual([4.25, 8.75])
  expect((await numbersOf(pooled(true))).slice(0, 2)).toEqual([4, 8])
})

it('detections may be as small as they like', async () => {
  const found = (legacyBoxes: boolean) =>
    selectDetections(
      {
        logits: constant(float32([0, 5], [1, 2])),
        deltas: constant(float32(new Float32Array(8), [1, 8])),
      },
      boxes(3, 3, 3.001, 9),
      constant(float32([20, 20])),
      { scoreThreshold: 0.5, nmsThreshold: 0.5, maxDetections: 5, boxWeights: [10, 10, 5, 5], legacyBoxes },
    ).scores
  expect(await numbersOf(found(false))).toHaveLength(0)
  expect(await numbersOf(found(true))).toHaveLength(1)
})
