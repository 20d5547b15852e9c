/** What is told at the end of a training on photos: what was reached, where it fails, what to do next. */
import { join } from 'node:path'
import type { Category, Dataset } from '../../data/dataset.ts'
import { evaluationReport } from '../../evaluation/report.ts'
import { counted } from '../../names/counted.ts'
import { reachedOf } from '../../train/reached.ts'
import type { Reached } from '../../train/training-state.ts'
import { mostTelling, writeReport } from '../evaluate-report.ts'
import { evaluateModel } from '../evaluate-sources.ts'
import { printLine, shellWord } from '../print.ts'
import type { RunFlags } from '../train-run.ts'

/** With the page that tells more. */
export interface ReportedReached extends Reached {
  readonly report: string
}

/** The evaluation beside the training's own report: tables, and the worst cases drawn. */
export const EVALUATION_FILE = 'evaluation.html'
const MOST_NAMED = 3

export interface Validation {
  readonly images: string
  readonly annotations: string
  readonly dataset: Dataset
}

/** Evaluates a model, and writes the report beside the run. Undefined where nothing could be measured. */
export async function evaluateBest(
  model: string,
  out: string,
  { images, annotations, dataset }: Validation,
  { device, threads }: RunFlags,
  signal: AbortSignal,
): Promise<ReportedReached | undefined> {
  const evaluated = await evaluateModel(model, { images, annotations, device, threads }, signal)
  const iouType = mostTelling(evaluated)
  if (!iouType) return undefined
  const path = join(out, EVALUATION_FILE)
  await writeReport({ path, subject: model, annotations, images }, evaluated, signal)
  const { results } = await evaluated.compared(iouType)
  const report = evaluationReport({
    groundTruth: dataset,
    results,
    iouType,
    evaluation: evaluated.evaluations[iouType],
    worstOfEach: Number.MAX_SAFE_INTEGER,
  })
  return { ...reachedOf(report, dataset), report: path }
}

export interface Ending {
  readonly photos: string
  readonly out: string
  readonly reached?: ReportedReached
  readonly trained: { readonly images: number; readonly categories: readonly Category[] }
  /** Images of the folder without labels, and where those that there are lie; undefined where that was not looked at. */
  readonly unlabelled?: { readonly count: number; readonly labels: string }
  readonly minutes: number
}

/** One screen. */
export function printEnding({ photos, out, reached, trained, unlabelled, minutes }: Ending): void {
  const model = shellWord(out)
  printLine(`\ntrained   on ${counted(trained.images, 'image')} in ${minutes.toFixed(1)} minutes: ${out}`)
  if (reached) for (const line of reachedLines(reached)) printLine(line)
  else printLine('reached   not known: no images were kept apart. Label some more, or name some with --val')
  printLine(`label     ${nextText(photos, model, unlabelled, reached)}`)
  printLine(`predict   maskwright predict ${shellWord(photos)} --model ${model}`)
}

function* reachedLines(reached: ReportedReached): Generator<string> {
  const { measure, AP, AP50, images, objects, score, precision, recall, categories } = reached
  yield `reached   AP ${figure(AP)}, AP50 ${figure(AP50)} of ${measure}, on ${counted(images, 'image')} with ${objects} objects that it has not seen`
  if (recall > 0)
    yield `          of 100 objects it finds ${percent(recall)}, and of 100 that it shows ${percent(precision)} are right (from a score of ${score.toFixed(2)} on; half of the area must agree)`
  else yield '          it finds none of the objects yet: more time (--minutes), or more labelled images'
  if (categories.length > 1) {
    const worst = categories.slice(0, MOST_NAMED)
    yield `fails     least found: ${worst.map(({ name, AP, objects }) => `${name} (AP ${figure(AP)} of ${objects})`).join(', ')}`
  }
  const files = reached.worstImages
    .slice(0, MOST_NAMED)
    .map(({ file, missed, wrong }) => `${file} (${missed} missed, ${wrong} wrong)`)
  const lead = categories.length > 1 ? '         ' : 'fails    '
  if (files.length > 0) yield `${lead} worst images: ${files.join(', ')}`
  yield `          the worst cases are drawn in ${reached.report}`
}

function nextText(
  photos: string,
  model: string,
  unlabelled: Ending['unlabelled'],
  reached: ReportedReached | undefined,
): string {
  if (unlabelled && unlabelled.count > 0) {
    const { count, labels } = unlabelled
    return `${counted(count, 'image')} of the folder ${count === 1 ? 'has' : 'have'} no labels; which help most: maskwright data suggest ${shellWord(photos)} --labels ${shellWord(labels)} --model ${model}`
  }
  const [least] = reached && reached.categories.length > 1 ? reached.categories : []
  return least
    ? `more images with ${least.name}, and such as those that fail`
    : 'more images, such as those that fail'
}

function figure(value: number): string {
  return value < 0 ? '-' : value.toFixed(3)
}

function percent(share: number): string {
  return `${Math.round(100 * Math.max(0, share))}`
}
