import { describe, expect, it } from 'vitest'
import type { MaskRcnnConfig } from '../models/mask-rcnn.ts'
import { resolveConfig } from './config.ts'

const lite0 = (more: object = {}) => ({ name: 'efficientnet_lite0', ...more })

function resolve(model: object, more: object = {}) {
  const data = { train: { images: 'i', annotations: 'a' } }
  const raw = { model: { name: 'mask-rcnn', ...model }, data, steps: 1, pretrained: 'imagenet', ...more }
  return resolveConfig(raw, { where: 'config.ts' })
}

describe('a pretrained body', () => {
  it('has the norms and the images of its weights', () => {
    const model = resolve({ backbone: lite0() }).model as unknown as MaskRcnnConfig
    expect(model.backbone.norm).toEqual({ kind: 'frozenBatchNorm', epsilon: 1e-3 })
    // (byte - 127) / 128
    const { mean, std } = model.transform
    expect((200 / 255 - mean[0]) / std[0]).toBeCloseTo((200 - 127) / 128, 12)
    expect([mean, std].map((values) => new Set(values).size)).toEqual([1, 1])
  })

  it('may learn its norms, and be shown other images', () => {
    const backbone = lite0({ norm: { kind: 'batchNorm' } })
    const transform = { mean: [0, 0, 0] }
    const model = resolve({ backbone, transform }).model as unknown as MaskRcnnConfig
    expect(model.backbone.norm).toEqual({ kind: 'batchNorm', epsilon: 1e-3 })
    expect(model.transform.mean).toEqual([0, 0, 0])
  })

  it('leaves images and other norms alone where it starts from random numbers', () => {
    const backbone = lite0({ norm: { kind: 'groupNorm', groups: 8 } })
    const model = resolve({ backbone }, { pretrained: null }).model as unknown as MaskRcnnConfig
    expect(model.backbone.norm).toEqual({ kind: 'groupNorm', groups: 8, epsilon: 1e-5 })
    expect(model.transform.mean).toEqual([0.485, 0.456, 0.406])
  })

  it.each([
    [
      { norm: { kind: 'groupNorm', groups: 8 } },
      'config.ts: model.backbone.norm.kind: the weights of imagenet do not fit this body; expected frozenBatchNorm or batchNorm, as they were trained with, got groupNorm',
    ],
    [
      { norm: { kind: 'batchNorm', epsilon: 1e-5 } },
      'model.backbone.norm.epsilon: the weights of imagenet do not fit this body; expected 0.001, got 0.00001',
    ],
    [
      { widthMultiplier: 0.5 },
      'model.backbone.widthMultiplier: the weights of imagenet do not fit this body; expected 1, got 0.5',
    ],
    [
      { name: 'efficientnet_lite1' },
      'model.backbone.name: the weights of imagenet do not fit this body; expected efficientnet_lite0, got efficientnet_lite1',
    ],
  ])('refuses %j', (more, message) => {
    expect(() => resolve({ backbone: lite0(more) })).toThrow(message)
  })

  it('refuses the default body, and a second file of weights', () => {
    expect(() => resolve({})).toThrow('expected efficientnet_lite0, got resnet50')
    expect(() => resolve({ backbone: lite0() }, { initialWeights: 'mine.safetensors' })).toThrow(
      'config.ts: a training starts from one file of weights; expected pretrained or initialWeights, got both',
    )
  })

  it('has its first stages frozen by a recipe', () => {
    expect(resolve({ backbone: lite0() }, { recipe: 'mask-rcnn-1x' }).freeze).toMatchObject({ stages: 2 })
  })
})
