import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { input, type Value } from '../graph/value.ts'
import { initialize } from '../nn/init.ts'
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import { asInputs, fromTensors, rootScope } from '../nn/scope.ts'
import { createSession } from '../node/session.ts'
import { predict } from '../predict/predictor.ts'
import { tensor, toNumbers } from '../tensor/tensor.ts'
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
