import { describe, expect, it } from 'vitest'
import { tooLarge } from './catalogue.ts'
import { CENTERMASK_PRESETS } from './centermask-presets.ts'
import { MOST_NUMBERS } from './memory-blocks.ts'
import { maskRcnnResnet50FpnV2, PRESETS } from './presets.ts'

describe('tooLarge', () => {
  it.each(Object.keys(PRESETS))('lets %s pass with the 1204 classes of LVIS', (name) => {
    expect(tooLarge(PRESETS[name](1204))).toBeUndefined()
  })

  const model = maskRcnnResnet50FpnV2(91)
  const center = CENTERMASK_PRESETS.centermask_V_39_eSE_FPN_ms_3x(91)
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
  ])('names the %s', (what, numbers, config) => {
    expect(numbers).toBeGreaterThan(MOST_NUMBERS)
    expect(tooLarge(config)).toMatchObject({ what: expect.stringContaining(what), numbers })
  })
})
