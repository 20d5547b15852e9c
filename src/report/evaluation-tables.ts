import type { Calibration } from '../evaluation/calibration.ts'
import { ERROR_KINDS, type ErrorKind } from '../evaluation/detection-errors.ts'
import type { ErrorBreakdown } from '../evaluation/error-breakdown.ts'
import type { InstanceEvaluation } from '../evaluation/instance-f1.ts'
import type { EvaluationReport } from '../evaluation/report.ts'
import { rounded } from './evaluation-charts.ts'
import { escaped, figureText } from './markup.ts'
import { sortableTable, type TableCell } from './sortable-table.ts'

/** COCO's figures of each kind of IoU, a row each. */
export function statsTable(stats: Readonly<Record<string, Readonly<Record<string, number>>>>): string {
  const names = [...new Set(Object.values(stats).flatMap(Object.keys))]
  const rows = Object.entries(stats).map(([kind, figures]) => [
    escaped(kind),
    ...names.map((name) => figureText(figures[name] ?? null)),
  ])
  return plainTable(['IoU of', ...names], rows)
}

/** One row a category, with a small curve of its own. */
export function categoryTable({
  categories,
  curves,
}: Pick<EvaluationReport, 'categories' | 'curves'>): string {
  const curveOf = new Map(curves.categories.map(({ id, precision }) => [id, precision]))
  const figures = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR'] as const
  const columns = [
    { title: 'Category' },
    { title: 'Curve', about: 'Precision over recall', isFixed: true },
    { title: 'Objects', about: 'Labelled objects that count' },
    { title: 'Detections', about: 'Of any score' },
    ...figures.map((title) => ({ title })),
    { title: 'Best score', about: 'Score threshold at which F1 of this category is best' },
    { title: 'Precision', about: 'At the best score threshold' },
    { title: 'Recall', about: 'At the best score threshold' },
    { title: 'F1', about: 'At the best score threshold' },
  ]
  const rows = categories
    .toSorted((a, b) => b.AP - a.AP)
    .map((row) => [
      { text: row.name },
      { markup: sparkline(curveOf.get(row.id) ?? []) },
      count(row.groundTruths),
      count(row.detections),
      ...[...figures.map((name) => row[name]), row.bestScore, row.precision, row.recall, row.f1].map(figure),
    ])
  return sortableTable('Figures by category', columns, rows, { column: 4, order: 'descending' })
}

const WHY: Readonly<Record<ErrorKind, string>> = {
  classification: 'at the right place, of the wrong category',
  localisation: 'of the right category, overlapping too little',
  both: 'of the wrong category, overlapping too little',
  duplicate: 'of an object that a better detection has found',
  background: 'on no object',
  missed: 'objects that no detection comes near',
}

/** TIDE's kinds of errors: how many there are and what AP each costs. */
export function errorTable(errors: ErrorBreakdown): string {
  const rows = [
    ...ERROR_KINDS.map((kind) => ({ name: kind as string, why: WHY[kind], ...errors.kinds[kind] })),
    { name: 'all false positives', why: 'whatever the reason', ...errors.falsePositives },
    { name: 'all missed', why: 'objects not found at this IoU', ...errors.falseNegatives },
  ]
  const largest = (key: 'count' | 'deltaAP') => Math.max(...rows.map((row) => row[key]), 0)
  const [most, worst] = [largest('count'), largest('deltaAP')]
  return plainTable(
    ['Error', 'AP lost', 'How many'],
    rows.map(({ name, why, count, deltaAP }) => [
      `${escaped(name)}<span class="why">${escaped(why)}</span>`,
      bar(deltaAP, worst, figureText(deltaAP)),
      bar(count, most, count.toLocaleString('en-US')),
    ]),
    'bars',
  )
}

/** Detections by score: how many, their mean score, and what share is right. */
export function binTable({ bins }: Calibration): string {
  const most = Math.max(...bins.map(({ count }) => count), 0)
  const rows = bins.map(({ from, to, count, precision }) => [
    `${rounded(from)} – ${rounded(to)}`,
    bar(precision, 1, figureText(precision)),
    bar(count, most, count.toLocaleString('en-US')),
  ])
  return plainTable(['Score', 'Right', 'Detections'], rows, 'bars')
}

/** Objects found, missed and invented at each IoU threshold. */
export function instanceTable({ scores }: InstanceEvaluation): string {
  const rows = scores.map((score) => [
    rounded(score.iouThreshold),
    ...[score.truePositives, score.falsePositives, score.falseNegatives].map((n) =>
      n.toLocaleString('en-US'),
    ),
    ...[score.f1, score.accuracy, score.meanAccuracy].map(figureText),
  ])
  const columns = [
    'IoU',
    'Found (TP)',
    'False (FP)',
    'Missed (FN)',
    'F1',
    'TP / (TP + FN + FP)',
    'mean over images',
  ]
  return plainTable(columns, rows)
}

/** Cells are markup. */
export function plainTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  kind = '',
): string {
  const head = columns.map((title) => `<th scope="col">${escaped(title)}</th>`).join('')
  const body = rows.map(([first, ...cells]) => {
    return `<tr><th scope="row">${first}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  })
  return `<div class="table"><table class="${kind}"><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}

function bar(value: number, largest: number, text: string): string {
  const share = largest > 0 && value > 0 ? (100 * value) / largest : 0
  return `<span class="bar" style="--share:${share.toFixed(1)}%">${text}</span>`
}

function count(value: number): TableCell {
  return { text: value.toLocaleString('en-US'), value }
}

function figure(value: number): TableCell {
  return { text: figureText(value), value: value < 0 ? null : value }
}

/** Every fourth point is enough at this size. */
function sparkline(precision: readonly number[]): string {
  if (precision.length < 2) return '–'
  const points = precision.filter((_, i) => i % 4 === 0)
  const path = points.map((value, i) => `${round((50 * i) / (points.length - 1))} ${round(16 * (1 - value))}`)
  return `<svg class="spark" viewBox="0 -1 50 18" aria-hidden="true"><path d="M${path.join('L')}"/></svg>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

export const EVALUATION_STYLE = `
tbody th { font-weight: 500; text-align: left; }
.bars { width: 100%; }
.bars th { white-space: normal; }
.bars td { width: 27%; min-width: 5rem; padding: 0.3rem 0 0.3rem 0.6rem; }
.why { display: block; color: var(--pale); font-size: 0.85rem; font-weight: 400; }
.bar { display: block; text-align: right; padding: 0 0.35rem; border-radius: 0.2rem;
  background: linear-gradient(to right, color-mix(in srgb, var(--accent) 45%, transparent) var(--share), color-mix(in srgb, var(--line) 45%, transparent) var(--share)); }
.spark { width: 3.2rem; height: 1.15rem; vertical-align: middle; }
.spark path { fill: none; stroke: var(--accent); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
`
