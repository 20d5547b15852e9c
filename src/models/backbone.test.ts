import { describe, expect, it } from 'vitest'
import type { Node } from '../graph/op.ts'
import { input, type Value } from '../graph/value.ts'
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import { asInputs, rootScope } from '../nn/scope.ts'
import { add } from '../ops/elementwise.ts'
import { backboneOf } from './backbone.ts'
import type { BodyConfig } from './bodies/bodies.ts'
import { backboneOfModel, buildModel, type ModelConfig } from './catalogue.ts'
import {
  fasterRcnnMobilenetV3LargeFpn,
  fcosResnet50Fpn,
  maskRcnnResnet50C4,
  maskRcnnResnet50Fpn,
  retinanetResnet50Fpn,
} from './presets.ts'

const preset = maskRcnnResnet50C4(3)
const small = { ...preset, backbone: { ...preset.backbone, stemWidth: 4 } } as typeof preset

/** How often the sum of a training step's losses runs the layer of this path. */
function uses(config: ModelConfig, path: string): number {
  const model = buildModel(config)
  const size = { images: 2, height: 64, width: 96, instances: 3 }
  const { losses } = model.losses(rootScope(asInputs().resolve, 'batch'), {
    images: input('images', 'float32', [2, 3, 64, 96]),
    imageSizes: input('sizes', 'float32', [2, 2]),
    boxes: input('boxes', 'float32', [2, 3, 4]),
    labels: input('labels', 'int64', [2, 3]),
    masks: input('masks', 'uint8', [2, 3, 64, 96]),
    random: new Map(
      Object.entries(model.draws).map(([name, count]) => [name, input(name, 'float32', [2, count(size)])]),
    ),
  })
  const seen = new Set<Node>()
  const open: Value[] = [Object.values(losses).reduce((a, b) => add(a, b))]
  while (open.length > 0) {
    const { source } = open.pop()!
    if (source.kind !== 'node' || seen.has(source.node)) continue
    seen.add(source.node)
    for (const value of source.node.inputs) if (value) open.push(value)
  }
  return [...seen].filter(({ op, path: at }) => op.name === 'Conv' && at.endsWith(path)).length
}

describe('C4', () => {
  it('has one map, of stride 16 and 1024 channels, and regions of 2048 on half the cells', () => {
    const { strides, channels, regions } = backboneOf(preset)
    expect(strides).toEqual([16])
    expect(channels).toBe(1024)
    expect(regions.channels).toBe(2048)
    expect(regions.side(14)).toBe(7)
  })

  it('runs the last stage once on positives for boxes and masks, and once on negatives', () => {
    expect(uses(small, 'layer4.0.conv2')).toBe(2)
    expect(uses(small, 'layer3.0.conv2')).toBe(1)
  })

  it('runs it once more on masks that are pooled otherwise', () => {
    const pooling = { ...small.mask.pooling, samplingRatio: 2 }
    expect(uses({ ...small, mask: { ...small.mask, pooling } }, 'layer4.0.conv2')).toBe(3)
  })

  it('needs a stage that is left for the heads', () => {
    const backbone = (stages: number[]) => ({ ...preset, backbone: { ...preset.backbone, stages } })
    expect(() => backboneOf(backbone([3]))).toThrow(
      'model.backbone.stages: the maps cannot be made of these stages of the backbone; expected a stage before the last of 0 to 3, got 3',
    )
    expect(() => backboneOf(backbone([1, 2]))).toThrow('expected one of 0 to 3, got 1, 2')
    expect(backboneOf(backbone([1])).strides).toEqual([8])
  })

  it('is no choice on a pyramid', () => {
    const pyramid = maskRcnnResnet50Fpn()
    expect(() => backboneOf({ ...pyramid, box: { ...pyramid.box, head: { kind: 'stage' } } })).toThrow(
      'model.box.head.kind: a feature pyramid leaves no stage of its body to the heads; expected mlp or conv, or model.fpn null, got stage',
    )
  })
})

describe('a pyramid', () => {
  it('has the strides of the stages it stands on, and twice the last', () => {
    expect(backboneOf(maskRcnnResnet50Fpn()).strides).toEqual([4, 8, 16, 32, 64])
    expect(backboneOf(fasterRcnnMobilenetV3LargeFpn()).strides).toEqual([32, 32, 64])
  })

  it.each([
    ['P5', 16],
    ['C5', 64],
  ] as const)(
    'has two levels more by convolutions of %s, which regions are not pooled from',
    (of, inChannels) => {
      const made = backboneOf({
        backbone: { name: 'resnet18', stemWidth: 8, norm: FROZEN_BATCH_NORM, stages: [1, 2, 3] },
        fpn: { channels: 16, extra: { kind: 'conv', of } },
      })
      expect(made.strides).toEqual([8, 16, 32, 64, 128])
      const wanted = asInputs()
      const scope = rootScope(wanted.resolve, 'running')
      const { all, pooled } = made.features(scope)(input('images', 'float32', [1, 3, 96, 160]))
      expect(all.map(({ value, stride }) => [stride, ...value.shape])).toEqual([
        [8, 1, 16, 12, 20],
        [16, 1, 16, 6, 10],
        [32, 1, 16, 3, 5],
        [64, 1, 16, 2, 3],
        [128, 1, 16, 1, 2],
      ])
      expect(pooled).toEqual(all.slice(0, 3))
      expect(wanted.specs.get('fpn.extra_blocks.p6.weight')!.shape).toEqual([16, inChannels, 3, 3])
      expect(wanted.specs.get('fpn.extra_blocks.p7.weight')!.shape).toEqual([16, 16, 3, 3])
      expect([...scope.taps.keys()].slice(-2)).toEqual(['features.p6', 'features.p7'])
    },
  )

  it('stands on all stages of a VoVNet, and on those of a MobileNet that end with a stride', () => {
    const { norm } = preset.backbone
    const on = (backbone: BodyConfig) => backboneOf({ backbone, fpn: { channels: 16 } }).strides
    expect(on({ name: 'vovnet39', norm })).toEqual([4, 8, 16, 32, 64])
    expect(on({ name: 'mobilenet_v2', norm, stageEnd: 'last' })).toEqual([4, 8, 16, 32, 64])
    expect(on({ name: 'mobilenet_v2', norm, stageEnd: 'last', stages: [2, 3, 4] })).toEqual([8, 16, 32, 64])
  })

  it('needs images that a VoVNet, which rounds odd sides down, can halve to the end', () => {
    const { box, transform, fpn } = maskRcnnResnet50Fpn()
    const on = (name: 'vovnet39' | 'resnet18', sizeDivisible: number) => {
      const backbone = { name, norm: FROZEN_BATCH_NORM }
      return backboneOf({ backbone, fpn, box, transform: { ...transform, sizeDivisible } })
    }
    expect(() => on('vovnet39', 48)).toThrow(
      'model.transform.sizeDivisible: images must be padded to sides that the backbone can halve to the end; expected a multiple of 32, got 48',
    )
    for (const made of [on('vovnet39', 64), on('resnet18', 1)])
      expect(made.strides).toEqual([4, 8, 16, 32, 64])
  })

  it.each(['mobilenet_v2', 'mobilenet_v3_large', 'vovnet39', 'resnet18'] as const)(
    'of one stage stands on one stage of %s for each stride from 8 on',
    (name) => {
      const backbone = { name, norm: FROZEN_BATCH_NORM } as BodyConfig
      for (const config of [retinanetResnet50Fpn(3), fcosResnet50Fpn(3)])
        expect(backboneOfModel({ ...config, backbone }).strides).toEqual([8, 16, 32, 64, 128])
    },
  )

  it('of one stage without anchors has no two maps of one stride', () => {
    const norm = FROZEN_BATCH_NORM
    expect(() =>
      buildModel({ ...fcosResnet50Fpn(3), backbone: { name: 'mobilenet_v2', norm, stages: [4, 5] } }),
    ).toThrow(
      'model.backbone.stages: two maps of one stride would stand for the same objects; expected stages of different strides, got strides 32, 32, 64, 128',
    )
  })

  it('refuses stages that are not there or fall', () => {
    const { backbone, ...rest } = maskRcnnResnet50Fpn()
    for (const stages of [[2, 1], [0, 4], []]) {
      expect(() => backboneOf({ ...rest, backbone: { ...backbone, stages } })).toThrow(
        'expected some, rising, of 0 to 3',
      )
    }
  })

  it('stands on stages whose strides double, or are the same', () => {
    const on = (stages: number[]) =>
      backboneOf({ ...maskRcnnResnet50Fpn(3), backbone: { ...preset.backbone, stages } }).strides
    expect(on([1, 2])).toEqual([8, 16, 32])
    expect(() => on([0, 2, 3])).toThrow(
      'model.backbone.stages: the maps cannot be made of these stages of the backbone; expected some whose strides double, of 0 to 3, got 0, 2, 3',
    )
  })
})
