import { describe, expect, it } from 'vitest'
import { worstDeviation } from '../../../test/gradcheck/gradcheck.ts'
import { runGraph } from '../../../test/run-graph.ts'
import { type FcosTargets, fcosTargets } from '../../detection/fcos-targets.ts'
import { groundTruth } from '../../detection/match.ts'
import { constant, input, type Value } from '../../graph/value.ts'
import { asInputs, rootScope } from '../../nn/scope.ts'
import { add } from '../../ops/elementwise.ts'
import { float32, int64, tensor, toNumbers } from '../../tensor/tensor.ts'
import {
  CENTERMASK_FCOS,
  FCOS_DEFAULTS,
  FCOS_SCHEMA,
  type FcosHeadConfig,
  fcosHead,
  fcosLevel,
  fcosLosses,
} from './fcos.ts'

const CONVENTIONS = [
  ['torchvision', FCOS_DEFAULTS],
  ['centermask', CENTERMASK_FCOS],
] as const

const floats = (values: readonly number[], shape: readonly number[]) => constant(float32(values, shape))

/** Places that stand for objects of class 1, where distances are given. */
function placesOf(rows: readonly (readonly number[] | null)[]): FcosTargets {
  const isPositive = constant(
    tensor(
      'bool',
      [rows.length],
      Uint8Array.from(rows, (row) => Number(row !== null)),
    ),
  )
  const labels = constant(int64(rows.map((row) => Number(row !== null))))
  const distances = floats(
    rows.flatMap((row) => row ?? [1, 1, 1, 1]),
    [rows.length, 4],
  )
  return { isPositive, labels, matched: constant(int64(rows.map(() => 0))), distances }
}

describe.each(CONVENTIONS)('losses of %s', (convention, config) => {
  /** Outputs for classes: the background has one in torchvision's. */
  const outputs = convention === 'torchvision' ? 2 : 1

  it('by hand', async () => {
    // One place in the corner of an object, one in the middle of another, one of background.
    const targets = placesOf([[1, 1, 3, 3], [1, 1, 1, 1], null])
    const predicted = {
      logits: floats(
        Array.from({ length: 3 * outputs }, () => 0),
        [1, 3, outputs],
      ),
      distances: floats([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0], [1, 3, 4]),
      centerness: floats([0, 0, 5], [1, 3, 1]),
    }
    const out = await runGraph({ ...fcosLosses(predicted, [targets], config) })
    const [classes, boxes, centerness] = [out.classes, out.boxes, out.centerness].map((x) => toNumbers(x)[0])
    // Probabilities of 1/2: 0.0433217 for each of two positives, 0.1299651 for all other outputs.
    expect(classes).toBeCloseTo((2 * 0.0433217 + (3 * outputs - 2) * 0.1299651) / 2, 5)
    // 4 of 16 square strides are shared, and the box holds the union; the other is right.
    const expected = convention === 'torchvision' ? (1 - 4 / 16) / 2 : ((1 - 5 / 17) * (1 / 3)) / (4 / 3)
    expect(boxes).toBeCloseTo(expected, 5)
    expect(centerness).toBeCloseTo(Math.log(2), 5)
  })

  it('leave out places that are neither object nor background', async () => {
    // The square of the second place is ignored from its middle on, that of the third but for a quarter, which is less than half.
    const area = Float32Array.from({ length: 9 * 25 }, (_, i) => {
      const [x, y] = [i % 25, Math.floor(i / 25)]
      return Math.min(Math.max(x - 12, 0), 6) * y
    })
    const nothing = groundTruth(
      constant(float32([0, 0, 0, 0], [1, 4])),
      constant(int64([0])),
      floats([...area], [9, 25]),
    )
    const squares = [floats([0, 0, 8, 8, 8, 0, 16, 8, 16, 0, 24, 8], [3, 4])]
    const targets = fcosTargets(nothing, squares, [[0, Number.POSITIVE_INFINITY]], {
      convention,
      radius: 1.5,
    })
    const predicted = {
      logits: floats(new Array(3 * outputs).fill(0), [1, 3, outputs]),
      distances: floats(new Array(12).fill(1), [1, 3, 4]),
      centerness: floats([0, 0, 0], [1, 3, 1]),
    }
    const { classes } = await runGraph({ ...fcosLosses(predicted, [targets], config) })
    expect(toNumbers(classes)[0]).toBeCloseTo(2 * outputs * 0.1299651, 5)
  })

  it('of places that are sure of their class are next to nothing', async () => {
    const sure = (output: number) => Array.from({ length: outputs }, (_, i) => (i === output ? 9 : -9))
    // Class 1 is the first after the background.
    const logits = [...sure(outputs - 1), ...sure(-1)]
    const predicted = {
      logits: floats(logits, [1, 2, outputs]),
      distances: floats([1, 1, 1, 1, 1, 1, 1, 1], [1, 2, 4]),
      centerness: floats([0, 0], [1, 2, 1]),
    }
    const { classes } = await runGraph({ ...fcosLosses(predicted, [placesOf([[1, 1, 1, 1], null])], config) })
    expect(toNumbers(classes)[0]).toBeLessThan(1e-6)
  })

  it('of images without objects are finite, and those of places are 0', async () => {
    const nothing = groundTruth(constant(float32([0, 0, 0, 0], [1, 4])), constant(int64([0])))
    const squares = [floats([-4, -4, 4, 4, 4, -4, 12, 4], [2, 4])]
    const targets = fcosTargets(nothing, squares, [[0, Number.POSITIVE_INFINITY]], {
      convention,
      radius: 1.5,
    })
    const predicted = {
      logits: floats(
        Array.from({ length: 2 * outputs }, () => 0),
        [1, 2, outputs],
      ),
      distances: floats([0, 0, 0, 0, 9, 9, 9, 9], [1, 2, 4]),
      centerness: floats([-30, 30], [1, 2, 1]),
    }
    const out = await runGraph({ ...fcosLosses(predicted, [targets], config) })
    expect(toNumbers(out.classes)[0]).toBeCloseTo(2 * outputs * 0.1299651, 5)
    expect(toNumbers(out.boxes)).toEqual([0])
    expect(toNumbers(out.centerness)).toEqual([0])
  })

  it.each(['iou', 'linear-iou', 'giou'] as const)('have the gradients of differences (%s)', async (kind) => {
    const targets = [placesOf([[1, 2, 3, 1], null, [2, 2.5, 1, 1.5]]), placesOf([null, [0.5, 3, 2, 1], null])]
    const boxLoss = { ...config.boxLoss, kind, addedArea: 1 }
    const worst = await worstDeviation({
      name: kind,
      inputs: [{ shape: [2, 3, outputs] }, { shape: [2, 3, 4], range: [0.2, 4] }, { shape: [2, 3, 1] }],
      dtype: 'float32',
      build: (inputs) => {
        const [logits, distances, centerness] = inputs as Value<'float32'>[]
        const losses = fcosLosses({ logits, distances, centerness }, targets, { ...config, boxLoss })
        return add(add(losses.classes, losses.boxes), losses.centerness)
      },
    })
    expect(worst.error, JSON.stringify(worst)).toBeLessThan(2e-3)
  })
})

describe('what a map says', () => {
  // Two places, two classes; probabilities 1/2 and 0.0474, centerness 1/2 and 0.9526.
  const predicted = (background: readonly number[]) => ({
    logits: floats([...background, 0, -3, ...background, -3, 0], [1, 2, background.length + 2]),
    distances: floats([1, 2, 3, 4, 0, 0, 0, 0], [1, 2, 4]),
    centerness: floats([0, 3], [1, 2, 1]),
  })
  const squares = floats([-4, -4, 4, 4, 6, -4, 14, 4], [2, 4])
  const said = async (background: readonly number[], options: Partial<FcosHeadConfig>) => {
    const {
      boxes,
      scores,
      thresholded = scores,
    } = fcosLevel(predicted(background), squares, {
      ...CENTERMASK_FCOS,
      ...options,
    })
    return runGraph({ scores, thresholded, boxes: boxes(0, constant(int64([1, 0]))) })
  }

  it('are boxes in strides from each place, and scores of classes without the background', async () => {
    // torchvision's output for the background is sure of itself, and is not read.
    const [ours, theirs] = [await said([], {}), await said([9], { convention: 'torchvision' })]
    for (const { boxes, scores } of [ours, theirs]) {
      expect(toNumbers(boxes)).toEqual([10, 0, 10, 0, -8, -16, 24, 32])
      const expected = [0.5, 0.154, 0.2125, 0.6901]
      for (const [i, score] of toNumbers(scores).entries()) expect(score).toBeCloseTo(expected[i], 4)
    }
  })

  it('are candidates by the class alone, or by the score', async () => {
    const byClass = toNumbers((await said([], { thresholdOn: 'class' })).thresholded)
    for (const [i, value] of [0.5, 0.0474, 0.0474, 0.5].entries()) expect(byClass[i]).toBeCloseTo(value, 4)
    const { thresholded, scores } = await said([], { thresholdOn: 'score' })
    expect(toNumbers(thresholded)).toEqual(toNumbers(scores))
  })
})

it('names layers by their place among convolutions, norms and activations; maps may share convolutions and have factors', () => {
  const parameters = asInputs()
  const towers = { sharedConvs: 1, classConvs: 2, boxConvs: 0, levelScales: true }
  const head = fcosHead(rootScope(parameters.resolve, 'batch').child('head'), 4, 3, 2, towers)
  const maps = [8, 4].map((side) => input(`map${side}`, 'float32', [1, 4, side, side]))
  expect(
    head(maps).map(({ logits, distances, centerness }) =>
      [logits, distances, centerness].map((x) => x.shape),
    ),
  ).toEqual([
    [
      [1, 3, 8, 8],
      [1, 4, 8, 8],
      [1, 1, 8, 8],
    ],
    [
      [1, 3, 4, 4],
      [1, 4, 4, 4],
      [1, 1, 4, 4],
    ],
  ])
  const weights = [...parameters.specs.keys()].filter((name) => !name.endsWith('.bias'))
  expect(weights.sort()).toEqual([
    'head.classification_head.cls_logits.weight',
    'head.classification_head.conv.0.weight',
    'head.classification_head.conv.2.weight',
    'head.regression_head.bbox_ctrness.weight',
    'head.regression_head.bbox_reg.weight',
    'head.regression_head.scales.0.scale',
    'head.regression_head.scales.1.scale',
    'head.shared_head.conv.0.weight',
  ])
})

it('refuses a loss that is infinite where boxes do not meet', () => {
  expect(FCOS_SCHEMA.safeParse(FCOS_DEFAULTS).success).toBe(true)
  expect(FCOS_SCHEMA.safeParse(CENTERMASK_FCOS).success).toBe(true)
  // float32 has nothing between 0 and 1e-45.
  for (const boxLoss of [{ kind: 'iou' }, { kind: 'iou', addedArea: 1e-46 }]) {
    const refused = FCOS_SCHEMA.safeParse({ ...FCOS_DEFAULTS, boxLoss })
    expect(refused.error?.issues.map(({ path }) => path.join('.'))).toEqual(['boxLoss.addedArea'])
  }
})
