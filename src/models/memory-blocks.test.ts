import { describe, expect, it } from 'vitest'
import { tooLarge } from './catalogue.ts'
import { CENTERMASK_PRESETS } from './centermask-presets.ts'
import type { FasterRcnnConfig } from './faster-rcnn.ts'
import type { FcosConfig } from './fcos.ts'
import { MOST_NUMBERS } from './memory-blocks.ts'
import { maskRcnnResnet50FpnV2, PRESETS } from './presets.ts'
import type { RetinaNetConfig } from './retinanet.ts'

describe('tooLarge', () => {
  it.each(Object.keys(PRESETS))('lets %s pass with the 1204 classes of LVIS', (name) => {
    expect(tooLarge(PRESETS[name](1204))).toBeUndefined()
  })

  const model = maskRcnnResnet50FpnV2(91)
  const center = CENTERMASK_PRESETS.centermask_V_39_eSE_FPN_ms_3x(91)
  const fcos = PRESETS.fcos_resnet50_fpn(6000) as FcosConfig
  const retina = PRESETS.retinanet_resnet50_fpn(1204) as RetinaNetConfig
  const boxes = PRESETS.fasterrcnn_resnet50_fpn(91) as FasterRcnnConfig
  const pooling = { outputSize: 64, samplingRatio: 2, aligned: false }
  it.each([
    // 1000 proposals of 64 x 64 cells with 256 channels.
    ['features of all proposals', 1000 * 64 * 64 * 256, { ...model, box: { ...model.box, pooling } }],
    // The mask head doubles the side: 128 x 128 for 100 detections and 91 classes, 256 channels being more.
    [
      'masks of all detections',
      100 * 128 * 128 * 512,
      { ...model, mask: { pooling, head: { convs: 4, width: 512 } } },
    ],
    [
      'first feature map',
      2048 * 2048 * 256,
      {
        ...model,
        backbone: { ...model.backbone, stemWidth: 256 },
        transform: { ...model.transform, resize: { kind: 'fixed', height: 4096, width: 4096 } as const },
      },
    ],
    // A quarter of the sampled regions are of objects, 64 x 64 cells with 256 channels each.
    [
      'features of all sampled regions',
      5000 * 64 * 64 * 256,
      {
        ...center,
        regions: { ...center.regions, targets: { ...center.regions.targets, size: 20_000 } },
        mask: { ...center.mask, pooling },
      },
    ],
    // A square picture becomes one of 4096 x 4096.
    [
      'first feature map',
      2048 * 2048 * 256,
      {
        ...model,
        backbone: { ...model.backbone, stemWidth: 256 },
        transform: {
          ...model.transform,
          resize: { kind: 'shortest-side', minSize: 4096, maxSize: 8192 } as const,
        },
      },
    ],
    // Five maps of 20,000 candidates each, at work and in training.
    ['scores of all candidates', 100_000 * 6000, { ...fcos, fcos: { ...fcos.fcos, candidates: 20_000 } }],
    [
      'scores of all candidates',
      100_000 * 6000,
      { ...center, numClasses: 6000, regions: { ...center.regions, candidates: 20_000 } },
    ],
    // Strides 8 to 128 of 1600 x 1600: 40,000 + 10,000 + 2500 + 625 + 169 cells of nine anchors.
    [
      'scores of all anchors',
      53_294 * 9 * 1204,
      {
        ...retina,
        transform: { ...retina.transform, resize: { kind: 'fixed', height: 1600, width: 1600 } as const },
      },
    ],
    ['weights of all anchors', 8192 * 9 * 9 * 1204, { ...retina, fpn: { ...retina.fpn, channels: 8192 } }],
    [
      'weights of the first linear layer of boxes',
      256 * 64 * 64 * 1024,
      {
        ...boxes,
        box: { ...boxes.box, pooling, targets: { ...boxes.box.targets, size: 64 } },
        rpn: { ...boxes.rpn, inference: { preNmsTopN: 100, postNmsTopN: 100 } },
      },
    ],
    [
      'weights of the first linear layer of the scores',
      512 * 32 * 32 * 2048,
      { ...center, mask: { ...center.mask, pooling }, maskIou: { convs: 4, width: 512, linearWidth: 2048 } },
    ],
  ])('names the %s', (what, numbers, config) => {
    expect(numbers).toBeGreaterThan(MOST_NUMBERS)
    expect(tooLarge(config)).toMatchObject({ what: expect.stringContaining(what), numbers })
  })
})
