import { describe, expect, it } from 'vitest'
import { goldenAvailable, openGolden } from '../goldens.ts'
import { isWithin } from './comparison.ts'
import { KINDS } from './kinds.ts'

/** Cases, and what the product has no counterpart of in them. */
const CASES: readonly (readonly [name: string, unsupported: readonly string[]])[] = [
  ['tv-transform-a', []],
  ['tv-transform-fixed', []],
  [
    'tv-det-utils-a',
    [
      'box_linear.encode',
      'box_linear.decode',
      'paste.expanded_int_boxes',
      'kp.heatmap_index',
      'kp.heatmap_valid',
      'kp.points',
      'kp.scores',
      'giou_loss.grad',
    ],
  ],
  [
    'nn-ops-a',
    [
      'interp.bilinear.scale1.37.norecompute',
      'interp.bilinear.scale0.6.norecompute',
      'deform_conv.v1',
      'deform_conv.v2',
    ],
  ],
  ['ops-nms-a', ['generalized_box_iou']],
  ['tv-maskrcnn-r50-eval-a', []],
  ['tv-maskrcnn-r50-eval-default', []],
  ['tv-maskrcnn-r50v2-eval-a', []],
  ['tv-fasterrcnn-r50v2-eval-a', []],
]

describe.each(CASES)('%s', (name, missing) => {
  it.skipIf(!goldenAvailable(name))('agrees with every recorded value', { timeout: 120_000 }, async () => {
    const golden = openGolden(name)
    const { comparisons, unsupported = [] } = await KINDS[golden.case.kind](golden)
    expect(comparisons.filter((comparison) => !isWithin(comparison))).toEqual([])
    expect(unsupported).toEqual(missing)
    expect(comparisons.length).toBeGreaterThan(5)
  })
})
