import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { gradients } from '../autodiff/gradients.ts'
import { constant, input, type Value } from '../graph/value.ts'
import { initialize } from '../nn/init.ts'
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import { asInputs, fromTensors, rootScope } from '../nn/scope.ts'
import { add } from '../ops/elementwise.ts'
import { float32, int64, type Tensor, tensor, toNumbers, zeros } from '../tensor/tensor.ts'
import { FCOS, type FcosConfig } from './fcos.ts'
import { CENTERMASK_FCOS, FCOS_DEFAULTS, type FcosHeadConfig } from './heads/fcos.ts'
import { fcosResnet50Fpn } from './presets.ts'

const preset = fcosResnet50Fpn(3)
const CONVENTIONS = [
  ['torchvision', FCOS_DEFAULTS],
  ['centermask', CENTERMASK_FCOS],
] as const

/** A network of a few thousand weights with random numbers in it. */
function small(fcos: FcosHeadConfig, scoreThreshold: number): FcosConfig {
  const norm = { kind: 'groupNorm', groups: 4, epsilon: 1e-5 } as const
  const towers = { ...fcos.towers, classConvs: 1, boxConvs: 1, norm }
  return {
    ...preset,
    backbone: { name: 'resnet18', stemWidth: 8, norm: FROZEN_BATCH_NORM },
    fpn: { ...preset.fpn, channels: 16 },
    fcos: { ...fcos, towers, scoreThreshold, candidates: 50, maxDetections: 7 },
    transform: { ...preset.transform, resize: { kind: 'keep' } },
  }
}

async function detect(config: FcosConfig, height: number, width: number) {
  const wanted = asInputs()
  const image = input('image', 'uint8', ['H', 'W', 3])
  FCOS.build(config).inference(rootScope(wanted.resolve, 'running'), image)
  const weights = initialize(wanted.specs.values(), 3)
  const found = FCOS.build(config).inference(rootScope(fromTensors(weights), 'running'), image)
  const { boxes, scores, labels } = found
  const bytes = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7919) % 251)
  return runGraph({ boxes, scores, labels }, { image: tensor('uint8', [height, width, 3], bytes) })
}

/** A step on two images with these rows of ground truth each: losses, then the gradient of each parameter of the head. */
async function step(config: FcosConfig, boxes: readonly number[], labels: readonly number[]) {
  const wanted = asInputs()
  const rows = labels.length / 2
  const { losses } = FCOS.build(config).losses(rootScope(wanted.resolve, 'batch'), {
    images: constant(zeros('float32', [2, 3, 64, 64])),
    imageSizes: constant(float32([64, 64, 64, 64], [2, 2])),
    boxes: constant(float32(boxes, [2, rows, 4])),
    labels: constant(int64(labels, [2, rows])),
    random: new Map(),
  })
  const trained = [...wanted.specs.values()].filter(({ name }) => name.startsWith('head.'))
  const by = trained.map(({ name }) => wanted.inputs.get(name) as Value<'float32'>)
  const found = gradients(
    Object.values(losses).reduce((sum, loss) => add(sum, loss)),
    by,
  )
  const named = found.map((gradient, i) => [`gradient of ${trained[i].name}`, gradient] as const)
  const feeds = Object.fromEntries<Tensor>(initialize(wanted.specs.values(), 3))
  return runGraph({ ...losses, ...Object.fromEntries(named) }, feeds)
}

describe.each(CONVENTIONS)('FCOS of %s', (_, fcos) => {
  it.each([
    [50, 70],
    [33, 129],
    [7, 5],
  ])('finds things in an image of %i x %i, inside it and by falling score', async (height, width) => {
    const found = await detect(small(fcos, 0.001), height, width)
    const scores = toNumbers(found.scores)
    // CenterMask's boxes may all lie in the padding of the smallest.
    if (height > 7) expect(scores.length).toBeGreaterThan(0)
    expect(scores.length).toBeLessThanOrEqual(7)
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
    for (const label of toNumbers(found.labels)) expect([1, 2]).toContain(label)
    for (const [i, value] of toNumbers(found.boxes).entries()) {
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThanOrEqual(i % 2 === 0 ? width : height)
    }
  })

  it('finds nothing as an ordinary result', async () => {
    const found = await detect(small(fcos, 0.999), 50, 70)
    expect(found.boxes.shape).toEqual([0, 4])
    expect(found.labels.shape).toEqual([0])
  })

  it('has finite losses and gradients of a batch without any object, and nothing to learn of boxes', async () => {
    const found = await step(small(fcos, 0.05), Array(8).fill(0), [0, 0])
    expect(toNumbers(found.loss_bbox_regression)).toEqual([0])
    expect(toNumbers(found.loss_bbox_ctrness)).toEqual([0])
    expect(toNumbers(found.loss_classification)[0]).toBeGreaterThan(0)
    for (const [name, gradient] of Object.entries(found))
      expect(toNumbers(gradient).every(Number.isFinite), name).toBe(true)
  })

  it('learns the same twice where there is an object', async () => {
    const boxes = [8, 8, 40, 40, 0, 0, 0, 0]
    const [first, second] = [
      await step(small(fcos, 0.05), boxes, [1, 0]),
      await step(small(fcos, 0.05), boxes, [1, 0]),
    ]
    expect(toNumbers(first.loss_bbox_regression)[0]).toBeGreaterThan(0)
    expect(toNumbers(first.loss_bbox_ctrness)[0]).toBeGreaterThan(0)
    expect(second).toEqual(first)
  })
})

it('refuses ranges that do not part the maps there are', () => {
  const stages = [0, 1, 2, 3]
  const ranges = [64, 128, 256, 512]
  const all = {
    ...preset,
    backbone: { ...preset.backbone, stages },
    fcos: { ...preset.fcos, targets: { radius: 1.5, ranges } },
  }
  expect(() => FCOS.build(all)).toThrow(
    'model.fcos.targets.ranges: ranges do not part the levels; expected 5 rising numbers, between strides 4, 8, 16, 32, 64, 128, got 64, 128, 256, 512',
  )
})
