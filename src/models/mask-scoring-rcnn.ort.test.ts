import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant, input, type Value } from '../graph/value.ts'
import { initialize } from '../nn/init.ts'
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import { asInputs, fromTensors, rootScope } from '../nn/scope.ts'
import { createSession } from '../node/session.ts'
import { predict } from '../predict/predictor.ts'
import { random } from '../tensor/random.ts'
import { float32, int64, tensor, toNumbers } from '../tensor/tensor.ts'
import { inferenceModel } from './inference-graph.ts'
import { MASK_RCNN, type MaskRcnnConfig } from './mask-rcnn.ts'
import { MASK_SCORING_RCNN, type MaskScoringRcnnConfig } from './mask-scoring-rcnn.ts'
import { maskRcnnResnet50Fpn } from './presets.ts'

const preset = maskRcnnResnet50Fpn(3)
const unscored: MaskRcnnConfig = {
  ...preset,
  backbone: { name: 'resnet18', stemWidth: 8, norm: FROZEN_BATCH_NORM },
  fpn: { channels: 16 },
  box: { ...preset.box, head: { kind: 'mlp', width: 32 }, scoreThreshold: 0.01, maxDetections: 7 },
  mask: { ...preset.mask, head: { convs: 1, width: 16 } },
  transform: { ...preset.transform, resize: { kind: 'keep' } },
}
const scored: MaskScoringRcnnConfig = {
  ...unscored,
  model: 'mask-scoring-rcnn',
  maskIou: { convs: 2, width: 8, linearWidth: 16 },
}

const wanted = asInputs()
const image = input('image', 'uint8', ['H', 'W', 3])
MASK_SCORING_RCNN.build(scored).inference(rootScope(wanted.resolve, 'running'), image)
const weights = initialize(wanted.specs.values(), 3)
// Random features say nothing: every mask of a class gets the same IoU.
weights.get('roi_heads.maskiou.predictor.maskiou.weight')!.data.fill(0)
weights.get('roi_heads.maskiou.predictor.maskiou.bias')!.data.set([0.1, 0.625, 0.875])
const bytes = (height: number, width: number) =>
  Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7919) % 251)

it('finds what Mask R-CNN finds, and scores its masks by class and predicted IoU', async () => {
  const scope = rootScope(fromTensors(weights), 'running')
  const found = MASK_SCORING_RCNN.build(scored).inference(scope, image)
  const plain = MASK_RCNN.build(unscored).inference(rootScope(fromTensors(weights), 'running'), image)
  const outputs = (prefix: string, { boxes, scores, labels, masks }: typeof found) =>
    Object.entries({ boxes, scores, labels, masks: masks! }).map(
      ([name, value]) => [`${prefix}.${name}`, value as Value] as const,
    )
  const results = await runGraph(
    {
      ...Object.fromEntries([...outputs('scored', found), ...outputs('plain', plain)]),
      maskScores: found.maskScores!,
    },
    { image: tensor('uint8', [50, 70, 3], bytes(50, 70)) },
  )
  for (const name of ['boxes', 'scores', 'labels', 'masks']) {
    expect(toNumbers(results[`scored.${name}`])).toEqual(toNumbers(results[`plain.${name}`]))
  }
  const [scores, labels] = ['scored.scores', 'scored.labels'].map((name) => toNumbers(results[name]))
  expect(scores.length).toBeGreaterThan(1)
  expect(results.maskScores.shape).toEqual([scores.length])
  for (const [i, score] of toNumbers(results.maskScores).entries()) {
    expect(score).toBe(Math.fround(scores[i] * (labels[i] === 1 ? 0.625 : 0.875)))
  }
})

it('gives predictions with the scores of masks', async () => {
  const session = await createSession(inferenceModel(MASK_SCORING_RCNN.build(scored), weights), {
    threads: 1,
  })
  const categories = [
    { id: 4, name: 'leaf' },
    { id: 9, name: 'stem' },
  ]
  try {
    const picture = { data: bytes(40, 40), width: 40, height: 40 }
    const { instances } = await predict({ session, categories }, picture, { score: 0 })
    expect(instances.length).toBeGreaterThan(0)
    for (const { score, maskScore, categoryId } of instances) {
      expect(maskScore).toBe(Math.fround(score * (categoryId === 4 ? 0.625 : 0.875)))
    }
  } finally {
    await session.dispose()
  }
})

it('says of what scores enough what it says without a least score, and nothing of others', async () => {
  const model = MASK_SCORING_RCNN.build(scored)
  const picture = { image: tensor('uint8', [50, 70, 3], bytes(50, 70)) }
  const [whole, asked] = await Promise.all(
    [false, true].map((asksLeastScore) =>
      createSession(inferenceModel(model, weights, { asksLeastScore }), { threads: 1 }),
    ),
  )
  try {
    const all = await whole.run(picture)
    const scores = toNumbers(all.scores)
    expect(new Set(scores).size).toBeGreaterThan(2)
    for (const least of [0, scores[1], 1]) {
      const found = await asked.run({ ...picture, leastScore: float32([least], []) })
      const count = scores.filter((score) => score >= least).length
      for (const name of ['boxes', 'scores', 'labels', 'masks', 'maskScores']) {
        const [expected, got] = [toNumbers(all[name]), toNumbers(found[name])]
        expect(found[name].shape[0]).toBe(count)
        for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i], 5)
      }
    }
  } finally {
    await Promise.all([whole.dispose(), asked.dispose()])
  }
})

/** Losses of a step over one image of 64 x 64 with these objects, one row that only fills where there are none. */
async function losses(
  objects: readonly (readonly [label: number, x1: number, y1: number, x2: number, y2: number])[],
) {
  const side = 64
  const model = MASK_SCORING_RCNN.build(scored)
  const rows = Math.max(objects.length, 1)
  const masks = new Uint8Array(rows * side * side)
  const source = random(4)
  const picture = Float32Array.from({ length: 3 * side * side }, () => source.normal() / 4)
  for (const [row, [label, x1, y1, x2, y2]] of objects.entries()) {
    for (let y = y1; y < y2; y++) {
      masks.fill(1, (row * side + y) * side + x1, (row * side + y) * side + x2)
      for (let x = x1; x < x2; x++) picture[(label * side + y) * side + x] += 2
    }
  }
  const size = { images: 1, height: side, width: side, instances: rows }
  const draws = Object.entries(model.draws).map(([name, count]) => {
    const numbers = Array.from({ length: count(size) }, () => source.uniform())
    return [name, constant(float32(numbers, [1, numbers.length]))] as const
  })
  const padded = objects.length > 0 ? objects : [[0, 0, 0, 0, 0] as const]
  const step = model.losses(rootScope(fromTensors(weights), 'batch'), {
    images: constant(float32(picture, [1, 3, side, side])),
    imageSizes: constant(float32([side, side], [1, 2])),
    boxes: constant(
      float32(
        padded.flatMap(([, ...box]) => box),
        [1, rows, 4],
      ),
    ),
    labels: constant(
      int64(
        padded.map(([label]) => label),
        [1, rows],
      ),
    ),
    masks: constant(tensor('uint8', [1, rows, side, side], masks)),
    random: new Map(draws),
  })
  const found = await runGraph(step.losses)
  return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, Number(data[0])]))
}

it('learns scores beside everything else, and nothing of them where there is no object', async () => {
  const some = await losses([
    [1, 8, 8, 40, 36],
    [2, 20, 24, 60, 62],
  ])
  for (const value of Object.values(some)) expect(value).toBeGreaterThan(0)
  // Half the mean square of what is between an IoU and 0.625 or 0.875.
  expect(some.loss_maskiou).toBeLessThan(0.5)
  const none = await losses([])
  expect([none.loss_mask, none.loss_maskiou]).toEqual([0, 0])
  expect(none.loss_objectness).toBeGreaterThan(0)
})
