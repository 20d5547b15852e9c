import { describe, expect, it } from 'vitest'
import { openGolden } from '../../test/goldens.ts'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { float32, int64, type Tensor, tensor, toNumbers } from '../tensor/tensor.ts'
import { ignoredShare } from './ignored-area.ts'
import { maskTargets, ownMasks, sharesInside } from './mask-targets.ts'
import { groundTruth } from './match.ts'
import { roiTargets } from './roi-targets.ts'
import { rpnTargets } from './rpn-targets.ts'

const truth = groundTruth(constant(float32([0, 0, 10, 10, 0, 0, 0, 0], [2, 4])), constant(int64([3, 0])))

it('anchors of the region proposal network: who learns, and what', async () => {
  // IoU with the box: 1, 0.5, 0.25, 0.
  const anchors = [0, 0, 10, 10, 0, 0, 10, 5, 0, 0, 5, 5, 40, 40, 50, 50]
  const targets = rpnTargets(
    truth,
    constant(float32(anchors, [4, 4])),
    constant(float32([0.1, 0.2, 0.3, 0.4])),
    {
      high: 0.7,
      low: 0.3,
      size: 8,
      positiveFraction: 0.5,
    },
  )
  const out = await runGraph({ ...targets })
  expect(toNumbers(out.positive)).toEqual([0])
  expect(toNumbers(out.negative)).toEqual([3, 2])
  expect(toNumbers(out.deltas)).toEqual([0, 0, 0, 0])
})

describe('ignored area', () => {
  // 60 x 60 pixels, of which the right lower quarter from 40, 40 on is ignored.
  const side = 61
  const sums = Float32Array.from(
    { length: side * side },
    (_, i) => Math.max((i % side) - 40, 0) * Math.max(Math.floor(i / side) - 40, 0),
  )
  const area = constant(float32(sums, [side, side]))

  it('is the share of a box in the image by whole pixels', async () => {
    const boxes = [
      40, 40, 50, 50, 30, 40, 50, 50, 35, 35, 45, 45, 50, 50, 90, 90, 0, 0, 40, 40, 70, 70, 80, 80,
    ]
    const { share } = await runGraph({ share: ignoredShare(area, constant(float32(boxes, [6, 4]))) })
    // The last lies outside and has no pixel.
    expect(toNumbers(share)).toEqual([1, 0.5, 0.25, 1, 0, 0])
  })

  it('takes no part as background, and leaves objects objects', async () => {
    const here = groundTruth(
      constant(float32([0, 0, 10, 10, 40, 40, 50, 50], [2, 4])),
      constant(int64([3, 1])),
      area,
    )
    // An object in the ignored area; shares of 1, 0.25 and 0.
    const anchors = [40, 40, 50, 50, 51, 51, 59, 59, 35, 35, 45, 45, 20, 20, 30, 30]
    const options = { high: 0.7, low: 0.3, size: 8, positiveFraction: 0.5 }
    const priority = constant(float32([0.1, 0.2, 0.3, 0.4]))
    const targets = rpnTargets(here, constant(float32(anchors, [4, 4])), priority, options)
    const out = await runGraph({ positive: targets.positive, negative: targets.negative })
    expect(toNumbers(out.positive)).toEqual([0])
    expect(toNumbers(out.negative)).toEqual([3, 2])
  })
})

it('boxes of the second stage: the ground truth joins the proposals, padding does not', async () => {
  const proposals = constant(float32([0, 0, 10, 8, 40, 40, 50, 50], [2, 4]))
  const targets = roiTargets(truth, proposals, constant(float32([0.1, 0.2, 0.3, 0.4])), {
    high: 0.5,
    low: 0.5,
    size: 8,
    positiveFraction: 0.5,
    weights: [10, 10, 5, 5],
  })
  const out = await runGraph({ ...targets })
  expect(toNumbers(out.positive)).toEqual([2, 0])
  expect(toNumbers(out.negative)).toEqual([1])
  expect(toNumbers(out.labels)).toEqual([3, 3])
  expect(toNumbers(out.positiveBoxes)).toEqual([0, 0, 10, 10, 0, 0, 10, 8])
  expect(toNumbers(out.negativeBoxes)).toEqual([40, 40, 50, 50])
  // dy = 10 (5 - 4) / 8; dh = 5 ln(10 / 8) = 1.1157178.
  const expected = [0, 0, 0, 0, 0, 1.25, 0, 1.1157178]
  for (const [i, value] of toNumbers(out.deltas).entries()) expect(value).toBeCloseTo(expected[i], 5)
})

it('an image without objects gives one row of weight 0 and finite numbers', async () => {
  const nothing = groundTruth(constant(float32([0, 0, 0, 0], [1, 4])), constant(int64([0])))
  const proposals = constant(float32([0, 0, 10, 8, 40, 40, 50, 50], [2, 4]))
  const targets = roiTargets(nothing, proposals, constant(float32([0.1, 0.2, 0.3])), {
    high: 0.5,
    low: 0.5,
    size: 8,
    positiveFraction: 0.5,
    weights: [10, 10, 5, 5],
  })
  const out = await runGraph({ ...targets })
  expect(toNumbers(out.positiveWeight)).toEqual([0])
  expect(toNumbers(out.negative)).toEqual([1, 0])
  expect(toNumbers(out.deltas).every(Number.isFinite)).toBe(true)
})

describe('mask targets', () => {
  it('are fractional as torchvision has them', async () => {
    const { inputs, outputs } = openGolden('tv-det-utils-a')
    const masks = inputs.get('project.masks') as Tensor<'uint8'>
    const [count, height, width] = masks.shape
    const boxes = constant(inputs.get('paste.boxes') as Tensor<'float32'>)
    const owners = constant(inputs.get('project.matched') as Tensor<'int64'>)
    const all = constant(tensor('uint8', [1, count, height, width], masks.data))
    const { targets } = await runGraph({ targets: maskTargets(ownMasks(all, owners), boxes, 28) })
    const expected = toNumbers(outputs.get('project.targets28')!)
    const worst = Math.max(...toNumbers(targets).map((value, i) => Math.abs(value - expected[i])))
    expect(worst).toBeLessThan(1e-5)
  })
})

it('shares of masks inside boxes', async () => {
  // 8 x 8, filled from (2, 2) to (6, 6), and an empty one.
  const filled = Uint8Array.from({ length: 128 }, (_, i) =>
    Number(i < 64 && i % 8 >= 2 && i % 8 < 6 && i >> 3 >= 2 && i >> 3 < 6),
  )
  const masks = constant(tensor('uint8', [1, 2, 8, 8], filled))
  const boxes = constant(
    float32([2, 2, 6, 6, 2, 2, 4, 6, 0, 0, 8, 8, 3, 3, 4, 4, 6, 6, 8, 8, 2.5, 2, 6, 6, 0, 0, 8, 8], [7, 4]),
  )
  const owners = constant(int64([0, 0, 0, 0, 0, 0, 1]))
  const { shares } = await runGraph({ shares: sharesInside(ownMasks(masks, owners), boxes) })
  const found = toNumbers(shares)
  expect(found.slice(0, 5)).toEqual([1, 0.5, 1, 1 / 16, 0])
  // Half a column less is 7/8; sampling once a pixel is near it.
  expect(Math.abs(found[5] - 7 / 8)).toBeLessThan(0.02)
  expect(found[6]).toBe(0)
})
