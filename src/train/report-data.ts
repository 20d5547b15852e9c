import type { Chart } from '../report/charts.ts'
import type { MetricsLine } from './metrics.ts'

/** Prefix of the figures of an evaluation in the metrics. */
export const FIGURE_PREFIX = 'val_'

/** The lines of `metrics.jsonl`; a last line that was cut short is left out. */
export function parseMetrics(text: string): MetricsLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      const parsed: unknown = JSON.parse(line)
      return isMetricsLine(parsed) ? [parsed] : []
    } catch {
      return []
    }
  })
}

/** Lines that tell of a step, and lines that tell of an evaluation. */
export function splitMetrics(lines: readonly MetricsLine[]) {
  const isEvaluation = (line: MetricsLine) => Object.keys(line).some((key) => key.startsWith(FIGURE_PREFIX))
  return {
    steps: lines.filter((line) => !isEvaluation(line)),
    evaluations: lines.filter(isEvaluation),
  }
}

/** Charts of losses, learning rate, gradient norm and figures; those without data are left out. */
export function chartsOf(lines: readonly MetricsLine[]): Chart[] {
  const { steps, evaluations } = splitMetrics(lines)
  const x = steps.map(({ step }) => step)
  const column = (from: readonly MetricsLine[], name: string) => from.map((line) => numberIn(line, name))
  const parts = [...new Set(steps.flatMap((line) => Object.keys(line)))].filter((name) =>
    name.startsWith('loss_'),
  )
  const smooth = smoothed(column(steps, 'loss'))
  const top = 1.1 * smooth.reduce<number>((largest, value) => Math.max(largest, value ?? 0), 0)
  const figures = [...new Set(evaluations.flatMap((line) => Object.keys(line)))].filter((name) =>
    /AP$|AP50$|AP75$|F1$/.test(name),
  )
  const charts: Omit<Chart, 'xLabel'>[] = [
    {
      title: 'Loss',
      about: 'Sum of the losses as it was, and smoothed with its parts',
      x,
      series: [
        { label: 'each step', values: column(steps, 'loss'), faint: true },
        { label: 'loss', values: smooth },
        ...parts.map((name) => ({
          label: name.slice('loss_'.length).replaceAll('_', ' '),
          values: smoothed(column(steps, name)),
        })),
      ],
      ...(top > 0 && { yRange: [0, top] }),
    },
    {
      title: 'Validation',
      about: 'Average precision, and F1 at IoU 0.5, on the validation images',
      x: evaluations.map(({ step }) => step),
      series: figures.map((name) => ({
        label: figureLabel(name),
        // -1 stands for a figure that is not defined.
        values: column(evaluations, name).map((value) => (value !== null && value < 0 ? null : value)),
      })),
    },
    {
      title: 'Learning rate',
      about: 'Learning rate of each step',
      x,
      series: [{ label: 'learning rate', values: column(steps, 'learning_rate') }],
    },
    {
      title: 'Gradient norm',
      about: 'Euclidean norm of all gradients before clipping',
      x,
      series: [{ label: 'gradient norm', values: column(steps, 'gradient_norm') }],
    },
  ]
  const isMeasured = ({ x, series }: (typeof charts)[number]) =>
    x.length > 0 && series.some(({ values }) => values.some((value) => value !== null))
  return charts.filter(isMeasured).map((chart) => ({ ...chart, xLabel: 'step' }))
}

/** `val_segm_AP50` -> `segm AP50`. */
export function figureLabel(name: string): string {
  return name.slice(FIGURE_PREFIX.length).replaceAll('_', ' ')
}

/** The number of that name in a line; null where there is none. */
export function numberIn(line: MetricsLine, name: string): number | null {
  const value = line[name]
  return typeof value === 'number' ? value : null
}

/** Mean of the last values, each weighing less than the one after it; the start is not pulled towards zero. */
export function smoothed(values: readonly (number | null)[], decay = 0.9): (number | null)[] {
  let sum = 0
  let weight = 0
  return values.map((value) => {
    if (value === null) return null
    sum = decay * sum + value
    weight = decay * weight + 1
    return sum / weight
  })
}

function isMetricsLine(value: unknown): value is MetricsLine {
  return typeof value === 'object' && value !== null && 'step' in value && typeof value.step === 'number'
}
