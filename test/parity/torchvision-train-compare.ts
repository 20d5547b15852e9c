/** Recorded values of a training step against ours. */
import { float32, int64, type Tensor, toNumbers } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { type Comparison, compareAll, joined, type ParityReport } from './comparison.ts'
import { noiseTolerance } from './noise-tolerance.ts'
import { numbersError } from './numbers-error.ts'

type Results = Readonly<Record<string, Tensor>>

/** Recorded of all sampled boxes; only those of positives are learned from, and only those exist here. */
const OF_POSITIVES = /^roi\.(\d+)\.(matched_gt|reg_targets)$/

export function trainComparisons(golden: Golden, out: Results): ParityReport {
  const whole = new Map([...golden.outputs].filter(([name]) => !OF_POSITIVES.test(name)))
  return joined([
    compareLosses(golden, out),
    compareAll({ ...golden, outputs: whole }, { ...out, ...sampled(golden, out) }, (name) =>
      noiseTolerance(golden, name),
    ),
    { comparisons: [...golden.outputs.keys()].flatMap((name) => compareOfPositives(golden, name, out)) },
    compareGradients(golden, out),
  ])
}

/**
 * Relative errors; absolute ones of what was recorded as 0: nothing is learned of boxes where there are none. Losses of
 * detectors of one stage were recorded without the `loss_` that ours begin with.
 */
export function compareLosses(golden: Golden, out: Results): ParityReport {
  const { losses, loss_total } = golden.case.values
  const sum = loss_total === undefined ? {} : { loss_total }
  const recorded = Object.entries({ ...losses, ...sum } as Record<string, number>).map(
    ([name, value]) => [out[name] ? name : `loss_${name}`, value] as const,
  )
  return {
    comparisons: recorded
      .filter(([name]) => out[name])
      .map(([name, expected]) => ({
        name,
        error: Math.abs(Number(out[name].data[0]) - expected) / (Math.abs(expected) || 1),
        tolerance: 1e-4,
      })),
    unsupported: recorded.filter(([name]) => !out[name]).map(([name]) => name),
  }
}

/**
 * Samples by rising index, as they were recorded: ours are in the order they were drawn. Boxes and labels of regions are
 * those of positives and negatives together.
 */
function sampled({ outputs }: Golden, out: Results): Record<string, Tensor> {
  const sorted: Record<string, Tensor> = {}
  for (const name of outputs.keys()) {
    if (/_sampled_(pos|neg)\.\d+$/.test(name) && out[name]) {
      sorted[name] = int64(toNumbers(out[name]).sort((a, b) => a - b))
    }
  }
  for (let i = 0; out[`roi_sampled_pos.${i}`]; i++) {
    const positives = toNumbers(out[`roi_sampled_pos.${i}`])
    const indices = [...positives, ...toNumbers(out[`roi_sampled_neg.${i}`])]
    const order = ascending(indices)
    const boxes = [...rows(out[`roi.${i}.positive_boxes`]), ...rows(out[`roi.${i}.negative_boxes`])]
    const labels = toNumbers(out[`roi.${i}.positive_labels`])
    sorted[`roi.${i}.boxes`] = float32(
      order.flatMap((row) => boxes[row]),
      [boxes.length, 4],
    )
    sorted[`roi.${i}.labels`] = int64(order.map((row) => labels[row] ?? 0))
  }
  return sorted
}

function compareOfPositives(golden: Golden, name: string, out: Results): Comparison[] {
  const found = OF_POSITIVES.exec(name)
  if (!found) return []
  const [, image, what] = found
  const recorded = rows(golden.outputs.get(name)!)
  const labels = toNumbers(golden.outputs.get(`roi.${image}.labels`)!)
  const expected = recorded.filter((_, row) => labels[row] > 0).flat()
  const ours = rows(out[`roi.${image}.positive_${what}`])
  const order = ascending(toNumbers(out[`roi_sampled_pos.${image}`]))
  const error = numbersError(
    expected,
    order.flatMap((row) => ours[row]),
  )
  return [{ name: `${name} of positives`, error, tolerance: noiseTolerance(golden, name) }]
}

export function compareGradients(golden: Golden, out: Results): ParityReport {
  const names = Object.keys(golden.case.values.gradients)
  const isOurs = (name: string) => out[`gradient:${name}`] !== undefined
  return {
    comparisons: names
      .filter(isOurs)
      .flatMap((name) => compareGradient(golden, name, out[`gradient:${name}`])),
    unsupported: names.filter((name) => !isOurs(name)).map((name) => `gradient ${name}`),
  }
}

function compareGradient(golden: Golden, name: string, gradient: Tensor): Comparison[] {
  const { l2, indices, values } = golden.case.values.gradients[name]
  const numbers = toNumbers(gradient)
  const norm = Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0))
  const chosen = (indices as number[]).map((index) => numbers[index])
  const noise = [golden.case.f32_vs_f64, golden.case.f32_alternative_convolution].map(
    (source) => source?.gradients?.[name]?.max_abs ?? 0,
  )
  const largest = Math.max(...(values as number[]).map(Math.abs))
  // What cancels out to nothing but noise (the bias before a softmax over all cells) has no relative error.
  const noiseNorm = Math.max(...noise) * Math.sqrt(numbers.length)
  const scale = Math.max(l2, noiseNorm / 5e-3) || 1
  return [
    { name: `gradient ${name} (norm)`, error: Math.abs(norm - l2) / scale, tolerance: 5e-3 },
    {
      name: `gradient ${name}`,
      error: numbersError(values, chosen),
      tolerance: 5 * Math.max(...noise) + 2e-3 * largest,
    },
  ]
}

/** Places in the order of rising numbers. */
function ascending(numbers: readonly number[]): number[] {
  return numbers.map((_, i) => i).sort((a, b) => numbers[a] - numbers[b])
}

/** `[R, ...]` row by row. */
function rows(table: Tensor): number[][] {
  const numbers = toNumbers(table)
  const width = table.shape.slice(1).reduce((a, b) => a * b, 1)
  return Array.from({ length: table.shape[0] }, (_, i) => numbers.slice(i * width, (i + 1) * width))
}
