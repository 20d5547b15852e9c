import { describe, expect, it } from 'vitest'
import { worstDeviation } from '../../../test/gradcheck/gradcheck.ts'
import { runGraph } from '../../../test/run-graph.ts'
import { selectDetections } from '../../detection/select-detections.ts'
import { constant, type Value } from '../../graph/value.ts'
import { asInputs, rootScope } from '../../nn/scope.ts'
import { add } from '../../ops/elementwise.ts'
import { concat } from '../../ops/layout.ts'
import { float32, int64, toNumbers } from '../../tensor/tensor.ts'
import { boxHead, boxLosses, boxPredictor } from './box.ts'

/** Three regions of which two are positives, four classes with the background. */
const LOGITS = constant(float32([0.1, 0.9, -0.4, 0.2, 0.3, 0.7, 1.1, -0.2, -0.6, 0.5, 0.8, 0.4], [3, 4]))
const DELTAS = [0.3, -0.2, 0.5, 0.1, -0.4, 0.6, 0.2, -0.1, 0.7, 0.1, -0.3, 0.4]
const TARGETS = {
  labels: constant(int64([3, 1])),
  weights: constant(float32([1, 1])),
  deltas: constant(float32([0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.2], [2, 4])),
}

describe('a box of any class', () => {
  const one = constant(float32(DELTAS, [3, 4]))
  const forEach = concat([one, one, one, one], 1)

  it('is predicted by four numbers', () => {
    const wanted = asInputs()
    boxPredictor(rootScope(wanted.resolve, 'batch'), 8, 4, { perClass: false })
    expect(wanted.specs.get('bbox_pred.weight')!.shape).toEqual([4, 8])
    expect(wanted.specs.get('cls_score.weight')!.shape).toEqual([4, 8])
  })

  it('is found and learned as if it were that of every class', async () => {
    const select = (deltas: Value<'float32'>) =>
      selectDetections(
        { logits: LOGITS, deltas },
        constant(float32([0, 0, 20, 20, 30, 10, 60, 50, 5, 40, 25, 90], [3, 4])),
        constant(float32([100, 100])),
        { scoreThreshold: 0.1, nmsThreshold: 0.5, maxDetections: 10, boxWeights: [10, 10, 5, 5] },
      )
    const [ours, theirs] = [select(one), select(forEach)]
    const losses = { ours: boxLosses(LOGITS, one, TARGETS), theirs: boxLosses(LOGITS, forEach, TARGETS) }
    const found = await runGraph({
      boxes: ours.boxes,
      labels: ours.labels,
      loss: losses.ours.boxes,
      classes: losses.ours.classes,
      'expected boxes': theirs.boxes,
      'expected labels': theirs.labels,
      'expected loss': losses.theirs.boxes,
    })
    expect(found.boxes.shape[0]).toBeGreaterThan(3)
    expect(toNumbers(found.boxes)).toEqual(toNumbers(found['expected boxes']))
    expect(toNumbers(found.labels)).toEqual(toNumbers(found['expected labels']))
    // Errors above 1/9 cost themselves less 1/18, smaller ones 4.5 times their square: of the first row (0.2, 0.3, 0.4, 0),
    // of the second (0.6, 0.4, 0, 0.3), over three regions.
    expect(toNumbers(found.loss)[0]).toBeCloseTo((2.2 - 6 / 18) / 3, 5)
    expect(toNumbers(found['expected loss'])[0]).toBeCloseTo((2.2 - 6 / 18) / 3, 5)
  })

  it('has the gradient of its loss', async () => {
    const worst = await worstDeviation({
      name: 'box losses',
      inputs: [{ shape: [3, 4] }, { shape: [3, 4] }],
      build: ([logits, deltas]) => {
        const losses = boxLosses(logits as Value<'float32'>, deltas as Value<'float32'>, TARGETS)
        return add(losses.classes, losses.boxes)
      },
      dtype: 'float32',
      step: 4e-3,
    })
    expect(worst.error, JSON.stringify(worst)).toBeLessThan(3e-3)
  })
})

it('takes the mean of the cells where the stages of a body are the head', async () => {
  const head = boxHead(rootScope(asInputs().resolve, 'batch'), 2, 2, { kind: 'stage' })
  expect(head.width).toBe(2)
  const { out } = await runGraph({
    out: head.layer(constant(float32([1, 2, 3, 6, -1, 0, 0, 1], [1, 2, 2, 2]))),
  })
  expect(toNumbers(out)).toEqual([3, 0])
})
