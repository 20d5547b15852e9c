/** The report of a run: one HTML file without references to anything outside it. */
import { chartFigures } from '../report/charts.ts'
import { escaped, factList, figureText } from '../report/markup.ts'
import { htmlPage, type PlotAssets } from '../report/page.ts'
import type { MetricsLine } from './metrics.ts'
import { chartsOf, figureLabel, numberIn, splitMetrics } from './report-data.ts'
import type { ReportPicture } from './report-pictures.ts'
import type { ResolvedConfig } from './train-config.ts'

/** What is known of a run besides its configuration and metrics. */
export interface RunFacts {
  /** Name of the run: its folder. */
  readonly name: string
  readonly categories: readonly string[]
  readonly trainImages: number
  readonly valImages: number
  /** The step it has reached. */
  readonly step: number
  /** Numbers in trained parameters. */
  readonly parameters: number
  readonly best?: { readonly figure: number; readonly step: number }
  /** Name of the figure that `best` is about. */
  readonly bestFigure: string
}

export interface ReportInput {
  readonly facts: RunFacts
  readonly config: ResolvedConfig
  /** Lines of `metrics.jsonl`. */
  readonly metrics: readonly MetricsLine[]
  readonly pictures: readonly ReportPicture[]
  readonly assets: PlotAssets
}

const STYLE = `
.pairs { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1.25rem; }
.pair { margin: 0; min-width: 0; }
.pair > div { display: grid; grid-template-columns: 1fr 1fr; gap: 0.35rem; }
.classes { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; margin: 0.25rem 0; padding: 0; list-style: none; }
.classes span { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.4em; border-radius: 0.2em; }
.pair img { display: block; width: 100%; height: auto; border-radius: 0.35rem; image-rendering: auto; }
`

/** The page as text. Everything that comes from files or settings is escaped. */
export function reportPage({ facts, config, metrics, pictures, assets }: ReportInput): string {
  const charts = chartsOf(metrics)
  const body = `<h1>${escaped(facts.name)}</h1>
${config.goal ? `<p>${escaped(config.goal)}</p>` : ''}
${summary(facts, config, metrics)}
<h2>Curves</h2>
${charts.length ? chartFigures(charts) : '<p class="pale">No step has been logged yet.</p>'}
${evaluationTable(metrics)}
${pairs(pictures)}
<h2>Configuration</h2>
<details><summary>As it was resolved (config.json)</summary><pre>${escaped(JSON.stringify(config, null, 2))}</pre></details>`
  return htmlPage({ title: `${facts.name} – training report`, body, charts, assets, style: STYLE })
}

function summary(facts: RunFacts, config: ResolvedConfig, metrics: readonly MetricsLine[]): string {
  const { steps } = splitMetrics(metrics)
  const last = steps[steps.length - 1]
  const { best, bestFigure } = facts
  const times = steps.slice(-50).flatMap((line) => numberIn(line, 'step_ms') ?? [])
  const waits = steps.slice(-50).flatMap((line) => numberIn(line, 'wait_ms') ?? [])
  const entries: (readonly [string, string])[] = [
    ['Step', `${facts.step} of ${config.steps}`],
    ['Loss', last ? short(numberIn(last, 'loss')) : '–'],
    [
      `Best ${figureLabel(bestFigure)}`,
      best && best.figure >= 0 ? `${short(best.figure)} at step ${best.step}` : '–',
    ],
    ['Time per step', times.length ? `${short(mean(times))} ms + ${short(mean(waits))} ms waiting` : '–'],
    ['Images', `${facts.trainImages} to train, ${facts.valImages} to validate`],
    ['Categories', facts.categories.length > 5 ? `${facts.categories.length}` : facts.categories.join(', ')],
    ['Model', `${config.model.name}, ${short(facts.parameters / 1e6)} M parameters`],
  ]
  return factList(entries)
}

/** All figures of the last evaluations, newest first. */
function evaluationTable(metrics: readonly MetricsLine[]): string {
  const evaluations = splitMetrics(metrics).evaluations.slice(-10).reverse()
  if (evaluations.length === 0) return ''
  const names = [...new Set(evaluations.flatMap((line) => Object.keys(line)))].filter(
    (name) => name !== 'step',
  )
  const head = ['step', ...names.map(figureLabel)].map((name) => `<th scope="col">${escaped(name)}</th>`)
  const rows = evaluations.map((line) => {
    const cells = names.map((name) => `<td>${figureText(numberIn(line, name))}</td>`)
    return `<tr><td>${line.step}</td>${cells.join('')}</tr>`
  })
  return `<h2>Evaluations</h2>
<div class="table"><table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
<p class="pale">As COCO's tool computes them; the newest first, the last ten at most.</p>`
}

function pairs(pictures: readonly ReportPicture[]): string {
  if (pictures.length === 0) return ''
  const figures = pictures.map(
    ({ file, truth, prediction, note, classes }) => `<figure class="pair"><div>
<img alt="${escaped(`Objects as labelled in ${file}`)}" src="${escaped(truth)}">
<img alt="${escaped(`Objects as predicted in ${file}`)}" src="${escaped(prediction)}">
</div><figcaption>${escaped(file)}: ${escaped(note)}${legend(classes)}</figcaption></figure>`,
  )
  return `<h2>Validation images</h2>
<p class="pale">Left as labelled, right as predicted at the last evaluation.</p>
<div class="pairs">${figures.join('\n')}</div>`
}

function legend(classes: ReportPicture['classes']): string {
  const entries = classes.map(
    ({ name, color, labelled, predicted }) =>
      `<li><span style="background: rgb(${color.join(' ')})"></span>${escaped(name)} ${labelled} labelled, ${predicted} predicted</li>`,
  )
  return entries.length === 0 ? '' : `<ul class="classes">${entries.join('\n')}</ul>`
}

/** Four digits; a dash for nothing. */
function short(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(4)))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
