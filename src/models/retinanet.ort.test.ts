import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { gradients } from '../autodiff/gradients.ts'
import { constant, input, type Value } from '../graph/value.ts'
import { initialize } from '../nn/init.ts'
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import { asInputs, fromTensors, rootScope } from '../nn/scope.ts'
import { add } from '../ops/elementwise.ts'
import { elementCount } from '../tensor/shape.ts'
import { float32, int64, type Tensor, tensor, toNumbers, zeros } from '../tensor/tensor.ts'
import { withRoomFor } from './detection-limits.ts'
import { retinanetResnet50Fpn, retinanetResnet50FpnV2 } from './presets.ts'
import { RETINANET, type RetinaNetConfig } from './retinanet.ts'

const preset = retinanetResnet50Fpn(3)

/** A network of a few thousand weights with random numbers in it. */
function small(scoreThreshold: number): RetinaNetConfig {
  return {
    ...preset,
    backbone: { name: 'resnet18', stemWidth: 8, norm: FROZEN_BATCH_NORM },
    fpn: { ...preset.fpn, channels: 16 },
    retina: { ...preset.retina, convs: 1, scoreThreshold, candidates: 50, maxDetections: 7 },
    transform: { ...preset.transform, resize: { kind: 'keep' } },
  }
}

function parametersOf(config: RetinaNetConfig) {
  const wanted = asInputs()
  const image = input('image', 'uint8', ['H', 'W', 3])
  RETINANET.build(config).inference(rootScope(wanted.resolve, 'running'), image)
  return [...wanted.specs.values()]
}

async function detect(config: RetinaNetConfig, height: number, width: number) {
  const weights = initialize(parametersOf(config), 3)
  const image = input('image', 'uint8', ['H', 'W', 3])
  const found = RETINANET.build(config).inference(rootScope(fromTensors(weights), 'running'), image)
  const { boxes, scores, labels, candidateFloor } = found
  const bytes = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7919) % 251)
  return runGraph(
    { boxes, scores, labels, candidateFloor: candidateFloor! },
    { image: tensor('uint8', [height, width, 3], bytes) },
  )
}

describe('RetinaNet at work', () => {
  it.each([
    [50, 70],
    [33, 129],
    [7, 5],
  ])('finds things in an image of %i x %i, inside it and by falling score', async (height, width) => {
    const found = await detect(small(0.005), height, width)
    const count = found.boxes.shape[0]
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThanOrEqual(7)
    const scores = toNumbers(found.scores)
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
    for (const label of toNumbers(found.labels)) expect([1, 2]).toContain(label)
    for (const [i, value] of toNumbers(found.boxes).entries()) {
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThanOrEqual(i % 2 === 0 ? width : height)
    }
    // Every anchor is a candidate here, and there are more than 50 of them on the finest map.
    expect(toNumbers(found.candidateFloor)[0]).toBeGreaterThan(0.005)
  })

  it('finds nothing as an ordinary result', async () => {
    const found = await detect(small(0.999), 50, 70)
    expect(found.boxes.shape).toEqual([0, 4])
    expect(found.labels.shape).toEqual([0])
    expect(toNumbers(found.candidateFloor)).toEqual([0])
  })
})

/** A step on two images with these rows of ground truth each, one of which may only fill. */
async function step(boxes: readonly number[], labels: readonly number[]) {
  const wanted = asInputs()
  const scope = rootScope(wanted.resolve, 'batch')
  const rows = labels.length / 2
  const { losses } = RETINANET.build(small(0.05)).losses(scope, {
    images: constant(zeros('float32', [2, 3, 64, 64])),
    imageSizes: constant(float32([64, 64, 64, 64], [2, 2])),
    boxes: constant(float32(boxes, [2, rows, 4])),
    labels: constant(int64(labels, [2, rows])),
    random: new Map(),
  })
  const [first, second] = Object.values(losses)
  const values = [...wanted.inputs.values()].filter(({ source }) => source.kind === 'input')
  const trained = values.filter((value) => {
    const spec = [...wanted.specs.values()].find(({ name }) => wanted.inputs.get(name) === value)
    return spec?.kind === 'param'
  }) as Value<'float32'>[]
  const found = gradients(add(first, second), trained)
  const outputs = { ...losses, ...Object.fromEntries(found.map((gradient, i) => [`g${i}`, gradient])) }
  return runGraph(outputs, Object.fromEntries(initialize(wanted.specs.values(), 3)) as Record<string, Tensor>)
}

describe('RetinaNet in training', () => {
  it('has finite losses and gradients of a batch without any object, and nothing to learn of boxes', async () => {
    const { loss_bbox_regression, loss_classification, ...rest } = await step(Array(8).fill(0), [0, 0])
    expect(toNumbers(loss_bbox_regression)).toEqual([0])
    expect(toNumbers(loss_classification)[0]).toBeGreaterThan(0)
    for (const gradient of Object.values(rest)) expect(toNumbers(gradient).every(Number.isFinite)).toBe(true)
  })

  it('learns boxes where there is an object', async () => {
    const { loss_bbox_regression } = await step([8, 8, 40, 40, 0, 0, 0, 0], [1, 0])
    expect(toNumbers(loss_bbox_regression)[0]).toBeGreaterThan(0)
  })
})

describe('the definition of RetinaNet', () => {
  // What torchvision publishes with its weights (num_params).
  it.each([
    ['first', retinanetResnet50Fpn(), 34_014_999],
    ['second', retinanetResnet50FpnV2(), 38_198_935],
  ])('has as many weights in its %s version as torchvision says', (_, config, expected) => {
    const counted = parametersOf(config).filter(({ name }) => !isOfFrozenNorm(name, config))
    expect(counted.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(expected)
  })

  it('makes room for candidates where it does for detections', () => {
    const { retina } = withRoomFor(small(0.05), 2000)
    expect(retina).toMatchObject({ maxDetections: 2000, candidates: 10_000 })
    expect(withRoomFor(small(0.05), 5).retina).toEqual(small(0.05).retina)
  })

  it('begins its pyramid at stride 8 whatever the backbone, unless told otherwise', () => {
    const { backbone } = RETINANET
    expect(backbone(preset).strides).toEqual([8, 16, 32, 64, 128])
    expect(backbone(small(0.05)).strides).toEqual([8, 16, 32, 64, 128])
    const all = { ...preset, backbone: { ...preset.backbone, stages: [0, 1, 2, 3] } }
    expect(backbone(all).strides).toEqual([4, 8, 16, 32, 64, 128])
    expect(() => RETINANET.build(all)).toThrow(
      'model.anchors: there must be anchors for every feature map; expected a list of sizes and one of aspectRatios for each stride: 4, 8, 16, 32, 64, 128, got 5',
    )
  })
})

/** Statistics are not counted, nor is what a frozen norm holds, which torchvision counts in its second version alone. */
function isOfFrozenNorm(name: string, { backbone }: RetinaNetConfig): boolean {
  if (/\.running_(mean|var)$/.test(name)) return true
  return backbone.norm.kind === 'frozenBatchNorm' && /\.(bn\d|downsample\.1)\./.test(name)
}
