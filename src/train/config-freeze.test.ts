import { describe, expect, it } from 'vitest'
import { buildModel } from '../models/catalogue.ts'
import { resolveConfig } from './config.ts'
import { architectureOf } from './config-model.ts'
import { phaseAfter, phasesOf } from './frozen-parts.ts'

const resolve = (freeze: object, more: object = {}) =>
  resolveConfig(
    {
      model: { name: 'mask-rcnn' },
      data: { train: { images: 'images', annotations: 'train.json' } },
      steps: 100,
      freeze,
      ...more,
    },
    { where: 'config.ts' },
  )

describe('freeze', () => {
  it.each([
    [
      { stages: 2, until: [1, 2, 3] },
      'freeze.until: there are fewer stages to free; expected a step for each of 2 frozen stages at most, got 3',
    ],
    [
      { stages: 2, until: [5, 4] },
      'freeze.until: deeper stages are freed first; expected rising steps, got 5, 4',
    ],
    [
      { stages: 0, features: 'disk' },
      'freeze.features: only what is frozen has features to keep; expected freeze.stages of at least 1, got 0',
    ],
    [
      { stages: 1, parts: ['rpn', 'roi_heads.mask_hed'] },
      'freeze.parts: the model has no such part; expected the beginning of names of its weights, up to a dot, got roi_heads.mask_hed. Did you mean roi_heads.mask_head?',
    ],
    [
      { stages: 0, parts: ['roi_heads.box_head.fc'] },
      'freeze.parts: the model has no such part; expected the beginning of names of its weights, up to a dot, got roi_heads.box_head.fc. Did you mean roi_heads.box_head.fc6?',
    ],
  ])('%j is refused', (freeze, message) => {
    expect(() => resolve(freeze)).toThrow(`config.ts: ${message}`)
  })

  const disk = { stages: 5, features: 'disk' }
  const side = { kind: 'shortest-side-range', from: 480, to: 480 }
  it.each([
    [{ crop: { height: 64, width: 64 } }, 'augment.crop'],
    [{ color: { brightness: 0.1 } }, 'augment.color'],
    [{ scale: { ...side, to: 600 } }, 'augment.scale'],
    [{ scale: { kind: 'shortest-side', minSize: [400, 480] } }, 'augment.scale'],
    [{ scale: { kind: 'jitter', from: 0.5, to: 2 }, crop: { height: 64, width: 64 } }, 'augment.'],
    [{ affine: { rotate: 10 } }, 'augment.affine'],
    [{ blur: { probability: 0.5 } }, 'augment.blur'],
  ])('keeps no features of images that %j changes', (augment, name) => {
    expect(() => resolve(disk, { augment })).toThrow(`got ${name}`)
  })

  it.each([
    [{}],
    [{ horizontalFlip: 0.5, verticalFlip: 0.5, quarterTurns: true }],
    [{ scale: side, color: { brightness: 0 } }],
    [{ scale: { kind: 'shortest-side', minSize: 480 } }],
  ])('keeps those of %j', (augment) => {
    expect(resolve(disk, { augment, planMemory: true }).freeze).toEqual({ ...disk, until: [], parts: [] })
  })

  it('names parts of any model that has them, also a head', () => {
    const parts = ['rpn', 'roi_heads.mask_head']
    expect(resolve({ stages: 0, parts }).freeze).toEqual({ stages: 0, features: 'none', until: [], parts })
  })
})

describe('phases', () => {
  const phasesFor = (freeze: object, layerDecay: number, fpn?: null) => {
    const c4 = { fpn, anchors: { sizes: [[32]], aspectRatios: [[1]] } }
    const model = { name: 'mask-rcnn', ...(fpn === null && c4) }
    const config = resolve(freeze, { model, optimizer: { layerDecay } })
    return phasesOf(buildModel(architectureOf(config.model, 2)), config)
  }

  it('free the deepest part first, and rates fall with the depth', () => {
    const phases = phasesFor({ stages: 6, until: [10, 10, 30] }, 0.5)
    const told = phases.map(({ from, to, stages }) => [from, to, stages])
    expect(told).toEqual([
      [0, 10, 6],
      [10, 30, 4],
      [30, Number.POSITIVE_INFINITY, 3],
    ])
    const body = (...parts: string[]) => parts.map((part) => `backbone.body.${part}`)
    expect(phases[2].frozen).toEqual(body('conv1', 'bn1', 'layer1', 'layer2'))
    expect(phases[2].groups).toEqual([
      { parts: body('conv1', 'bn1'), rate: 1 / 32, since: 0 },
      { parts: body('layer1'), rate: 1 / 16, since: 0 },
      { parts: body('layer2'), rate: 1 / 8, since: 0 },
      { parts: body('layer3'), rate: 1 / 4, since: 30 },
      { parts: body('layer4'), rate: 1 / 2, since: 10 },
      { parts: ['backbone.fpn'], rate: 1, since: 10 },
    ])
    expect([0, 1, 10, 11, 30, 31, 99].map((steps) => phaseAfter(phases, steps))).toEqual([
      0, 0, 0, 1, 1, 2, 2,
    ])
  })

  it('leave parts that are named frozen in all of them', () => {
    const phases = phasesFor({ stages: 1, until: [10], parts: ['rpn.head'] }, 1)
    expect(phases.map(({ frozen }) => frozen)).toEqual([
      ['backbone.body.conv1', 'backbone.body.bn1', 'rpn.head'],
      ['rpn.head'],
    ])
  })

  it('are one where nothing is freed, and without a pyramid the body is all there is', () => {
    const phases = phasesFor({ stages: 5 }, 1, null)
    expect(phases).toMatchObject([{ from: 0, to: Number.POSITIVE_INFINITY, stages: 5 }])
    expect(phases[0].groups).toHaveLength(5)
  })
})
