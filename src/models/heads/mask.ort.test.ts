import { describe, expect, it } from 'vitest'
import { givenLogits } from '../../../test/given-logits.ts'
import { type GradientCase, worstDeviation } from '../../../test/gradcheck/gradcheck.ts'
import { runGraph } from '../../../test/run-graph.ts'
import { featureMap } from '../../detection/feature-map.ts'
import { constant, type Value } from '../../graph/value.ts'
import type { ParameterSpec } from '../../nn/init.ts'
import { asInputs, rootScope, type Scope } from '../../nn/scope.ts'
import { add } from '../../ops/elementwise.ts'
import { float32, int64, tensor, toNumbers } from '../../tensor/tensor.ts'
import type { RoiBranch } from '../detector.ts'
import type { SampledRois } from '../sampled-rois.ts'
import { classMasks, type MaskHeadConfig, maskBranch, maskLoss } from './mask.ts'
import { maskIouHead, scored } from './mask-iou.ts'

const HEAD: MaskHeadConfig = { convs: 1, width: 3 }
const SETTINGS: readonly (readonly [string, MaskHeadConfig])[] = [
  ['a mask for each class', HEAD],
  ['one mask for all classes', { ...HEAD, perClass: false }],
  ['classes that compete', { ...HEAD, activation: 'softmax' }],
  ['one mask against the background', { ...HEAD, perClass: false, activation: 'softmax' }],
]

describe('probabilities and loss, by hand', () => {
  /** One region, three classes with the background, masks of 1 x 2: logits as logarithms. */
  const logs = (...numbers: number[]) =>
    constant(float32(numbers.map(Math.log), [1, numbers.length / 2, 1, 2]))
  const label = constant(int64([2]))
  const targets = constant(float32([1, 0.25], [1, 1, 2]))
  const weight = constant(float32([1]))
  const run = async (logits: Value<'float32'>, head: MaskHeadConfig) => {
    const masks = classMasks(givenLogits(logits), label, head)
    const loss = maskLoss(givenLogits(logits), label, targets, weight, head)
    const found = await runGraph({ masks, loss })
    return { masks: toNumbers(found.masks), loss: toNumbers(found.loss)[0] }
  }
  const expectNear = (found: { masks: number[]; loss: number }, masks: number[], loss: number) => {
    for (const [i, value] of masks.entries()) expect(found.masks[i]).toBeCloseTo(value, 6)
    expect(found.masks).toHaveLength(masks.length)
    expect(found.loss).toBeCloseTo(loss, 5)
  }

  it('each class for itself: odds of 3 and 1 are 3/4 and 1/2', async () => {
    const loss = -(Math.log(3 / 4) + 0.25 * Math.log(1 / 2) + 0.75 * Math.log(1 / 2)) / 2
    expectNear(await run(logs(7, 8, 9, 10, 3, 1), HEAD), [3 / 4, 1 / 2], loss)
  })

  it('one mask for all: the same, whatever the class', async () => {
    const loss = -(Math.log(3 / 4) + 0.25 * Math.log(1 / 2) + 0.75 * Math.log(1 / 2)) / 2
    expectNear(await run(logs(3, 1), { ...HEAD, perClass: false }), [3 / 4, 1 / 2], loss)
  })

  it('classes compete: parts 1 and 2 of background, 4 and 1 of another class, 3 and 5 of its own', async () => {
    // The fuzzy cell wants a quarter of its own class and the rest of the background.
    const loss = -(Math.log(3 / 8) + 0.25 * Math.log(5 / 8) + 0.75 * Math.log(2 / 8)) / 2
    expectNear(await run(logs(1, 2, 4, 1, 3, 5), { ...HEAD, activation: 'softmax' }), [3 / 8, 5 / 8], loss)
  })

  it('one mask against the background', async () => {
    const loss = -(Math.log(3 / 4) + 0.25 * Math.log(1 / 2) + 0.75 * Math.log(1 / 2)) / 2
    const head: MaskHeadConfig = { ...HEAD, perClass: false, activation: 'softmax' }
    expectNear(await run(logs(1, 2, 3, 2), head), [3 / 4, 1 / 2], loss)
  })
})

/** Two objects in one image of 32 x 32: what a step gives the branches. */
const CHANNELS = 2
const BOXES = constant(float32([4, 4, 20, 20, 10, 6, 30, 26], [2, 4]))
const ROIS = {
  positiveBoxes: BOXES,
  positiveImages: constant(int64([0, 0])),
  owners: constant(int64([0, 1])),
  labels: constant(int64([1, 2])),
  weights: constant(float32([1, 1])),
} as unknown as SampledRois
const filled = (x: number, y: number) => Number(x > 6 && x < 18 && y > 5 && y < 19)
const MASKS = Uint8Array.from({ length: 2 * 32 * 32 }, (_, i) =>
  i < 1024 ? filled(i % 32, i >> 5) : filled((i % 32) - 8, (i >> 5) & 31),
)
const BATCH = { masks: constant(tensor('uint8', [1, 2, 32, 32], MASKS)) } as never

/** Loss of a branch as a function of its map and of all its weights. */
function lossOf(name: string, branch: (scope: Scope) => RoiBranch): GradientCase {
  const build = (map: Value<'float32'>, scope: Scope) => {
    const maps = [featureMap(map, 4)]
    const losses = Object.values(branch(scope).loss({ all: maps, pooled: maps }, ROIS, BATCH))
    return losses
  }
  const wanted = asInputs()
  const shape = [1, CHANNELS, 8, 8]
  const parts = build(
    constant(float32(new Float32Array(CHANNELS * 64), shape)),
    rootScope(wanted.resolve, 'batch'),
  )
  const specs: readonly ParameterSpec[] = [...wanted.specs.values()]
  return {
    name: `${name}, ${parts.length} losses`,
    inputs: [{ shape }, ...specs.map((spec) => ({ shape: spec.shape, range: [-0.5, 0.5] as const }))],
    build: ([map, ...weights]) => {
      const byName = new Map(specs.map((spec, i) => [spec.name, weights[i] as Value<'float32'>]))
      const scope = rootScope((spec) => byName.get(spec.name)!, 'batch')
      return build(map as Value<'float32'>, scope).reduce((sum, part) => add(sum, part))
    },
    dtype: 'float32',
    step: 4e-3,
    tolerance: 3e-3,
  }
}

const POOLING = { outputSize: 4, samplingRatio: 2, aligned: false }
const masks = (scope: Scope, head: MaskHeadConfig) =>
  maskBranch(scope, { channels: CHANNELS, isShared: false, side: (pooled) => pooled }, 3, {
    pooling: POOLING,
    head,
  })
const CASES = SETTINGS.map(([name, head]) => lossOf(name, (scope) => masks(scope, head)))

describe('gradients of a training step', () => {
  it.each(CASES.map((problem) => [problem.name, problem] as const))('%s', async (_, problem) => {
    const worst = await worstDeviation(problem)
    expect(worst.error, JSON.stringify(worst)).toBeLessThan(problem.tolerance as number)
  })

  it('of scored masks', async () => {
    const config = { convs: 2, width: 3, linearWidth: 4 }
    const problem = lossOf('scored', (scope) => {
      const head = maskIouHead({ features: scope, predictor: scope }, CHANNELS, 4, 3, config)
      return scored(scope, masks(scope, HEAD), head)
    })
    const worst = await worstDeviation(problem)
    expect(worst.error, JSON.stringify(worst)).toBeLessThan(problem.tolerance as number)
  })
})
