import { describe, expect, it } from 'vitest'
import { worstDeviation } from '../../../test/gradcheck/gradcheck.ts'
import { runGraph } from '../../../test/run-graph.ts'
import { anchorTargets } from '../../detection/anchor-targets.ts'
import { groundTruth } from '../../detection/match.ts'
import { constant, type Value } from '../../graph/value.ts'
import { add, mul } from '../../ops/elementwise.ts'
import { float32, int64, toNumbers } from '../../tensor/tensor.ts'
import { RETINA_ANCHORS, RETINA_DEFAULTS, type RetinaHeadConfig, retinaLosses } from './retina.ts'

const floats = (numbers: readonly number[], shape: readonly number[]) => constant(float32(numbers, shape))

/** Anchors of 10 x 10 pixels in a row, 10 apart, and one of 4 x 4. */
const ANCHORS = [
  [0, 0, 10, 10],
  [10, 0, 20, 10],
  [20, 0, 30, 10],
  [30, 0, 40, 10],
  [60, 0, 64, 4],
]
const anchors = floats(ANCHORS.flat(), [ANCHORS.length, 4])

function targetsOf(boxes: readonly (readonly number[])[], labels: readonly number[]) {
  const truth = groundTruth(floats(boxes.flat(), [boxes.length, 4]), constant(int64(labels)))
  return anchorTargets(truth, anchors, RETINA_DEFAULTS.targets)
}

async function numbersOf(values: Record<string, Value>): Promise<Record<string, number[]>> {
  const found = await runGraph(values)
  return Object.fromEntries(Object.entries(found).map(([name, tensor]) => [name, toNumbers(tensor)]))
}

/** IoU 0.8 with the first anchor; 0.45 with the third (4.5 of 10 columns of a box inside it); a quarter of the last. */
const OBJECTS = [
  [0, 0, 8, 10],
  [20, 0, 24.5, 10],
  [60, 0, 62, 2],
]

describe('targets', () => {
  it('are positive, negative or neither by IoU, and positive where no anchor is better for an object', async () => {
    const found = await numbersOf({ ...targetsOf(OBJECTS, [2, 1, 1]) })
    // The third anchor would be ignored with 0.45 and the last be background with 0.25, but they are the best their objects have.
    expect(found.isPositive).toEqual([1, 0, 1, 0, 1])
    expect(found.isNegative).toEqual([0, 1, 0, 1, 0])
    expect(found.labels).toEqual([2, 0, 1, 0, 1])
    expect(found.boxes.slice(0, 8)).toEqual([...OBJECTS[0], ...ANCHORS[1]])
    expect(found.boxes.slice(16)).toEqual(OBJECTS[2])
  })

  it('leave out what lies between the thresholds', async () => {
    // The object is 0.8 of the first anchor, 8 of 18 columns of the second and 8 of 40 of the third.
    const narrow = floats([0, 0, 10, 10, 0, 0, 18, 10, 0, 0, 40, 10], [3, 4])
    const truth = groundTruth(floats([0, 0, 8, 10], [1, 4]), constant(int64([1])))
    const { isPositive, isNegative } = anchorTargets(truth, narrow, { high: 0.5, low: 0.4 })
    const found = await numbersOf({ isPositive, isNegative })
    expect(found).toEqual({ isPositive: [1, 0, 0], isNegative: [0, 0, 1] })
  })

  it('are background everywhere in an image without objects', async () => {
    const found = await numbersOf({ ...targetsOf([[0, 0, 0, 0]], [0]) })
    expect(found.isPositive).toEqual([0, 0, 0, 0, 0])
    expect(found.isNegative).toEqual([1, 1, 1, 1, 1])
    expect(found.boxes).toEqual(ANCHORS.flat())
  })
})

/** Losses of images of 5 anchors each, all logits (3 outputs, that of the background among them) and offsets alike. */
function losses(
  targets: readonly ReturnType<typeof targetsOf>[],
  { logit, delta }: { readonly logit: number; readonly delta: number },
  boxLoss: RetinaHeadConfig['boxLoss'] = 'l1',
) {
  const images = targets.length
  const rows = {
    logits: floats(Array(images * 15).fill(logit), [images, 5, 3]),
    deltas: floats(Array(images * 20).fill(delta), [images, 5, 4]),
  }
  return numbersOf({ ...retinaLosses(rows, anchors, targets, { ...RETINA_DEFAULTS, boxLoss }) })
}

describe('losses', () => {
  it('are focal of every class at every anchor, and of the boxes of objects, over their number', async () => {
    const { classes, boxes } = await losses([targetsOf(OBJECTS, [2, 1, 1])], { logit: 0, delta: 0.1 })
    // With p = 1 / 2 every term is 0.25 ln 2, weighed by 0.25 for 3 positives and 0.75 for the other 12.
    expect(classes[0]).toBeCloseTo((0.25 * Math.LN2 * (3 * 0.25 + 12 * 0.75)) / 3, 6)
    // Offsets of three objects: centre (4, 5) of sides 8 and 10 seen from (5, 5), and so on.
    const wanted = [
      [-0.1, 0, Math.log(0.8), 0],
      [-0.275, 0, Math.log(0.45), 0],
      [-0.25, -0.25, Math.log(0.5), Math.log(0.5)],
    ]
    const sum = wanted.flat().reduce((total, offset) => total + Math.abs(offset - 0.1), 0)
    expect(boxes[0]).toBeCloseTo(sum / 3, 5)
  })

  it('are 1 - GIoU of the decoded boxes where asked for', async () => {
    const { boxes } = await losses([targetsOf(OBJECTS, [2, 1, 1])], { logit: 0, delta: 0 }, 'giou')
    // Every object lies in its anchor, so GIoU is IoU.
    expect(boxes[0]).toBeCloseTo((1 - 0.8 + (1 - 0.45) + (1 - 0.25)) / 3, 5)
  })

  it('do not count anchors between the thresholds', async () => {
    const two = floats([0, 0, 10, 10, 0, 0, 18, 10], [2, 4])
    const truth = groundTruth(floats([0, 0, 8, 10], [1, 4]), constant(int64([1])))
    const targets = [anchorTargets(truth, two, RETINA_DEFAULTS.targets)]
    const of = (ignored: number) =>
      numbersOf({
        ...retinaLosses(
          {
            logits: floats([0, 0, ignored, ignored], [1, 2, 2]),
            deltas: floats(Array(8).fill(0), [1, 2, 4]),
          },
          two,
          targets,
          RETINA_DEFAULTS,
        ),
      })
    expect((await of(5)).classes).toEqual((await of(-5)).classes)
  })

  it('weigh images alike, and an image without objects by 1', async () => {
    const nothing = targetsOf([[0, 0, 0, 0]], [0])
    const empty = await losses([nothing], { logit: 0, delta: 0.1 })
    expect(empty.classes[0]).toBeCloseTo(0.25 * Math.LN2 * 15 * 0.75, 5)
    expect(empty.boxes).toEqual([0])
    const objects = targetsOf(OBJECTS, [2, 1, 1])
    const alone = await losses([objects], { logit: 0, delta: 0.1 })
    const both = await losses([objects, nothing], { logit: 0, delta: 0.1 })
    expect(both.classes[0]).toBeCloseTo((alone.classes[0] + empty.classes[0]) / 2, 5)
    expect(both.boxes[0]).toBeCloseTo(alone.boxes[0] / 2, 5)
  })

  it.each(['l1', 'giou'] as const)(
    'have the gradient that differences say, with boxes by %s',
    async (boxLoss) => {
      const { error } = await worstDeviation({
        name: boxLoss,
        dtype: 'float32',
        inputs: [
          { shape: [1, 5, 3], range: [-2, 2] },
          // Where no side of a box passes one of its object's, and no offset the one that is wanted.
          { shape: [1, 5, 4], range: [0.55, 0.7] },
        ],
        build: (inputs) => {
          const [logits, deltas] = inputs as Value<'float32'>[]
          const targets = [targetsOf(OBJECTS, [2, 1, 1])]
          const { classes, boxes } = retinaLosses({ logits, deltas }, anchors, targets, {
            ...RETINA_DEFAULTS,
            boxLoss,
          })
          return add(classes, mul(boxes, 2))
        },
      })
      expect(error).toBeLessThan(2e-3)
    },
  )
})

it("has torchvision's anchors: whole sizes, a third of an octave apart", () => {
  expect(RETINA_ANCHORS.sizes).toEqual([
    [32, 40, 50],
    [64, 80, 101],
    [128, 161, 203],
    [256, 322, 406],
    [512, 645, 812],
  ])
})
