import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { WeightError } from '../errors.ts'
import type { ResizeRule } from '../geometry/fitted-size.ts'
import { input } from '../graph/value.ts'
import { initialize } from '../nn/init.ts'
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import { asInputs, fromTensors, rootScope } from '../nn/scope.ts'
import { type Tensor, tensor, toNumbers } from '../tensor/tensor.ts'
import { MASK_RCNN, type MaskRcnnConfig } from './mask-rcnn.ts'
import { maskRcnnResnet50Fpn } from './presets.ts'

const preset = maskRcnnResnet50Fpn(3)

/** A network of a few thousand weights with random numbers in it. */
function small(scoreThreshold: number, resize: ResizeRule = { kind: 'keep' }): MaskRcnnConfig {
  return {
    ...preset,
    backbone: { name: 'resnet18', stemWidth: 8, norm: FROZEN_BATCH_NORM },
    fpn: { channels: 16 },
    box: { ...preset.box, head: { kind: 'mlp', width: 32 }, scoreThreshold, maxDetections: 7 },
    mask: { ...preset.mask, head: { convs: 1, width: 16 } },
    transform: { ...preset.transform, resize },
  }
}

function weightsFor(config: MaskRcnnConfig): Map<string, Tensor<'float32'>> {
  const wanted = asInputs()
  MASK_RCNN.build(config).inference(
    rootScope(wanted.resolve, 'running'),
    input('image', 'uint8', ['H', 'W', 3]),
  )
  return initialize(wanted.specs.values(), 3)
}

async function detect(config: MaskRcnnConfig, height: number, width: number) {
  const image = input('image', 'uint8', ['H', 'W', 3])
  const scope = rootScope(fromTensors(weightsFor(config)), 'running')
  const { boxes, scores, labels, masks } = MASK_RCNN.build(config).inference(scope, image)
  const bytes = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7919) % 251)
  return runGraph(
    { boxes, scores, labels, masks: masks! },
    { image: tensor('uint8', [height, width, 3], bytes) },
  )
}

it('scores masks by how sure they are of themselves, where asked for', async () => {
  const plain = small(0.01)
  const config: MaskRcnnConfig = { ...plain, mask: { ...plain.mask, scoring: 'maskness' } }
  const picture = {
    image: tensor(
      'uint8',
      [50, 70, 3],
      Uint8Array.from({ length: 10_500 }, (_, i) => (i * 7919) % 251),
    ),
  }
  const weights = weightsFor(config)
  const image = input('image', 'uint8', ['H', 'W', 3])
  const { scores, masks, maskScores } = MASK_RCNN.build(config).inference(
    rootScope(fromTensors(weights), 'running'),
    image,
  )
  const found = await runGraph({ scores, masks: masks!, maskScores: maskScores! }, picture)
  const [each, cells] = [toNumbers(found.scores), toNumbers(found.masks)]
  expect(each.length).toBeGreaterThan(1)
  for (const [i, score] of toNumbers(found.maskScores).entries()) {
    const inside = cells.slice(784 * i, 784 * (i + 1)).filter((cell) => cell > 0.5)
    const mean = inside.reduce((sum, cell) => sum + cell, 0) / Math.max(1, inside.length)
    expect(score).toBeCloseTo(each[i] * mean, 5)
  }
})

describe('inference of Mask R-CNN', () => {
  it.each([
    [50, 70],
    [33, 129],
    [7, 5],
  ])('finds things in an image of %i x %i, inside it and by falling score', async (height, width) => {
    const found = await detect(small(0.01), height, width)
    const count = found.boxes.shape[0]
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThanOrEqual(7)
    expect(found.boxes.shape).toEqual([count, 4])
    expect(found.masks.shape).toEqual([count, 28, 28])
    const scores = toNumbers(found.scores)
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
    for (const label of toNumbers(found.labels)) expect([1, 2]).toContain(label)
    for (const [i, value] of toNumbers(found.boxes).entries()) {
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThanOrEqual(i % 2 === 0 ? width : height)
    }
  })

  it('finds them on other bodies', async () => {
    const norm = { kind: 'groupNorm', groups: 8, epsilon: 1e-5 } as const
    const bodies = [
      { name: 'vovnet39', widthMultiplier: 0.125, norm },
      { name: 'mobilenet_v2', widthMultiplier: 0.25, stageEnd: 'last', norm },
    ] as const
    for (const backbone of bodies) {
      const { boxes, masks } = await detect({ ...small(0.01), backbone }, 33, 129)
      expect(boxes.shape[0]).toBeGreaterThan(0)
      expect(masks.shape).toEqual([boxes.shape[0], 28, 28])
    }
  })

  it('gives boxes in pixels of the image as it came, whatever the network saw', async () => {
    const enlarged: ResizeRule = { kind: 'shortest-side', minSize: 96, maxSize: 400 }
    const config = small(0.01, enlarged)
    const { boxes } = await detect({ ...config, box: { ...config.box, maxDetections: 500 } }, 24, 48)
    const numbers = toNumbers(boxes)
    // Clipped at the borders of the enlarged image (96 x 192), so at those of the original, and nowhere beyond.
    expect(Math.max(...numbers.filter((_, i) => i % 2 === 0))).toBeCloseTo(48, 4)
    expect(Math.max(...numbers.filter((_, i) => i % 2 === 1))).toBeCloseTo(24, 4)
  })

  it('finds nothing as an ordinary result', async () => {
    const found = await detect(small(0.999), 50, 70)
    expect(found.boxes.shape).toEqual([0, 4])
    expect(found.scores.shape).toEqual([0])
    expect(found.labels.shape).toEqual([0])
    expect(found.masks.shape).toEqual([0, 28, 28])
  })

  it('has no proposals as an ordinary result', async () => {
    const config = small(0.01)
    const found = await detect({ ...config, rpn: { ...config.rpn, scoreThreshold: 0.9999 } }, 40, 40)
    expect(found.boxes.shape).toEqual([0, 4])
    expect(found.masks.shape).toEqual([0, 28, 28])
  })
})

describe('weights', () => {
  it('are named when one is missing or has another shape', () => {
    const config = small(0.05)
    const image = input('image', 'uint8', ['H', 'W', 3])
    const weights = weightsFor(config)
    const name = 'roi_heads.box_predictor.cls_score.weight'
    weights.set(name, { ...weights.get(name)!, shape: [2, 48] })
    const build = () => MASK_RCNN.build(config).inference(rootScope(fromTensors(weights), 'running'), image)
    expect(build).toThrow(`${name}: a weight has another shape than the model; expected [3, 32], got [2, 48]`)
    weights.delete(name)
    expect(build).toThrow(WeightError)
    expect(build).toThrow(name)
  })
})
