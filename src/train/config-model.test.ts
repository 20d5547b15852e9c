import { describe, expect, it } from 'vitest'
import { FASTER_RCNN } from '../models/faster-rcnn.ts'
import { MASK_RCNN, type MaskRcnnConfig } from '../models/mask-rcnn.ts'
import { maskRcnnResnet50C4, PRESETS } from '../models/presets.ts'
import { TWO_STAGE_DEFAULTS } from '../models/two-stage.ts'
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import { parseStoredConfig, resolveConfig } from './config.ts'
import { architectureOf, completeModel, type ModelSettings } from './config-model.ts'

describe('a model by the name of a preset', () => {
  it.each(Object.keys(PRESETS))('%s is that model', (name) => {
    const settings = { name } as ModelSettings
    expect(architectureOf(completeModel(settings), 3, 17)).toEqual(
      name === 'keypointrcnn_resnet50_fpn' ? { ...PRESETS[name](4), numKeypoints: 17 } : PRESETS[name](4),
    )
  })

  it('takes settings that differ', () => {
    const complete = completeModel({
      name: 'maskrcnn_resnet50_c4',
      box: { maxDetections: 7 },
      mask: { head: { width: 32 } },
    })
    const { box, mask, rpn } = architectureOf(complete, 1) as MaskRcnnConfig
    const preset = maskRcnnResnet50C4()
    expect(box).toEqual({ ...preset.box, maxDetections: 7 })
    expect(mask).toEqual({ ...preset.mask, head: { convs: 0, width: 32 } })
    expect(rpn).toEqual(preset.rpn)
  })

  it('stays without a pyramid in the file of a run', () => {
    const raw = {
      model: { name: 'maskrcnn_resnet50_c4' },
      data: { train: { images: 'images', annotations: 'train.json' } },
      steps: 10,
    }
    const resolved = resolveConfig(raw, { where: 'config.ts' })
    expect(resolved.model).toMatchObject({ name: 'mask-rcnn', fpn: null, box: { head: { kind: 'stage' } } })
    expect(parseStoredConfig(JSON.stringify(resolved), 'config.json')).toEqual(resolved)
  })
})

describe('a body of another name', () => {
  it('has its own settings, and the norm of the default', () => {
    const { backbone } = completeModel({ name: 'maskrcnn_resnet50_c4', backbone: { name: 'mobilenet_v2' } })
    expect(backbone).toEqual({ name: 'mobilenet_v2', norm: FROZEN_BATCH_NORM })
    expect(completeModel({ name: 'faster-rcnn', backbone: { stemWidth: 8 } }).backbone).toEqual({
      ...FASTER_RCNN.defaults.backbone,
      stemWidth: 8,
    })
  })

  it('is told what it has not', () => {
    const settings = { name: 'mask-rcnn', backbone: { name: 'mobilenet_v2', stemWidth: 8 } }
    expect(() => completeModel(settings as unknown as ModelSettings)).toThrow(
      'backbone.stemWidth is not a setting; expected one of name, norm, widthMultiplier, stageEnd, stages',
    )
  })
})

describe('settings of a model that each could be', () => {
  const refused = (model: object) => {
    const rest = { data: { train: { images: 'i', annotations: 'a' } }, steps: 1 }
    return () => resolveConfig({ model, ...rest }, { where: 'config.ts' })
  }

  it.each([
    [
      { name: 'faster-rcnn', backbone: { name: 'mobilenet_v2' } },
      'config.ts: model.anchors: there must be anchors for every feature map; expected a list of sizes and one of aspectRatios for each stride: 32, 32, 64, got 5',
    ],
    [
      { name: 'mask-rcnn', box: { head: { kind: 'stage' } } },
      'config.ts: model.box.head.kind: a feature pyramid leaves no stage of its body to the heads; expected mlp or conv, or model.fpn null, got stage',
    ],
    [
      { name: 'mask-rcnn', backbone: { name: 'resnet18', groups: 4 } },
      'config.ts: model.backbone: the blocks of this backbone have no groups',
    ],
    [
      { name: 'maskrcnn_resnet50_c4', box: { pooling: { reduce: 'max' } } },
      'config.ts: model.box.pooling.samplingRatio is wrong; expected at least 1 where the largest of the samples is kept, got 0',
    ],
    [
      { name: 'retinanet', anchors: { sizes: [[32], [64]], aspectRatios: [[1], [1]] } },
      'config.ts: model.anchors: there must be anchors for every feature map; expected a list of sizes and one of aspectRatios for each stride: 8, 16, 32, 64, 128, got 2',
    ],
    [{ name: 'retinanet', fpn: { extra: { kind: 'pool' } } }, 'for each stride: 8, 16, 32, 64, got 5'],
    [
      { name: 'retinanet', fpn: { extra: { kind: 'conv', of: 'P4' } } },
      'config.ts: model.fpn.extra.of is wrong; expected one of P5, C5, got "P4"',
    ],
    [
      { name: 'retinanet', retina: { scoreThreshold: 2 } },
      'config.ts: model.retina.scoreThreshold is wrong; expected a number of at most 1, got 2',
    ],
    [
      { name: 'retinanet', retina: { focal: { gamma: 1.5 } } },
      'config.ts: model.retina.focal.gamma is wrong; expected a whole number, got 1.5',
    ],
    [{ name: 'retinanet', rpn: {} }, 'config.ts: model.rpn is not a setting'],
  ])('%j', (model, message) => {
    expect(refused(model)).toThrow(message)
  })
})

it('leaves the defaults of a model to its own name', () => {
  expect(completeModel({ name: 'mask-rcnn' })).toEqual({ name: 'mask-rcnn', ...MASK_RCNN.defaults })
})

describe('settings of a model that cannot be', () => {
  it.each<[unknown, string]>([
    [
      { name: 'fcos', anchors: { sizes: [[32]] } },
      'model: anchors is not a setting; expected one of name, backbone, fpn, transform, fcos',
    ],
    [
      { name: 'retinanet', retina: { targets: { high: 0.3 } } },
      'model: retina.targets.low is wrong; expected at most high, got 0.4',
    ],
    [
      { name: 'fcos', fcos: { towers: { norm: { kind: 'groupNorm', epsilon: 0 } } } },
      'model: fcos.towers.norm.epsilon is wrong; expected above 0 where statistics are taken of maps, which may be the same everywhere, got 0',
    ],
    [
      { name: 'fcos', fcos: { towers: { norm: { kind: 'batchNorm', groups: 8 } } } },
      'model: fcos.towers.norm.groups is wrong; expected none, but for groupNorm, got 8',
    ],
  ])('%j is refused', (settings, told) => {
    expect(() => completeModel(settings as ModelSettings)).toThrow(told)
  })
})

describe('the architecture of a model', () => {
  it("is torchvision's where nothing else is said", () => {
    expect(architectureOf(completeModel({ name: 'faster-rcnn' }), 3)).toEqual({
      model: 'faster-rcnn',
      numClasses: 4,
      ...TWO_STAGE_DEFAULTS,
    })
  })

  it('changes what is said and nothing beside it', () => {
    const architecture = architectureOf(
      completeModel({
        name: 'mask-rcnn',
        fpn: { channels: 64 },
        rpn: { training: { preNmsTopN: 500 } },
        box: { head: { kind: 'mlp', width: 32 } },
        mask: { head: { convs: 2 } },
      }),
      1,
    )
    expect(architecture).toEqual({
      ...TWO_STAGE_DEFAULTS,
      model: 'mask-rcnn',
      numClasses: 2,
      fpn: { channels: 64 },
      rpn: { ...TWO_STAGE_DEFAULTS.rpn, training: { preNmsTopN: 500, postNmsTopN: 2000 } },
      box: { ...TWO_STAGE_DEFAULTS.box, head: { kind: 'mlp', width: 32 } },
      mask: {
        pooling: { outputSize: 14, samplingRatio: 2, aligned: false },
        head: { convs: 2, width: 256 },
      },
    })
  })
})
