import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findingNothing, proposingNothing, thinFamily } from '../../test/thin-family.ts'
import { thinKeypointModelFile } from '../../test/thin-model.ts'
import { keypointsFromHeatmaps } from '../geometry/keypoints-from-heatmaps.ts'
import { pasteMask } from '../geometry/paste-mask.ts'
import { decodeRle } from '../geometry/rle.ts'
import { createSession } from '../node/session.ts'
import { decodeModel } from '../onnx/decode.ts'
import type { Session } from '../runtime/session.ts'
import { float32, type Tensor, tensor, toNumbers } from '../tensor/tensor.ts'
import { buildModel, pastingOf } from './catalogue.ts'
import { decodeExportedModel, type ExportOptions, exportModel } from './exported-model.ts'
import { inferenceModel } from './inference-graph.ts'
import type { MaskRcnnConfig } from './mask-rcnn.ts'
import { decodeModelFile, encodeModelFile, type ModelFile } from './model-file.ts'

type Outputs = Readonly<Record<string, Tensor>>

/** Of many colours, the same for one size. */
function picture(height: number, width: number): Tensor<'uint8'> {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => ((i * 7919) ^ (i >> 5)) % 251)
  return tensor('uint8', [height, width, 3], data)
}

/** Image after image in one session of the exported file, and in one of the model's own graph. */
async function runBoth(file: ModelFile, images: readonly Tensor<'uint8'>[], options?: ExportOptions) {
  const { bytes } = await exportModel(file, createSession, options)
  const own = inferenceModel(buildModel(file.metadata.architecture), file.weights)
  const [exported, reference] = await Promise.all(
    [bytes, own].map((model) => createSession(model, { threads: 1 })),
  )
  const run = async (session: Session, image: Tensor): Promise<Outputs> => session.run({ image })
  const pairs: { image: Tensor<'uint8'>; found: Outputs; expected: Outputs }[] = []
  for (const image of images) {
    pairs.push({ image, found: await run(exported, image), expected: await run(reference, image) })
  }
  await exported.dispose()
  await reference.dispose()
  return pairs
}

function expectClose(found: Tensor, expected: Tensor, tolerance: number, what: string): void {
  expect(found.shape, what).toEqual(expected.shape)
  const wanted = toNumbers(expected)
  const errors = toNumbers(found).map((value, i) => Math.abs(value - wanted[i]))
  expect(
    errors.reduce((most, error) => Math.max(most, error), 0),
    what,
  ).toBeLessThanOrEqual(tolerance)
}

/** Boxes to 1e-4 pixels, the rest to 1e-5. */
function expectSame(found: Outputs, expected: Outputs): void {
  expectClose(found.boxes, expected.boxes, 1e-4, 'boxes')
  expect(toNumbers(found.labels)).toEqual(toNumbers(expected.labels))
  for (const name of ['scores', 'masks', 'maskScores', 'proposalFloor', 'candidateFloor']) {
    expect(name in found, name).toBe(name in expected)
    if (name in expected) expectClose(found[name], expected[name], 1e-5, name)
  }
}

const SIZES = [picture(480, 640), picture(1, 1), picture(3, 2000), picture(480, 640)]
const family = thinFamily()
const masks = family.get('mask-rcnn')!

describe('an exported file', () => {
  it.each([...family])('says of images of all sizes what the model says: %s', async (_, file) => {
    const pairs = await runBoth(file, SIZES)
    expect(pairs[0].expected.scores.shape[0]).toBeGreaterThan(0)
    for (const { found, expected } of pairs) expectSame(found, expected)
  })

  it.each([...family])(
    'finds nothing as an ordinary result: %s',
    async (name, file) => {
      const without = /v2|c4/.test(name) ? proposingNothing(file) : findingNothing(file)
      for (const outputs of (await runBoth(without, SIZES.slice(1))).flatMap((pair) => [
        pair.found,
        pair.expected,
      ])) {
        expect(outputs.boxes.shape).toEqual([0, 4])
        const rows = Object.entries(outputs).filter(([name]) => !/Floor$|^networkSize$/.test(name))
        expect(rows.filter(([, { shape }]) => shape[0] !== 0).map(([name]) => name)).toEqual([])
      }
    },
    300_000,
  )

  it('pastes no masks where there are none', async () => {
    const [{ found }] = await runBoth(findingNothing(masks), [picture(30, 40)], { paste: true })
    expect(found.masks.shape).toEqual([0, 30, 40])
  })

  it('computes masks of what scores enough alone, where it asks for the least score', async () => {
    const { bytes } = await exportModel(masks, createSession, { asksLeastScore: true })
    const session = await createSession(bytes, { threads: 1 })
    const [image] = SIZES
    const all = await session.run({ image, leastScore: float32([0], []) })
    const scores = toNumbers(all.scores)
    const least = scores[2]
    const some = await session.run({ image, leastScore: float32([least], []) })
    await session.dispose()
    expect(toNumbers(some.scores)).toEqual(scores.filter((score) => score >= least))
    expect(some.masks.shape[0]).toBe(some.scores.shape[0])
    expect(scores.length).toBeGreaterThan(some.scores.shape[0])
    for (const ends of [{ raw: true }, { batch: 2 }]) {
      const refused = exportModel(masks, createSession, { asksLeastScore: true, ...ends })
      await expect(refused).rejects.toThrow('a least score is asked for one image')
    }
  })

  it('is the bundled model', async () => {
    const nuclei = decodeModelFile(readFileSync(new URL('../../models/nuclei.safetensors', import.meta.url)))
    const [{ found, expected }] = await runBoth(nuclei, [picture(96, 128)])
    expect(found.scores.shape[0]).toBeGreaterThan(0)
    expectSame(found, expected)
  })

  it('says what it is, in a file that names its sizes', async () => {
    const { bytes } = await exportModel(masks, createSession, { opset: 18, max: 50 })
    const { metadata, settings } = decodeExportedModel(bytes)
    expect(settings).toEqual({ precision: 'fp32', opset: 18, roiAlign: 'gather', paste: false, raw: false })
    expect(metadata.categories).toEqual(masks.metadata.categories)
    expect(metadata.architecture).toMatchObject({ model: 'mask-rcnn', box: { maxDetections: 50 } })
    const { graph, opsetImport } = decodeModel(bytes)
    expect(opsetImport).toEqual([{ domain: '', version: 18 }])
    const shapes = Object.fromEntries(
      [...graph.input, ...graph.output].map(({ name, type }) => [
        name,
        type?.tensorType?.shape?.dim.map(({ dimValue, dimParam }) => dimValue ?? dimParam),
      ]),
    )
    expect(shapes).toEqual({
      image: ['height', 'width', 3],
      boxes: ['detections', 4],
      scores: ['detections'],
      labels: ['detections'],
      masks: ['detections', 28, 28],
      proposalFloor: [1],
    })
  })

  it('holds no norm, nothing twice, and names that say the module', async () => {
    const { bytes } = await exportModel(masks, createSession)
    const { graph } = decodeModel(bytes)
    const weights = graph.initializer.map(({ name }) => name)
    expect(weights).toContain('backbone.body.layer1.0.conv1.weight')
    expect(weights).toContain('backbone.body.layer1.0.conv1.bias')
    expect(weights.filter((name) => /bn\d|running_(mean|var)/.test(name ?? ''))).toEqual([])
    expect(graph.node.map(({ name }) => name)).toContain('backbone.body.layer1.0.conv1/Conv')
    const texts = graph.node.map(({ opType, input, attribute }) =>
      JSON.stringify([
        opType,
        input,
        attribute.map(({ name, i, f, ints, s }) => [name, i, f, ints, s?.join()]),
      ]),
    )
    const plain = texts.filter((_, i) => !graph.node[i].attribute.some(({ g, t }) => g || t))
    expect(new Set(plain).size).toBe(plain.length)
  })
})

describe('options', () => {
  it.each([16, 19, 21])('writes operators of version %i', async (opset) => {
    for (const { found, expected } of await runBoth(masks, SIZES.slice(0, 2), { opset }))
      expectSame(found, expected)
  })

  it('writes loops in all of them', async () => {
    const { architecture, ...metadata } = masks.metadata
    const suppression = { kind: 'gaussian', sigma: 0.5, minScore: 0.001 } as const
    const soft = {
      ...architecture,
      box: { ...(architecture as MaskRcnnConfig).box, suppression },
    } as MaskRcnnConfig
    const file = { ...masks, metadata: { ...metadata, architecture: soft } }
    for (const opset of [17, 21]) {
      for (const { found, expected } of await runBoth(file, SIZES.slice(1, 2), { opset }))
        expectSame(found, expected)
    }
    const [first, second] = [await exportModel(file, createSession), await exportModel(file, createSession)]
    expect(Buffer.compare(first.bytes, second.bytes)).toBe(0)
  })

  it("gives the numbers with ONNX's own RoIAlign", async () => {
    for (const { found, expected } of await runBoth(masks, SIZES, { roiAlign: 'native' })) {
      expectSame(found, expected)
    }
  })

  it('halves the file, for a hundredth of a pixel', async () => {
    const [whole, half] = await Promise.all([
      exportModel(masks, createSession),
      exportModel(masks, createSession, { precision: 'fp16' }),
    ])
    const weights = (bytes: Uint8Array) =>
      decodeModel(bytes).graph.initializer.reduce((sum, { rawData }) => sum + (rawData?.length ?? 0), 0)
    expect(weights(half.bytes) / weights(whole.bytes)).toBeLessThan(0.51)
    const [{ found, expected }] = await runBoth(masks, [picture(480, 640)], { precision: 'fp16' })
    expectClose(found.boxes, expected.boxes, 0.05, 'boxes')
    expectClose(found.scores, expected.scores, 1e-3, 'scores')
    expect(toNumbers(found.scores)).not.toEqual(toNumbers(expected.scores))
  })

  it.each(['mask-rcnn', 'centermask-lite'])('pastes masks to the pixel: %s', async (name) => {
    const file = family.get(name)!
    const pasting = pastingOf(file.metadata.architecture)
    const images = [picture(96, 128), picture(1, 1), picture(3, 300)]
    for (const { image, found, expected } of await runBoth(file, images, { paste: true })) {
      const [height, width] = image.shape
      const [count, side] = expected.masks.shape
      expect(found.masks).toMatchObject({ dtype: 'bool', shape: [count, height, width] })
      const [probabilities, boxes] = [expected.masks.data, expected.boxes.data] as Float32Array[]
      for (let i = 0; i < count; i++) {
        const data = probabilities.subarray(i * side * side, (i + 1) * side * side)
        const box = [...boxes.subarray(4 * i, 4 * i + 4)] as [number, number, number, number]
        const pixels = decodeRle(pasteMask({ data, side }, box, { height, width }, pasting))
        const pasted = found.masks.data.subarray(i * height * width, (i + 1) * height * width)
        expect(Buffer.compare(pasted as Uint8Array, pixels)).toBe(0)
      }
    }
  })

  it('finds keypoints in the graph, where the host finds them', async () => {
    const file = decodeModelFile(thinKeypointModelFile())
    const { architecture, ...metadata } = file.metadata
    const resize = { kind: 'shortest-side', minSize: 96, maxSize: 400 } as const
    const enlarged = { ...architecture, transform: { ...architecture.transform, resize } }
    const pairs = await runBoth({ ...file, metadata: { ...metadata, architecture: enlarged } }, [
      picture(50, 70),
      picture(480, 640),
    ])
    for (const { image, found, expected } of pairs) {
      expect(Object.keys(found).filter((name) => /heatmaps|network/.test(name))).toEqual([])
      const [count, kinds, side] = expected.heatmaps.shape
      expect(found.keypoints.shape).toEqual([count, kinds, 3])
      const [heatmaps, boxes, size] = ['heatmaps', 'networkBoxes', 'networkSize'].map(
        (name) => expected[name].data as Float32Array,
      )
      const points = toNumbers(found.keypoints)
      for (let i = 0; i < count; i++) {
        const data = heatmaps.subarray(i * kinds * side * side, (i + 1) * kinds * side * side)
        const box = [...boxes.subarray(4 * i, 4 * i + 4)] as [number, number, number, number]
        for (const [k, { x, y, score }] of keypointsFromHeatmaps({ data, side }, box).entries()) {
          const at = 3 * (i * kinds + k)
          expect(Math.abs(points[at] - (x * image.shape[1]) / size[1])).toBeLessThan(1e-4)
          expect(Math.abs(points[at + 1] - (y * image.shape[0]) / size[0])).toBeLessThan(1e-4)
          // A logit, of any size.
          expect(Math.abs(points[at + 2] - score)).toBeLessThan(1e-5 * Math.max(1, Math.abs(score)))
        }
      }
    }
  })

  it('takes several images at once, and says whose each detection is', async () => {
    const images = [
      picture(60, 80),
      tensor('uint8', [60, 80, 3], picture(90, 160).data.slice(0, 60 * 80 * 3)),
    ]
    const singles = await runBoth(masks, images)
    const { bytes } = await exportModel(masks, createSession, { batch: 2, paste: true })
    const session = await createSession(bytes, { threads: 1 })
    const data = Uint8Array.from(images.flatMap((image) => [...image.data]))
    const found = await session.run({ images: tensor('uint8', [2, 60, 80, 3], data) })
    await session.dispose()
    const counts = singles.map(({ expected }) => expected.scores.shape[0])
    expect(counts[1]).toBeGreaterThan(0)
    expect(toNumbers(found.imageIndex)).toEqual([...Array(counts[0]).fill(0), ...Array(counts[1]).fill(1)])
    expect(found.masks.shape).toEqual([counts[0] + counts[1], 60, 80])
    const boxes = singles.flatMap(({ expected }) => toNumbers(expected.boxes))
    for (const [i, value] of toNumbers(found.boxes).entries())
      expect(Math.abs(value - boxes[i])).toBeLessThan(1e-4)
  })

  it.each([
    ['mask-rcnn', ['features.0', 'features.pool', 'rpn.objectness.4', 'rpn.deltas.4']],
    ['retinanet', ['features.0', 'features.p7', 'head.cls_logits', 'head.bbox_regression']],
  ])('ends before anything is selected: %s', async (name, wanted) => {
    const file = family.get(name)!
    const { bytes, inputs, outputs: ports } = await exportModel(file, createSession, { raw: true, batch: 2 })
    const outputs = ports.map(({ name }) => name)
    expect(inputs).toEqual([{ name: 'images', dtype: 'float32', shape: [2, 3, 'height', 'width'] }])
    expect(outputs).toEqual(expect.arrayContaining(wanted))
    expect(outputs.filter((output) => !/^(features|rpn|head)\./.test(output))).toEqual([])
    const session = await createSession(bytes, { threads: 1 })
    const images = tensor(
      'float32',
      [2, 3, 64, 96],
      Float32Array.from({ length: 2 * 3 * 64 * 96 }, (_, i) => (i % 7) - 3),
    )
    const found = await session.run({ images })
    await session.dispose()
    expect(found['features.0'].shape).toEqual([2, 16, ...(name === 'retinanet' ? [8, 12] : [16, 24])])
  })

  it('refuses what does not go together or does not exist, by name', async () => {
    const boxes = family.get('faster-rcnn')!
    const refused = (file: ModelFile, options: object) =>
      exportModel(file, createSession, options as ExportOptions)
    await expect(refused(masks, { paste: true, raw: true })).rejects.toThrow(
      /^paste: a graph that ends before/,
    )
    await expect(refused(boxes, { paste: true })).rejects.toThrow('paste: the model finds no masks')
    await expect(refused(masks, { raw: true, max: 5 })).rejects.toThrow(/^max: a graph that ends before/)
    await expect(refused(masks, { opset: 12 })).rejects.toThrow(
      'opset: option is wrong; expected 16 to 21, got 12',
    )
    await expect(refused(masks, { batch: 0 })).rejects.toThrow(
      'batch: option is wrong; expected 1 to 64, got 0',
    )
    await expect(refused(masks, { precision: 'int8' })).rejects.toThrow(
      'calibration: int8 and pictures to calibrate with go together',
    )
    await expect(refused(masks, { precision: 'int4' })).rejects.toThrow('expected fp32, fp16, int8, got int4')
    await expect(refused(masks, { pastes: true })).rejects.toThrow(/pastes.*paste/)
    const large = new Map(masks.weights)
    const name = 'roi_heads.box_head.fc6.weight'
    const { shape, data } = masks.weights.get(name)!
    large.set(name, { dtype: 'float32', shape, data: data.map((value, i) => (i === 9 ? 1e5 : value)) })
    await expect(refused({ ...masks, weights: large }, { precision: 'fp16' })).rejects.toThrow(
      /too large for float16/,
    )
  })

  it('refuses files of others, and files cut short', async () => {
    const { bytes } = await exportModel(masks, createSession)
    const foreign = inferenceModel(buildModel(masks.metadata.architecture), masks.weights)
    expect(() => decodeExportedModel(foreign, 'a.onnx')).toThrow(
      'a.onnx: the ONNX file is not one that "maskwright export" wrote; expected metadata under the key maskwright.export',
    )
    expect(() => decodeExportedModel(bytes.subarray(0, 5000), 'a.onnx')).toThrow(/^a\.onnx: /)
    expect(() => decodeModelFile(bytes, 'a.onnx')).toThrow(
      'a.onnx: an ONNX file runs as it is, and has no weights to build a model from. Give the model file that it was exported from',
    )
    expect(() => decodeModelFile(encodeModelFile({ ...masks }), 'a')).not.toThrow()
  })
})
