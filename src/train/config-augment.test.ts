import { describe, expect, it } from 'vitest'
import { parseStoredConfig, resolveConfig } from './config.ts'

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
