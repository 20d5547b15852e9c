import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { type LevelPredictions, type ProposalConfig, selectProposals } from './proposals.ts'

const config: ProposalConfig = { preNmsTopN: 3, postNmsTopN: 3, nmsThreshold: 0.7, scoreThreshold: 0 }

/** Anchors where they lie (no offsets), two images with logits of their own. */
function level(
  logits: readonly (readonly number[])[],
  anchors: readonly (readonly number[])[],
): LevelPredictions {
  const [images, count] = [logits.length, anchors.length]
  return {
    objectness: constant(float32(logits.flat(), [images, count])),
    deltas: constant(float32(new Float32Array(images * count * 4), [images, count, 4])),
    anchors: constant(float32(anchors.flat(), [count, 4])),
  }
}

const small = [0, 0, 10, 10]
const nearlySmall = [0, 0, 10, 9]
const large = [0, 0, 60, 60]
const outside = [70, 70, 90, 90]

it('keeps the best of each level, suppresses within it, then takes the best of all', async () => {
  const levels = [
    level(
      [
        [2, 1, 0, 5],
        [1, 2, 3, -9],
      ],
      [small, nearlySmall, [20, 20, 40, 40], outside],
    ),
    level([[0.5], [4]], [large]),
  ]
  const sizes = constant(
    float32(
      [
        [64, 64],
        [30, 30],
      ].flat(),
      [2, 2],
    ),
  )
  const [first, second] = selectProposals(levels, sizes, config)
  const out = await runGraph({
    ...{ a: first.boxes, b: second.boxes, scores: first.scores },
    ...{ floorA: first.floor, floorB: second.floor },
  })
  // First image: `outside` is of the best three and vanishes when clipped; nearlySmall (IoU 0.9) falls to small.
  expect(toNumbers(out.a)).toEqual([...small, ...large])
  // 1 / (1 + e^-2) and 1 / (1 + e^-0.5).
  expect(toNumbers(out.scores)[0]).toBeCloseTo(0.880797, 5)
  expect(toNumbers(out.scores)[1]).toBeCloseTo(0.622459, 5)
  // Second image, 30 x 30: the large one (logit 4) is clipped to it, then 3, then nearlySmall before small.
  expect(toNumbers(out.b)).toEqual([0, 0, 30, 30, 20, 20, 30, 30, ...nearlySmall])
  // The third of the four anchors has logit 1 in both. In the second image the limit of three over all levels lets 2 through.
  expect(toNumbers(out.floorA)[0]).toBeCloseTo(0.731059, 5)
  expect(toNumbers(out.floorB)[0]).toBeCloseTo(0.880797, 5)
})

it('may propose nothing', async () => {
  const [only] = selectProposals([level([[3]], [outside])], constant(float32([30, 30], [1, 2])), config)
  const out = await runGraph({ ...only })
  expect(toNumbers(out.floor)).toEqual([0])
  expect(out.boxes.shape).toEqual([0, 4])
  expect(out.scores.shape).toEqual([0])
})
