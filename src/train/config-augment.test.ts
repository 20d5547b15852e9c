import { describe, expect, it } from 'vitest'
import { drawScale } from '../data/augment/resize.ts'
import { random } from '../tensor/random.ts'
import { parseStoredConfig, resolveConfig } from './config.ts'
import { requireSameRun } from './config-parts.ts'

const SMALLEST = {
  model: { name: 'mask-rcnn' },
  data: { train: { images: 'images', annotations: 'train.json' } },
  steps: 10,
}
const resolve = (raw: unknown) => resolveConfig(raw, { where: 'config.ts' })

describe('augment.scale of kind jitter', () => {
  const scale = { kind: 'jitter', from: 0.1, to: 2 }
  const model = {
    name: 'mask-rcnn',
    transform: { resize: { kind: 'shortest-side', minSize: 320, maxSize: 500 } },
  }
  const scaleOf = (more: object) =>
    resolve({ ...SMALLEST, model, augment: { scale: { ...scale, ...more } } }).augment.scale

  it('is of the size that the model sees, unless another is given', () => {
    expect(scaleOf({})).toEqual({ ...scale, resize: model.transform.resize })
    expect(scaleOf({ resize: { kind: 'keep' } })).toEqual({ ...scale, resize: { kind: 'keep' } })
    const stored = resolve({ ...SMALLEST, model, augment: { scale } })
    expect(parseStoredConfig(JSON.stringify(stored), 'config.json')).toEqual(stored)
  })
})

describe('parts of the augmentation', () => {
  it('have defaults for all but their probability', () => {
    const probability = 0.5
    const chance = { probability }
    const augment = {
      ...{ blur: chance, noise: { ...chance, gaussian: 4 }, cutout: chance, jpeg: chance, mosaic: chance },
      affine: { rotate: 20 },
      scale: null,
    }
    const stored = resolve({ ...SMALLEST, augment })
    expect(stored.augment).toEqual({
      ...{ quarterTurns: false, horizontalFlip: 0, verticalFlip: 0, mosaic: chance },
      blur: { probability, sigma: 2 },
      noise: { probability, gaussian: 4, poisson: 0 },
      cutout: { probability, count: 1, size: 0.3 },
      jpeg: { probability, quality: 30 },
      affine: { rotate: 20, scale: 0, shear: 0, translate: 0 },
      scale: null,
    })
    expect(parseStoredConfig(JSON.stringify(stored), 'config.json')).toEqual(stored)
  })

  it.each([
    [{ affine: { rotate: 200 } }, 'affine.rotate is wrong; expected a number of at most 180, got 200'],
    [{ affine: { scale: 1 } }, 'affine.scale is wrong; expected a number below 1, got 1'],
    [{ affine: { shear: 90 } }, 'affine.shear is wrong; expected a number of at most 60, got 90'],
    [{ blur: { sigma: 2 } }, 'blur.probability is missing; expected a number'],
    [{ blur: { probability: 1, sigma: 99 } }, 'blur.sigma is wrong; expected a number of at most 32, got 99'],
    [{ mosaic: { probability: 2 } }, 'mosaic.probability is wrong; expected a number of at most 1, got 2'],
    [
      { noise: { probability: 1, gaussian: 300 } },
      'noise.gaussian is wrong; expected a number of at most 255',
    ],
    [
      { cutout: { probability: 1, count: 0 } },
      'cutout.count is wrong; expected a whole number of at least 1',
    ],
    [
      { jpeg: { probability: 1, quality: 0 } },
      'jpeg.quality is wrong; expected a whole number of at least 1',
    ],
  ])('%j is told', (augment, message) => {
    expect(() => resolve({ ...SMALLEST, augment })).toThrow(`config.ts: augment.${message}`)
  })
})

describe('augment.scale left out', () => {
  const scaleOf = (more: object) =>
    resolveConfig({ ...SMALLEST, ...more }, { where: 'config.ts' }).augment.scale
  const model = (resize: object) => ({ model: { name: 'mask-rcnn', transform: { resize } } })

  it('is the size at which the model sees images; null is their own', () => {
    const fixed = { kind: 'fixed', height: 64, width: 96 } as const
    const scale = { kind: 'jitter', from: 1, to: 1, resize: fixed } as const
    expect(scaleOf(model(fixed))).toEqual(scale)
    expect(drawScale(scale, { height: 10, width: 10 }, { height: 1, width: 1 }, random(1))).toEqual({
      height: 64,
      width: 96,
    })
    expect(scaleOf({ ...model(fixed), augment: { scale: null } })).toBeNull()
    expect(scaleOf(model({ kind: 'keep' }))).toBeNull()
  })

  it('was that of the images in runs of before, which go on as they are with null', () => {
    const { augment, ...rest } = resolveConfig(SMALLEST, { where: 'config.ts' })
    const { scale: _, ...stored } = augment
    const text = JSON.stringify({ ...rest, augment: stored })
    expect(parseStoredConfig(text, 'config.json').augment.scale).toBeNull()
    const own = resolveConfig({ ...SMALLEST, augment: { scale: null } }, { where: 'config.ts' })
    expect(() => requireSameRun(text, own, 'config.json')).not.toThrow()
    expect(() => requireSameRun(text, { ...rest, augment }, 'config.json')).toThrow(
      'augment.scale is not what the run was started with; expected null',
    )
  })
})
