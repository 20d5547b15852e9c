import { describe, expect, it } from 'vitest'
import { openGolden } from '../goldens.ts'
import { isWithin } from './comparison.ts'
import { KINDS } from './kinds.ts'

/** Cases that lie in the repository: one that is missing fails. Each with a number of values that must have been compared. Larger ones: `npm run parity`. */
const CASES: readonly (readonly [name: string, compared: number])[] = [
  ['tv-transform-a', 13],
  ['tv-transform-fixed', 6],
  ['tv-det-utils-a', 39],
  ['nn-ops-a', 55],
  ['ops-nms-a', 90],
  ['pth-reader-a', 150],
  ['ops-roi-a', 72],
  ['msrcnn-maskiou-head-a', 2],
  ['msrcnn-targets-a', 9],
  ['cm-fcos-targets-a', 115],
  ['cm-sam-head-a', 12],
  ['cm-maskiou-head-a', 16],
  ['cm-maskrcnn-head-agnostic-a', 9],
  ['cm-mask-losses-a', 12],
  ['cm-lite-v19slimdw-eval-a', 39],
  ['cm-lite-v19slimdw-train-a', 160],
  ['coco-bbox-a', 8],
  ['coco-bbox-edge', 8],
  ['coco-bbox-many', 8],
  ['coco-segm-a', 8],
  ['coco-segm-params', 8],
  ['coco-segm-with-bbox', 8],
  ['coco-keypoints-a', 8],
  ['coco-mask-api-a', 13],
  ['tv-maskrcnn-r50-eval-a', 54],
  ['tv-maskrcnn-r50-train-a', 60],
  ['tv-retinanet-r50-train-a', 84],
  ['body-resnet18', 4],
  ['body-resnext50', 4],
  ['body-mobilenet-v2', 6],
  ['body-mobilenet-v3', 6],
  ['centermask2-names', 4],
  ['vovnet-names', 28],
  ['vovnet-v19-slim-dw', 9],
  ['vovnet-v39', 11],
  ['c4-maskrcnn-eval', 22],
  ['c4-maskrcnn-train', 50],
]

describe.each(CASES)('%s', (name, compared) => {
  it('agrees with every recorded value', async () => {
    const golden = openGolden(name)
    const { comparisons, unsupported = [] } = await KINDS[golden.case.kind](golden)
    expect(comparisons.filter((comparison) => !isWithin(comparison))).toEqual([])
    expect(unsupported).toEqual([])
    expect(comparisons.length).toBeGreaterThanOrEqual(compared)
  })
})
