import { describe, expect, it } from 'vitest'
import { openGolden } from '../../test/goldens.ts'
import { runGraph } from '../../test/run-graph.ts'
import { type SoftNmsMethod, softNms } from '../geometry/nms.ts'
import { input } from '../graph/value.ts'
import { random } from '../tensor/random.ts'
import { float32, int64, type Tensor, toNumbers } from '../tensor/tensor.ts'
import { type SoftSuppression, softSuppress } from './soft-suppress.ts'

const KINDS: readonly SoftSuppression[] = [
  { kind: 'linear', iouThreshold: 0.3, minScore: 0.05 },
  { kind: 'gaussian', sigma: 0.5, minScore: 0.05 },
]

async function suppressed(
  boxes: Tensor<'float32'>,
  scores: Tensor<'float32'>,
  classes: readonly number[],
  suppression: SoftSuppression,
  limit = 1000,
) {
  const kept = softSuppress(
    input('boxes', 'float32', ['n', 4]),
    input('scores', 'float32', ['n']),
    input('classes', 'int64', ['n']),
    suppression,
    limit,
  )
  const feeds = { boxes, scores, classes: int64([...classes]) }
  const found = await runGraph({ indices: kept.indices, left: kept.scores }, feeds)
  return { indices: toNumbers(found.indices), scores: toNumbers(found.left) }
}

/** The same on the host: class by class, then the best of all. */
function onHost(
  boxes: Tensor<'float32'>,
  scores: Tensor<'float32'>,
  classes: readonly number[],
  { kind: method, minScore, ...rest }: SoftSuppression,
  limit: number,
) {
  const options = {
    ...{ method, minScore },
    ...('sigma' in rest ? { sigma: rest.sigma } : { threshold: rest.iouThreshold }),
  }
  return [...new Set(classes)]
    .flatMap((kind) => {
      const own = classes.flatMap((other, i) => (other === kind ? [i] : []))
      const found = softNms(
        own.flatMap((i) => [...boxes.data.subarray(4 * i, 4 * i + 4)]),
        own.map((i) => scores.data[i]),
        options,
      )
      return found.indices.map((i, k) => ({ index: own[i], score: found.scores[k] }))
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
}

/** Boxes in heaps, so that most overlap with some. */
function heaps(count: number, seed: number) {
  const source = random(seed)
  const numbers = Array.from({ length: count }, () => {
    const [x, y] = [source.integer(4) * 30 + source.uniform() * 12, source.uniform() * 12]
    return [x, y, x + 10 + source.uniform() * 20, y + 10 + source.uniform() * 20]
  })
  return {
    boxes: float32(numbers.flat(), [count, 4]),
    scores: float32(Array.from({ length: count }, () => source.uniform())),
    classes: Array.from({ length: count }, () => source.integer(3)),
  }
}

describe.each(KINDS)('soft suppression, $kind', (suppression) => {
  it.each([
    [1, 1000],
    [120, 1000],
    [120, 15],
  ])('of %i boxes to at most %i is what the host finds', async (count, limit) => {
    const { boxes, scores, classes } = heaps(count, 5)
    const found = await suppressed(boxes, scores, classes, suppression, limit)
    const expected = onHost(boxes, scores, classes, suppression, limit)
    expect(found.indices).toEqual(expected.map(({ index }) => index))
    for (const [i, { score }] of expected.entries()) expect(found.scores[i]).toBeCloseTo(score, 5)
  })

  it('of nothing, or of nothing likely, is nothing', async () => {
    const none = await suppressed(float32([], [0, 4]), float32([]), [], suppression)
    expect(none).toEqual({ indices: [], scores: [] })
    const { boxes, classes } = heaps(5, 1)
    const unlikely = float32([0.01, 0.04, 0.02, 0.03, 0.049])
    expect(await suppressed(boxes, unlikely, classes, suppression)).toEqual({ indices: [], scores: [] })
  })
})

it('lowers scores by what overlaps, within a class', async () => {
  // IoU of the first two: 60 / 120; the third is the second's double in another class.
  const boxes = float32([0, 0, 10, 9, 3.333333, 0, 13.333333, 9, 3.333333, 0, 13.333333, 9], [3, 4])
  const scores = float32([0.9, 0.8, 0.7])
  const linear = await suppressed(boxes, scores, [1, 1, 2], KINDS[0])
  expect(linear.indices).toEqual([0, 2, 1])
  expect(linear.scores[2]).toBeCloseTo(0.8 * 0.5, 5)
  const gaussian = await suppressed(boxes, scores, [1, 1, 2], KINDS[1])
  expect(gaussian.indices).toEqual([0, 2, 1])
  expect(gaussian.scores[2]).toBeCloseTo(0.8 * Math.exp(-0.5), 5)
})

it('empty and inverted boxes lose nothing and take nothing', async () => {
  const boxes = float32([5, 5, 5, 5, 0, 0, 10, 10, 9, 9, 1, 1], [3, 4])
  const found = await suppressed(boxes, float32([0.9, 0.8, 0.75]), [0, 0, 0], KINDS[1])
  expect(found.indices).toEqual([0, 1, 2])
  for (const [i, score] of [0.9, 0.8, 0.75].entries()) expect(found.scores[i]).toBeCloseTo(score, 6)
})

it('equal scores come by rising index', async () => {
  const boxes = float32([0, 0, 9, 9, 20, 0, 29, 9, 40, 0, 49, 9], [3, 4])
  const found = await suppressed(boxes, float32([0.5, 0.5, 0.5]), [2, 1, 0], KINDS[0])
  expect(found.indices).toEqual([0, 1, 2])
})

describe('as recorded', () => {
  const golden = openGolden('ops-nms-a')
  interface Case {
    readonly op: string
    readonly key: string
    readonly inputs: string
    readonly method: SoftNmsMethod | 'hard'
    readonly iou_threshold: number
    readonly sigma: number
    readonly score_threshold: number
  }
  const cases = (golden.case.cases as Case[]).filter(
    ({ op, method }) => op === 'soft_nms' && method !== 'hard',
  )
  it.each(cases)('$key', async ({ key, inputs, method, iou_threshold, sigma, score_threshold: minScore }) => {
    const [boxes, scores] = ['boxes', 'scores'].map(
      (name) => golden.inputs.get(`${inputs}.${name}`) as Tensor<'float32'>,
    )
    const suppression: SoftSuppression =
      method === 'gaussian'
        ? { kind: 'gaussian', sigma, minScore }
        : { kind: 'linear', iouThreshold: iou_threshold, minScore }
    const found = await suppressed(boxes, scores, new Array(scores.shape[0]).fill(0), suppression)
    const [keep, left] = ['keep', 'scores'].map((name) => toNumbers(golden.outputs.get(`${key}.${name}`)!))
    expect(found.indices).toEqual(keep)
    for (const [i, score] of left.entries()) expect(found.scores[i]).toBeCloseTo(score, 5)
  })
})
