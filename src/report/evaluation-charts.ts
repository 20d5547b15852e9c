import type { Calibration } from '../evaluation/calibration.ts'
import type { OperatingPoints } from '../evaluation/operating-points.ts'
import type { PrecisionRecallCurves } from '../evaluation/precision-recall.ts'
import type { EvaluationReport } from '../evaluation/report.ts'
import type { Chart } from './charts.ts'
import { figureText } from './markup.ts'

/** Categories with curves of their own in one chart; the table has a small curve of every category. */
const CATEGORY_CURVES = 6
const UNIT = [0, 1] as const
/** A little room, so that lines at 1 are seen whole. */
const FRACTION = [0, 1.02] as const

/** Precision over recall: the mean over categories at several IoU thresholds, and single categories. */
export function precisionRecallCharts({
  curves,
  categories,
  iouThreshold,
}: Pick<EvaluationReport, 'curves' | 'categories' | 'iouThreshold'>): Chart[] {
  const shape = { xLabel: 'recall', x: curves.recall, xRange: UNIT, yRange: FRACTION }
  const overall: Chart = {
    ...shape,
    title: 'Precision over recall',
    about: 'Precision at each recall, mean over categories, at several IoU thresholds',
    series: curves.overall.map(({ iouThreshold, averagePrecision, precision }) => ({
      label: `IoU ${rounded(iouThreshold)} (AP ${figureText(averagePrecision)})`,
      values: precision,
    })),
  }
  const largest = mostObjects(curves, categories)
  if (curves.overall.length === 0) return []
  if (curves.categories.length < 2) return [overall]
  const byCategory: Chart = {
    ...shape,
    title: `By category at IoU ${rounded(iouThreshold)}${largest.length < curves.categories.length ? `, the ${largest.length} with the most objects` : ''}`,
    about: 'Precision at each recall of single categories',
    series: largest.map(({ name, averagePrecision, precision }) => ({
      label: `${name} (AP ${figureText(averagePrecision)})`,
      values: precision,
    })),
  }
  return [overall, byCategory]
}

function mostObjects(curves: PrecisionRecallCurves, rows: EvaluationReport['categories']) {
  const objects = new Map(rows.map(({ id, groundTruths }) => [id, groundTruths]))
  return curves.categories
    .toSorted((a, b) => (objects.get(b.id) ?? 0) - (objects.get(a.id) ?? 0))
    .slice(0, CATEGORY_CURVES)
}

/** Precision, recall and F1 over the score threshold. */
export function operatingChart({ points }: OperatingPoints): Chart {
  return {
    title: 'Score threshold',
    about: 'Precision, recall and F1 of the detections that reach each score',
    xLabel: 'score',
    x: points.map(({ score }) => score),
    series: (['precision', 'recall', 'f1'] as const).map((name) => ({
      label: name === 'f1' ? 'F1' : name,
      values: points.map((point) => defined(point[name])),
    })),
    yRange: FRACTION,
  }
}

/** The reliability diagram: what share of detections of a score is right, beside what it would be if scores were true. */
export function calibrationChart({ bins }: Calibration): Chart {
  const filled = bins.filter(({ count }) => count > 0)
  const x = [0, ...filled.map(({ meanScore }) => meanScore), 1]
  return {
    title: 'Reliability of scores',
    about: 'Share of right detections over their mean score, in bins of scores',
    xLabel: 'mean score',
    x,
    series: [
      { label: 'ideal', values: x, isReference: true },
      { label: 'share that is right', values: [null, ...filled.map(({ precision }) => precision), null] },
    ],
    xRange: UNIT,
    yRange: FRACTION,
  }
}

function defined(value: number): number | null {
  return value < 0 ? null : value
}

/** 0.8999999999999999 is meant to be 0.9. */
export function rounded(value: number): string {
  return String(Number(value.toFixed(3)))
}
