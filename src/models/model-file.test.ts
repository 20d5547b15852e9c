import { describe, expect, it } from 'vitest'
import { WeightError } from '../errors.ts'
import { float32, type Tensor, toNumbers } from '../tensor/tensor.ts'
import { decodeSafetensors, encodeSafetensors } from '../weights/safetensors.ts'
import { decodeModelFile, encodeModelFile, type NewModelFile } from './model-file.ts'
import { keypointRcnnResnet50Fpn, maskRcnnResnet50Fpn } from './presets.ts'

const model: NewModelFile = {
  metadata: {
    architecture: maskRcnnResnet50Fpn(3),
    categories: [
      { id: 4, name: 'cell' },
      { id: 9, name: 'nucleus' },
    ],
    licence: 'CC0-1.0',
    source: 'a test',
    figures: { 'segm AP': 0.5 },
  },
  weights: new Map<string, Tensor>([
    ['head.weight', float32([1, 0.1, -65504], [3, 1])],
    ['bn1.running_var', float32([1e-9])],
  ]),
}

// biome-ignore lint/suspicious/noExplicitAny: any change of any member
type Parsed = Record<string, any>

/** The file's JSON changed and written again. */
function edited(change: (metadata: Parsed) => void): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(encodeModelFile(model))
  const value = JSON.parse(metadata.maskwright)
  change(value)
  return encodeSafetensors(tensors, { maskwright: JSON.stringify(value) })
}

describe('model file', () => {
  it('gives back what was put in', () => {
    const { metadata, weights } = decodeModelFile(encodeModelFile(model))
    expect(metadata).toEqual({
      ...model.metadata,
      formatVersion: 1,
      preprocessing: model.metadata.architecture.transform,
    })
    expect([...weights]).toEqual([...model.weights])
  })

  it('says how pictures were shown in training, unless an earlier release wrote it', () => {
    const intensity = [100, 4000] as const
    const bytes = encodeModelFile({ ...model, metadata: { ...model.metadata, intensity } })
    expect(decodeModelFile(bytes).metadata.intensity).toEqual([100, 4000])
    expect(decodeModelFile(encodeModelFile(model)).metadata).not.toHaveProperty('intensity')
    const wrong = edited((metadata) => Object.assign(metadata, { intensity: [5, 5] }))
    expect(() => decodeModelFile(wrong)).toThrow(
      'metadata.intensity: expected auto, full, or two different numbers',
    )
  })

  it('is not written as it could not be read', () => {
    const { metadata } = model
    const fly = { id: 4, name: 'fly' }
    for (const wrong of [
      { figures: { 'segm AP': Number.NaN } },
      { categories: [] },
      { categories: [fly, fly] },
    ]) {
      expect(() => encodeModelFile({ ...model, metadata: { ...metadata, ...wrong } })).toThrow(WeightError)
    }
  })

  it('names the keypoints that its model finds, and what to draw between them', () => {
    const flies = (keypoints: string[] | undefined, skeleton: [number, number][] = []) => {
      const architecture = keypointRcnnResnet50Fpn(3, 2)
      const categories = [
        { id: 1, name: 'fly', keypoints, skeleton },
        { id: 2, name: 'plant' },
      ]
      return { ...model, metadata: { ...model.metadata, architecture, categories } }
    }
    const file = flies(['head', 'tail'], [[1, 2]])
    expect(decodeModelFile(encodeModelFile(file)).metadata.categories).toEqual(file.metadata.categories)
    const message =
      'categories: the model file does not name every keypoint; expected the names of 2 keypoints'
    expect(() => decodeModelFile(encodeModelFile(flies(['head'])))).toThrow(message)
    expect(() => decodeModelFile(encodeModelFile(flies(undefined)))).toThrow(message)
    expect(() => decodeModelFile(encodeModelFile(flies(['head', 'tail'], [[1, 3]])))).toThrow(message)
  })

  it('describes a model made from another as it is now', () => {
    const { metadata, weights } = decodeModelFile(encodeModelFile(model))
    const resize = { kind: 'shortest-side', minSize: 99, maxSize: 333 } as const
    const architecture = {
      ...metadata.architecture,
      transform: { ...metadata.architecture.transform, resize },
    }
    const changed = decodeModelFile(encodeModelFile({ metadata: { ...metadata, architecture }, weights }))
    expect(changed.metadata.preprocessing.resize).toEqual(resize)
  })

  it('stores half floats on request, but not statistics, and reads them as float32', () => {
    const bytes = encodeModelFile(model, { float16: true })
    expect(bytes.length).toBeLessThan(encodeModelFile(model).length)
    const { weights } = decodeModelFile(bytes)
    expect(weights.get('head.weight')!.dtype).toBe('float32')
    // The half float nearest to 0.1 is 1638 / 2^14.
    expect(toNumbers(weights.get('head.weight')!)).toEqual([1, 1638 / 2 ** 14, -65504])
    expect(toNumbers(weights.get('bn1.running_var')!)).toEqual([Math.fround(1e-9)])
  })

  it('refuses weights that half floats cannot hold', () => {
    const weights = new Map([['a', float32([70000])]])
    expect(() => encodeModelFile({ ...model, weights }, { float16: true })).toThrow('a weight is too large')
  })
})

describe('a file that is no model', () => {
  it.each([
    ['cut short', encodeModelFile(model).slice(0, -3), 'cut short'],
    ['empty', new Uint8Array(0), 'cut short'],
    ['of other weights', encodeSafetensors(new Map([['a', float32([1])]])), 'do not say what model'],
    [
      'of a newer version',
      edited((json) => Object.assign(json, { formatVersion: 2 })),
      'expected 1, got 2. A newer',
    ],
    ['of no version', edited((json) => Object.assign(json, { formatVersion: undefined })), 'format version'],
    [
      'with a setting that does not exist',
      edited(({ architecture }) => Object.assign(architecture, { colour: 'red' })),
      'colour',
    ],
    [
      'with an impossible setting',
      edited(({ architecture }) => Object.assign(architecture, { numClasses: 0 })),
      'metadata.architecture.numClasses',
    ],
    [
      'with a setting beyond all use',
      edited(({ architecture }) => Object.assign(architecture.mask.pooling, { samplingRatio: 1000 })),
      'metadata.architecture.mask.pooling.samplingRatio: the model asks for too much; expected at most 16, got 1000',
    ],
    [
      'with more anchors than any level has',
      edited(({ architecture }) => Object.assign(architecture.anchors, { sizes: [Array(5000).fill(8)] })),
      'metadata.architecture.anchors.sizes.0: the model asks for too much; expected at most 32 entries, got 5000',
    ],
    [
      'with settings that multiply to too much',
      edited(({ architecture }) => Object.assign(architecture.box.pooling, { outputSize: 64 })),
      // 1000 proposals x 256 channels x 64 x 64
      'got 1048576000',
    ],
    [
      'with a weight that is no number',
      encodeModelFile({ ...model, weights: new Map([['bn1.bias', float32([0, Number.NaN])]]) }),
      'bn1.bias: weights are damaged; expected finite numbers, got NaN at element 1',
    ],
    [
      'with a class without a name',
      edited((json) => Object.assign(json, { categories: [] })),
      'expected 2, got 0',
    ],
    [
      'with two preprocessings',
      edited(({ preprocessing }) => Object.assign(preprocessing, { sizeDivisible: 64 })),
      'preprocessing',
    ],
  ])('%s is refused in one line that names it', (_, bytes, message) => {
    const read = () => decodeModelFile(bytes, 'cells.safetensors')
    expect(read).toThrow(WeightError)
    expect(read).toThrow(/^cells\.safetensors: [^\n]*$/)
    expect(read).toThrow(message)
  })
})
