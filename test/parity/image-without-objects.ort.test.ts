import { beforeAll, expect, it } from 'vitest'
import { constant } from '../../src/graph/value.ts'
import { buildModel } from '../../src/models/catalogue.ts'
import { initialize } from '../../src/nn/init.ts'
import { FROZEN_BATCH_NORM } from '../../src/nn/norm.ts'
import { asInputs, rootScope } from '../../src/nn/scope.ts'
import { float32, int64, type Tensor, zeros } from '../../src/tensor/tensor.ts'
import { resolveConfig } from '../../src/train/config.ts'
import { architectureOf } from '../../src/train/config-model.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { isWithin } from './comparison.ts'
import { trainComparisons } from './torchvision-train-compare.ts'

const SIDE = 64
let out: Record<string, Tensor>

/** A thin detector on one image in which nothing is labelled. */
beforeAll(async () => {
  const raw = {
    model: {
      name: 'faster-rcnn',
      backbone: { name: 'resnet18', stemWidth: 4, norm: FROZEN_BATCH_NORM },
      fpn: { channels: 4 },
      rpn: { training: { preNmsTopN: 20, postNmsTopN: 10 }, targets: { size: 8 } },
      box: { head: { kind: 'mlp', width: 4 }, targets: { size: 4 } },
    },
    data: { train: { images: 'i', annotations: 'a' } },
    steps: 1,
  }
  const model = buildModel(architectureOf(resolveConfig(raw, { where: 'test' }).model, 1))
  const size = { images: 1, height: SIDE, width: SIDE, instances: 1 }
  const random = Object.entries(model.draws).map(
    ([name, count]) => [name, constant(zeros('float32', [1, count(size)]))] as const,
  )
  const wanted = asInputs()
  const scope = rootScope(wanted.resolve, 'batch')
  const { losses } = model.losses(scope, {
    images: constant(zeros('float32', [1, 3, SIDE, SIDE])),
    imageSizes: constant(float32([SIDE, SIDE], [1, 2])),
    boxes: constant(zeros('float32', [1, 1, 4])),
    labels: constant(zeros('int64', [1, 1])),
    masks: undefined,
    random: new Map(random),
  })
  const weights = initialize(wanted.specs.values(), 1)
  out = await runGraph({ ...losses, ...Object.fromEntries(scope.taps) }, Object.fromEntries(weights))
}, 120_000)

/** What torchvision says of such an image: no positives, and nothing to learn of boxes. */
function recorded(): Golden {
  const [count] = out['roi.0.negative_boxes'].shape
  return {
    ...{ name: 'empty', folder: '', inputs: new Map(), weights: new Map() },
    case: {
      f32_vs_f64: {},
      values: { losses: { loss_box_reg: 0, loss_rpn_box_reg: 0 }, loss_total: 0, gradients: {} },
    },
    outputs: new Map<string, Tensor>([
      ['rpn_sampled_pos.0', int64([], [0])],
      ['roi_sampled_pos.0', int64([], [0])],
      ['roi.0.labels', zeros('int64', [count])],
      ['roi.0.matched_gt', zeros('int64', [count])],
      ['roi.0.reg_targets', zeros('float32', [count, 4])],
    ]),
  }
}

it('compares an image without objects: losses of 0, no positives, every region background', () => {
  const { comparisons } = trainComparisons(recorded(), out)
  expect(comparisons.map(({ name }) => name).sort()).toEqual([
    'loss_box_reg',
    'loss_rpn_box_reg',
    'roi.0.labels',
    'roi.0.matched_gt of positives',
    'roi.0.reg_targets of positives',
    'roi_sampled_pos.0',
    'rpn_sampled_pos.0',
  ])
  expect(comparisons.filter((comparison) => !isWithin(comparison))).toEqual([])
})
