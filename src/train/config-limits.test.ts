import { describe, expect, it } from 'vitest'
import { ConfigError } from '../errors.ts'
import { resolveConfig } from './config.ts'

const SMALLEST = {
  model: { name: 'mask-rcnn' },
  data: { train: { images: 'images', annotations: 'train.json' } },
  steps: 1,
}

describe('data.intensity', () => {
  const resolve = (intensity: unknown) =>
    resolveConfig({ ...SMALLEST, data: { ...SMALLEST.data, intensity } }, { where: 'config.ts' }).data
      .intensity

  it('is auto, full, or the values of black and white', () => {
    expect([undefined, 'full', [4000, 100]].map(resolve)).toEqual(['auto', 'full', [4000, 100]])
  })

  it.each(['bright', [5], [5, 5], '100:4000', 7])('is not %j', (intensity) => {
    expect(() => resolve(intensity)).toThrow(
      `config.ts: data.intensity is wrong; expected auto, full, or a list of two different numbers, those of black and white, got ${JSON.stringify(intensity)}`,
    )
  })
})

describe('a number out of its range', () => {
  const inTransform = (resize: object) => ({
    ...SMALLEST,
    model: { name: 'mask-rcnn', transform: { resize } },
  })
  it.each([
    [
      { ...SMALLEST, model: { name: 'mask-rcnn', box: { boxWeights: [10, -1, 5, 5] } } },
      'model.box.boxWeights[1] is wrong; expected a number above 0, got -1',
    ],
    [
      { ...SMALLEST, model: { name: 'mask-rcnn', backbone: { norm: { epsilon: -1 } } } },
      'model.backbone.norm.epsilon is wrong; expected a number of at least 0, got -1',
    ],
    [
      inTransform({ kind: 'shortest-side', minSize: 8, maxSize: 0 }),
      'model.transform.resize.maxSize is wrong; expected a whole number above 0, got 0',
    ],
    [
      { ...SMALLEST, augment: { scale: { kind: 'shortest-side', minSize: 0 } } },
      'augment.scale.minSize is wrong; expected a whole number of at least 1, got 0',
    ],
    [
      { ...SMALLEST, augment: { copyPaste: { probability: 1.5 } } },
      'augment.copyPaste.probability is wrong; expected a number of at most 1, got 1.5',
    ],
    [
      { ...SMALLEST, augment: { scale: { kind: 'jitter', from: 0.1, to: 200 } } },
      'augment.scale.to is wrong; expected a number of at most 32, got 200',
    ],
  ])('%# is told as a number, in lists, with defaults and beside lists alike', (raw, message) => {
    expect(() => resolveConfig(raw, { where: 'config.ts' })).toThrow(`config.ts: ${message}`)
  })
})

it.each([
  [{ model: { name: { toString: null } } }, 'model.name is wrong'],
  [{ augment: { scale: { kind: { toString: null } } } }, 'augment.scale.kind is wrong'],
])('a name that is no text is told: %j', (more, message) => {
  const resolve = () => resolveConfig({ ...SMALLEST, ...more }, { where: 'config.ts' })
  expect(resolve).toThrow(ConfigError)
  expect(resolve).toThrow(message)
})

describe('a setting beyond all use', () => {
  it.each([
    [
      { ...SMALLEST, batchSize: 1e6 },
      'config.ts: batchSize is wrong; expected a whole number of at most 1024, got 1000000',
    ],
    [
      { ...SMALLEST, averageBest: 1 },
      'averageBest is wrong; expected a whole number of at least 2 or null, got 1',
    ],
    [
      { ...SMALLEST, averageBest: 500 },
      'averageBest is wrong; expected a whole number of at most 100 or null, got 500',
    ],
    [
      { ...SMALLEST, earlyStop: { patience: 0 } },
      'earlyStop.patience is wrong; expected a whole number of at least 1, got 0',
    ],
    [
      { ...SMALLEST, earlyStop: { patience: 3 }, averageBest: 2 },
      'earlyStop needs images to evaluate on; expected data.val, got none. Set data.val, or leave earlyStop out (2) averageBest needs images to evaluate on',
    ],
    [
      { ...SMALLEST, groupByAspect: true, augment: { crop: { height: 64, width: 64 } } },
      'config.ts: groupByAspect needs images that keep their shape; expected neither augment.crop nor augment.quarterTurns, got one of them. Leave these out, or leave groupByAspect out',
    ],
    [
      { ...SMALLEST, accumulate: 0 },
      'config.ts: accumulate is wrong; expected a whole number of at least 1, got 0',
    ],
    [
      { ...SMALLEST, accumulate: 5000 },
      'config.ts: accumulate is wrong; expected a whole number of at most 1024, got 5000',
    ],
    [
      { ...SMALLEST, workers: 1000 },
      'config.ts: workers is wrong; expected a whole number of at most 256, got 1000',
    ],
    [
      { ...SMALLEST, augment: { crop: { height: 320, width: 1e5 } } },
      'config.ts: augment.crop.width is wrong; expected a whole number of at most 4096, got 100000',
    ],
    [
      { ...SMALLEST, model: { name: 'mask-rcnn', mask: { pooling: { samplingRatio: 1e8 } } } },
      'config.ts: model.mask.pooling.samplingRatio is wrong; expected a whole number of at most 16, got 100000000',
    ],
    [
      { ...SMALLEST, model: { name: 'mask-rcnn', box: { pooling: { outputSize: 64 } } } },
      // 1000 proposals of 64 x 64 cells with 256 channels
      'config.ts: model.rpn.inference.postNmsTopN, model.box.targets.size, model.fpn.channels, model.box.pooling: ' +
        'the model asks for too much memory for the features of all proposals; expected at most 536870912 numbers, got 1048576000',
    ],
  ])('%# is refused with its limit', (raw, message) => {
    const resolve = () => resolveConfig(raw, { where: 'config.ts' })
    expect(resolve).toThrow(ConfigError)
    expect(resolve).toThrow(message)
  })
})
