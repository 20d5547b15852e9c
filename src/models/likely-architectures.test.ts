import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { goldenAvailable, goldenFolder } from '../../test/goldens.ts'
import type { WantedWeight } from '../weights/match-weights.ts'
import { likelyArchitectures } from './likely-architectures.ts'

const GOLDEN = 'state-dict-names'

/** Names and shapes of a model as its own program has them; `change` makes others of them. */
function recorded(
  file: string,
  model: string,
  change: (name: string, shape: readonly number[]) => readonly [string, readonly number[]] | undefined = (
    ...same
  ) => same,
): Map<string, WantedWeight> {
  const rows: [string, number[]][] = JSON.parse(readFileSync(join(goldenFolder(GOLDEN)!, file), 'utf8'))[
    model
  ]
  const changed = rows.flatMap((row) => [change(...row)]).filter((row) => row !== undefined)
  return new Map(changed.map(([name, shape]) => [name, { dtype: 'float32', shape }]))
}

describe.skipIf(!goldenAvailable(GOLDEN))(
  `weights of recorded models (needs the golden ${GOLDEN})`,
  { timeout: 60_000 },
  () => {
    it.each([
      ['torchvision.json', 'maskrcnn_resnet50_fpn/frozen', 'maskrcnn_resnet50_fpn', 'torchvision', 91],
      ['torchvision.json', 'retinanet_resnet50_fpn_v2', 'retinanet_resnet50_fpn_v2', 'torchvision', 91],
      [
        'centermask2.json',
        'centermask_V_39_eSE_FPN_ms_3x.yaml',
        'centermask_V_39_eSE_FPN_ms_3x',
        'centermask2',
        81,
      ],
      [
        'maskscoring_rcnn.json',
        'e2e_ms_rcnn_R_50_FPN_1x.yaml',
        'e2e_ms_rcnn_R_50_FPN_1x',
        'maskrcnn-benchmark',
        81,
      ],
    ])('are recognised: %s %s', (file, model, preset, names, numClasses) => {
      const [best] = likelyArchitectures(recorded(file, model))
      expect(best).toMatchObject({ preset, names, numClasses, score: 1 })
      expect(best.differences).toMatchObject({ missing: [], unexpected: [], mismatched: [] })
    })

    it('are recognised with classes of their own, from several graphics cards', () => {
      const fewer = recorded('torchvision.json', 'maskrcnn_resnet50_fpn/frozen', (name, [rows, ...rest]) => [
        `module.${name}`,
        // Of 91 classes 5 are left: rows that are for each class, and boxes, four for each.
        [rows === 91 ? 5 : rows === 364 ? 20 : rows, ...rest],
      ])
      expect(likelyArchitectures(fewer)[0]).toMatchObject({
        preset: 'maskrcnn_resnet50_fpn',
        numClasses: 5,
        score: 1,
      })
    })

    it('are told with what is missing, too much and of another shape', () => {
      const [best] = likelyArchitectures(
        recorded('torchvision.json', 'maskrcnn_resnet50_fpn/frozen', (name, shape) => {
          if (name === 'rpn.head.cls_logits.bias') return undefined
          if (name === 'roi_heads.box_head.fc7.weight') return ['roi_heads.box_head.fc_7.weight', shape]
          return [name, name === 'roi_heads.box_head.fc6.bias' ? [7] : shape]
        }),
      )
      expect(best.preset).toBe('maskrcnn_resnet50_fpn')
      expect(best.differences).toMatchObject({
        missing: [
          { name: 'rpn.head.cls_logits.bias', nearest: undefined },
          { name: 'roi_heads.box_head.fc7.weight', nearest: 'roi_heads.box_head.fc_7.weight' },
        ],
        unexpected: ['roi_heads.box_head.fc_7.weight'],
        mismatched: [{ name: 'roi_heads.box_head.fc6.bias', expected: 'float32 [1024]', got: 'float32 [7]' }],
      })
    })

    it('are recognised by their body alone, as classifiers have it', () => {
      const body = recorded('torchvision.json', 'maskrcnn_resnet50_fpn/frozen', (name, shape) =>
        name.startsWith('backbone.body.') ? [name.slice('backbone.body.'.length), shape] : undefined,
      )
      const [best] = likelyArchitectures(body)
      expect(best.names).toBe('torchvision-body')
      expect(best.differences.unexpected).toEqual([])
    })
  },
)

it('finds none for weights of anything else', () => {
  expect(likelyArchitectures(new Map([['w', { dtype: 'float32', shape: [1] }]]))).toEqual([])
})
