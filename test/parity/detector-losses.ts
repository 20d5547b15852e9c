/** Losses of the detectors: gradients of their sums, and the sums. */
import { gradients } from '../../src/autodiff/gradients.ts'
import { constant, type Value } from '../../src/graph/value.ts'
import { generalizedIouLoss, sigmoidFocal, smoothL1, softmaxCrossEntropy } from '../../src/nn/losses.ts'
import { reduceMean, reduceSum } from '../../src/ops/reduce.ts'
import { int64, type Tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import type { ParityReport } from './comparison.ts'

type Floats = Value<'float32'>

/** A recorded loss: one number in `values`, and the gradient in the outputs. */
interface RecordedLoss {
  /** In `values`. */
  readonly value: string
  /** Of the gradient. */
  readonly gradient: string
  readonly loss: Floats
  readonly by: Floats
}

type Given = (name: string) => Floats

/** Those that were recorded. */
function losses(golden: Golden, given: Given): RecordedLoss[] {
  const { inputs } = golden
  return [
    ...(inputs.has('focal.x') ? focal(golden, given) : []),
    ...(inputs.has('giou.a') ? [generalizedIou(given)] : []),
    ...(inputs.has('smooth.a') ? [smooth(given)] : []),
    ...(inputs.has('ce.logits') ? [crossEntropy(given)] : []),
  ]
}

function generalizedIou(given: Given): RecordedLoss {
  const by = given('giou.a')
  const loss = reduceSum(generalizedIouLoss(by, given('giou.b')))
  return { value: 'giou_loss.sum', gradient: 'giou_loss.grad', loss, by }
}

function smooth(given: Given): RecordedLoss {
  const by = given('smooth.a')
  const loss = reduceSum(smoothL1(by, given('smooth.b'), { beta: 1 / 9 }))
  return { value: 'smooth_l1.sum', gradient: 'smooth_l1.grad', loss, by }
}

/** Row i has class i modulo the number of classes. */
function crossEntropy(given: Given): RecordedLoss {
  const by = given('ce.logits')
  const [rows, classes] = by.shape as number[]
  const labels = constant(int64(Array.from({ length: rows }, (_, i) => i % classes)))
  const loss = reduceMean(softmaxCrossEntropy(by, labels))
  return { value: `cross_entropy.mean(labels=i%${classes})`, gradient: 'cross_entropy.grad', loss, by }
}

/** `focal.0.25.2` has alpha 0.25 and gamma 2. */
function focal(golden: Golden, given: Given): RecordedLoss[] {
  const by = given('focal.x')
  return Object.keys(golden.case.values).flatMap((value) => {
    const found = /^focal\.(-?[\d.]+)\.(\d+)$/.exec(value)
    if (!found) return []
    const options = { alpha: Number(found[1]), gamma: Number(found[2]) }
    const loss = reduceSum(sigmoidFocal(by, given('focal.t'), options))
    return [{ value, gradient: `${value}.grad`, loss, by }]
  })
}

/** Gradients under their recorded names, sums under the names of `values`. */
export function lossOutputs(golden: Golden, given: Given): Record<string, Value> {
  return Object.fromEntries(
    losses(golden, given).flatMap(({ value, gradient, loss, by }) => [
      [value, loss],
      [gradient, gradients(loss, [by])[0]],
    ]),
  )
}

/** Every recorded number against ours of the same name. */
export function lossValues(golden: Golden, results: Readonly<Record<string, Tensor>>): ParityReport {
  const recorded = Object.entries(golden.case.values as Readonly<Record<string, unknown>>).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  return {
    comparisons: recorded
      .filter(([name]) => results[name])
      .map(([name, expected]) => ({
        name,
        error: Math.abs(Number(results[name].data[0]) - expected),
        tolerance: 1e-5 * Math.max(1, Math.abs(expected)),
      })),
    unsupported: recorded.filter(([name]) => !results[name]).map(([name]) => name),
  }
}
