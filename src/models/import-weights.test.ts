import { describe, expect, it } from 'vitest'
import { thinModelFile } from '../../test/thin-model.ts'
import { float32, type Tensor } from '../tensor/tensor.ts'
import { memorySource } from '../weights/byte-source.ts'
import { readWeights } from '../weights/read-weights.ts'
import { encodeSafetensors } from '../weights/safetensors.ts'
import { encodeTorch } from '../weights/torch/torch-writer.ts'
import { exportWeights } from './export-weights.ts'
import { importWeights } from './import-weights.ts'
import { decodeModelFile } from './model-file.ts'

const MODEL = decodeModelFile(thinModelFile())
const OPTIONS = {
  architecture: MODEL.metadata.architecture,
  categories: MODEL.metadata.categories,
  licence: 'MIT',
  source: 'test',
}
const opened = (bytes: Uint8Array) => readWeights(memorySource('w', bytes))

/** As torchvision's releases before 0.13 called layers. */
function oldName(name: string): string {
  return name
    .replace(/_blocks\.(\d)\.0\./, '_blocks.$1.')
    .replace('rpn.head.conv.0.0.', 'rpn.head.conv.')
    .replace('roi_heads.mask_head.0.0.', 'roi_heads.mask_head.mask_fcn1.')
}

function renamedFile(rename: (name: string) => string, more: [string, Tensor][] = []) {
  const weights = [...MODEL.weights].map(([name, tensor]) => [rename(name), tensor] as const)
  return opened(encodeTorch(new Map<string, Tensor>([...weights, ...more])))
}

it('goes to PyTorch and comes back as it was', async () => {
  const { tensors } = exportWeights(MODEL)
  const file = await opened(encodeTorch(tensors))
  expect(file.format).toBe('pytorch zip')
  const { bytes, convention } = await importWeights(file, OPTIONS)
  const back = decodeModelFile(bytes)
  expect(convention).toBe('torchvision')
  expect(back.metadata.architecture).toEqual(MODEL.metadata.architecture)
  for (const [name, { data }] of MODEL.weights) expect(back.weights.get(name)!.data, name).toEqual(data)
})

it('knows the names of older releases, counters and wrappers', async () => {
  const counter: [string, Tensor] = ['module.backbone.body.bn1.num_batches_tracked', float32([3])]
  const file = await renamedFile((name) => `module.${oldName(name)}`, [counter])
  const { bytes, dropped, weights } = await importWeights(file, { ...OPTIONS, normEpsilon: 0 })
  expect(dropped).toEqual([counter[0]])
  expect(weights).toBe(MODEL.weights.size)
  const { metadata, weights: found } = decodeModelFile(bytes)
  expect(metadata.architecture.backbone.norm.epsilon).toBe(0)
  const name = 'roi_heads.mask_head.0.0.weight'
  expect(found.get(name)!.data).toEqual(MODEL.weights.get(name)!.data)
})

it('takes what is said of these weights alone', async () => {
  const file = await opened(encodeTorch(exportWeights(MODEL).tensors))
  const own = { normEpsilon: 0, scalePrecision: 'float32' } as const
  const { architecture } = decodeModelFile((await importWeights(file, { ...OPTIONS, ...own })).bytes).metadata
  const { backbone, transform } = MODEL.metadata.architecture
  expect(architecture.backbone).toEqual({ ...backbone, norm: { ...backbone.norm, epsilon: 0 } })
  expect(architecture.transform).toEqual({ ...transform, scalePrecision: 'float32' })
})

describe('refuses', () => {
  it('weights of a larger model, all of whose own would fit', async () => {
    const file = await renamedFile((name) => name, [['backbone.body.layer1.2.conv1.weight', float32([1])]])
    await expect(importWeights(file, OPTIONS)).rejects.toThrow(
      'with others that the model has not: backbone.body.layer1.2.conv1.weight',
    )
  })

  it('a missing weight, with the name that may be meant', async () => {
    const file = await renamedFile((name) => name.replace('fc7.bias', 'fc_7.bias'))
    await expect(importWeights(file, OPTIONS)).rejects.toThrow(
      'without roi_heads.box_head.fc7.bias (is it roi_heads.box_head.fc_7.bias?)',
    )
  })

  it('categories of another number than the classes', async () => {
    const file = await renamedFile((name) => name)
    const categories = [{ id: 1, name: 'leaf' }]
    await expect(importWeights(file, { ...OPTIONS, categories })).rejects.toThrow(
      'They are of 3 classes with the background, the categories make 2',
    )
  })

  it('a preset of another publication, of equal shapes and other anchors', async () => {
    const file = await renamedFile((name) => name)
    const architecture = 'mask_rcnn_R_50_FPN'
    await expect(importWeights(file, { ...OPTIONS, architecture })).rejects.toThrow(
      'mask_rcnn_R_50_FPN is a preset for weights of detectron2; expected the names of detectron2, got those of torchvision',
    )
  })

  it('numbers that are not finite, and presets that do not exist', async () => {
    const name = 'roi_heads.box_head.fc7.bias'
    const damaged = new Map<string, Tensor>(MODEL.weights)
    damaged.set(name, float32(Array(32).fill(Number.NaN)))
    await expect(importWeights(await opened(encodeSafetensors(damaged)), OPTIONS)).rejects.toThrow(name)
    const file = await opened(encodeSafetensors(MODEL.weights))
    await expect(importWeights(file, { ...OPTIONS, architecture: 'maskrcnn_resnet50_fp' })).rejects.toThrow(
      'there is no such preset; expected maskrcnn_resnet50_fpn',
    )
  })
})

it('says which settings PyTorch has to be told', () => {
  const { nearest, differing } = exportWeights(MODEL)
  expect(nearest).toBe('maskrcnn_resnet50_fpn')
  expect(differing).toContain('backbone.name "resnet18"')
  expect(differing).toContain('box.maxDetections 5')
  expect(differing.some((setting) => setting.startsWith('rpn'))).toBe(false)
})
