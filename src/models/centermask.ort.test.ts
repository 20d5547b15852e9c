import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { thinCenterMask, thinCenterMaskWeights } from '../../test/thin-model.ts'
import { gradients } from '../autodiff/gradients.ts'
import { constant, input, presentValues, type Value } from '../graph/value.ts'
import { asInputs, fromTensors, rootScope } from '../nn/scope.ts'
import { add } from '../ops/elementwise.ts'
import { slice } from '../ops/layout.ts'
import { random } from '../tensor/random.ts'
import { float32, int64, type Tensor, tensor, toNumbers } from '../tensor/tensor.ts'
import { CENTERMASK, type CenterMaskConfig } from './centermask.ts'

const config = thinCenterMask()
const weights = thinCenterMaskWeights()
const image = input('image', 'uint8', ['H', 'W', 3])
const bytes = (height: number, width: number) =>
  tensor(
    'uint8',
    [height, width, 3],
    Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7919) % 251),
  )

function detect(settings: CenterMaskConfig, height: number, width: number) {
  const scope = rootScope(fromTensors(weights), 'running')
  return runGraph(presentValues(CENTERMASK.build(settings).inference(scope, image)), {
    image: bytes(height, width),
  })
}

describe('inference of CenterMask', () => {
  it.each([
    [33, 129],
    // Most of what is found lies where the image was padded, and is dropped.
    [7, 5],
  ])('finds scored masks in an image of %i x %i, inside it and by falling score', async (height, width) => {
    const found = await detect({ ...config, fcos: { ...config.fcos, maxDetections: 40 } }, height, width)
    const [count] = found.boxes.shape
    expect(count).toBeGreaterThan(0)
    expect([found.boxes.shape, found.masks.shape, found.maskScores.shape]).toEqual([
      ...[[count, 4], [count, 28, 28], [count]],
    ])
    const scores = toNumbers(found.scores)
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
    for (const label of toNumbers(found.labels)) expect([1, 2]).toContain(label)
    for (const [i, value] of toNumbers(found.boxes).entries()) {
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThanOrEqual(i % 2 === 0 ? width : height)
    }
    for (const value of toNumbers(found.masks)) expect(value >= 0 && value <= 1).toBe(true)
  })

  it('finds nothing as an ordinary result', async () => {
    const found = await detect({ ...config, fcos: { ...config.fcos, scoreThreshold: 0.9999 } }, 50, 70)
    expect([found.boxes.shape, found.masks.shape, found.maskScores.shape]).toEqual([
      ...[[0, 4], [0, 28, 28], [0]],
    ])
  })

  it('drops boxes without a side', async () => {
    const bias = 'head.regression_head.bbox_reg.bias'
    const flat = new Map(weights).set(bias, float32([-9, 2, -9, 2]))
    const model = CENTERMASK.build(config)
    const { boxes, masks } = model.inference(rootScope(fromTensors(flat), 'running'), image)
    const found = await runGraph({ boxes, masks: masks! }, { image: bytes(50, 70) })
    expect([found.boxes.shape, found.masks.shape]).toEqual([
      [0, 4],
      [0, 28, 28],
    ])
  })

  it('finds in an image of a batch what it finds in it alone', async () => {
    const source = random(5)
    const pixels = Float32Array.from({ length: 2 * 3 * 64 * 96 }, () => source.normal())
    const images = constant(float32(pixels, [2, 3, 64, 96]))
    const sizes = constant(float32([64, 96, 40, 70], [2, 2]))
    const outputs: Record<string, Value> = {}
    const run = (name: string, at: number, to: number) => {
      const scope = rootScope(fromTensors(weights), 'running')
      const batch = { images: slice(images, 0, at, to), sizes: slice(sizes, 0, at, to) }
      for (const [i, found] of CENTERMASK.build(config).detect(scope, batch).entries())
        for (const [part, value] of Object.entries(presentValues(found)))
          outputs[`${name}.${at + i}.${part}`] = value
    }
    run('together', 0, 2)
    run('alone', 1, 2)
    const found = await runGraph(outputs)
    for (const [name, value] of Object.entries(found).filter(([name]) => name.startsWith('alone'))) {
      const other = found[name.replace('alone', 'together')]
      expect(other.shape, name).toEqual(value.shape)
      for (const [i, number] of toNumbers(value).entries())
        expect(toNumbers(other)[i], name).toBeCloseTo(number, 3)
    }
    expect(found['alone.1.boxes'].shape).toEqual([5, 4])
  })

  it('has neither attention nor scores of masks where they are turned off', async () => {
    const head = { ...config.mask.head, attention: false }
    const plain = { ...config, mask: { ...config.mask, head }, maskIou: null }
    const wanted = asInputs()
    const found = CENTERMASK.build(plain).inference(rootScope(wanted.resolve, 'running'), image)
    expect(found.masks).toBeDefined()
    expect(found.maskScores).toBeUndefined()
    const left = [...weights.keys()].filter((name) => !wanted.specs.has(name))
    expect(left).toEqual([
      'roi_heads.mask_head.spatialAtt.conv.weight',
      ...left.filter((name) => name.startsWith('roi_heads.maskiou.')),
    ])
    expect(left.length).toBe(9)
  })
})

type Box = readonly [label: number, x1: number, y1: number, x2: number, y2: number]

/** Losses of a step over images of 64 x 64 with these objects, and the largest gradient of each weight unless told not to. */
async function step(images: readonly (readonly Box[])[], settings = config, derives = true) {
  const side = 64
  const model = CENTERMASK.build(settings)
  const rows = Math.max(1, ...images.map((objects) => objects.length))
  const source = random(4)
  const picture = Float32Array.from({ length: images.length * 3 * side * side }, () => source.normal())
  const boxes = new Float32Array(images.length * rows * 4)
  const labels = new Array<number>(images.length * rows).fill(0)
  const masks = new Uint8Array(images.length * rows * side * side)
  for (const [i, objects] of images.entries()) {
    for (const [g, [label, ...box]] of objects.entries()) {
      const row = i * rows + g
      labels[row] = label
      boxes.set(box, 4 * row)
      const [x1, y1, x2, y2] = box
      for (let y = y1; y < y2; y++) masks.fill(1, (row * side + y) * side + x1, (row * side + y) * side + x2)
    }
  }
  const size = { images: images.length, height: side, width: side, instances: rows }
  const draws = Object.entries(model.draws).map(([name, count]) => {
    const numbers = Array.from({ length: images.length * count(size) }, () => source.uniform())
    return [name, constant(float32(numbers, [images.length, count(size)]))] as const
  })
  const parameters = asInputs()
  const { losses, metrics } = model.losses(rootScope(parameters.resolve, 'batch'), {
    images: constant(float32(picture, [images.length, 3, side, side])),
    imageSizes: constant(
      float32(
        images.flatMap(() => [side, side]),
        [images.length, 2],
      ),
    ),
    boxes: constant(float32(boxes, [images.length, rows, 4])),
    labels: constant(int64(labels, [images.length, rows])),
    masks: constant(tensor('uint8', [images.length, rows, side, side], masks)),
    random: new Map(draws),
  })
  const loss = Object.values(losses).reduce((sum, part) => add(sum, part))
  const learned = [...parameters.specs.values()].filter(({ kind }) => derives && kind === 'param')
  const derived = gradients(
    loss,
    learned.map(({ name }) => parameters.inputs.get(name)!),
  )
  const feeds = [...parameters.specs.keys()].map((name) => [name, weights.get(name) as Tensor] as const)
  const results = await runGraph(
    {
      ...losses,
      ...metrics,
      ...Object.fromEntries(learned.map(({ name }, i) => [`gradient of ${name}`, derived[i]])),
    },
    Object.fromEntries(feeds),
  )
  const largest = (name: string) =>
    toNumbers(results[name]).reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  return Object.fromEntries(Object.keys(results).map((name) => [name, largest(name)]))
}

describe('training of CenterMask', () => {
  const objects: Box[] = [
    [1, 8, 8, 40, 36],
    [2, 20, 24, 60, 62],
  ]

  it('learns from what it finds and from the ground truth', async () => {
    const some = await step([objects, []])
    for (const value of Object.values(some)) expect(Number.isFinite(value)).toBe(true)
    // The ground truth is among the regions whatever is found.
    expect(some.roi_positives).toBeGreaterThanOrEqual(1)
    const losses = Object.entries(some).filter(([name]) => name.startsWith('loss_'))
    expect(losses.map(([name]) => name)).toEqual([
      ...['loss_classification', 'loss_bbox_regression', 'loss_bbox_ctrness', 'loss_mask', 'loss_maskiou'],
    ])
    for (const [name, value] of losses) expect(value, name).toBeGreaterThan(0)
    expect(some['gradient of roi_heads.mask_head.spatialAtt.conv.weight']).toBeGreaterThan(0)
    expect(some['gradient of roi_heads.maskiou.predictor.maskiou.weight']).toBeGreaterThan(0)
  })

  it('learns that there is nothing, and no masks, where no image has objects', async () => {
    const none = await step([[], []])
    for (const value of Object.values(none)) expect(Number.isFinite(value)).toBe(true)
    expect(none.loss_classification).toBeGreaterThan(0)
    const { loss_bbox_regression, loss_bbox_ctrness, loss_mask, loss_maskiou, roi_positives } = none
    expect([loss_bbox_regression, loss_bbox_ctrness, loss_mask, loss_maskiou, roi_positives]).toEqual([
      ...[0, 0, 0, 0, 0],
    ])
    expect(none['gradient of roi_heads.mask_predictor.mask_fcn_logits.weight']).toBe(0)
  })

  it('learns from regions that are found as the limits of training say', async () => {
    // Without a threshold a region is found at nearly every place, and some fit the large objects.
    const large: Box[] = [
      [1, 0, 8, 24, 32],
      [2, 24, 24, 48, 48],
    ]
    const found = async (scoreThreshold: number) => {
      const regions = { ...config.regions, scoreThreshold, maxDetections: 500 }
      return (await step([large], { ...config, regions }, false)).roi_positives
    }
    expect(await found(1)).toBe(2)
    expect(await found(0)).toBeGreaterThan(2)
  })
})
