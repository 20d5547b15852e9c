/** A training on a folder of photos without a configuration: everything is chosen, and told. */
import { basename, dirname, join, relative, resolve } from 'node:path'
import { allOrNone } from '../node/file-transaction.ts'
import { makeFolder, writeFileAtomic } from '../node/files.ts'
import type { MinutePlan } from '../train/minute-plan.ts'
import { plainValue, type Settings } from '../train/reasoned-settings.ts'
import type { RunResult } from '../train/run.ts'
import { firstImages } from '../train/run-data.ts'
import { configText, type SuggestedLength, suggestedSettings } from '../train/suggested-settings.ts'
import { type DataFacts, type Suggestion, suggest } from '../train/suggestion.ts'
import type { ResolvedConfig } from '../train/train-config.ts'
import { BEST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import { putCocoFile } from './data/targets.ts'
import { type Ending, evaluateBest, printEnding } from './photos/closing-screen.ts'
import { factsOf } from './photos/data-facts.ts'
import {
  DEFAULT_MINUTES,
  isTimed,
  measuredPlan,
  resumeInTime,
  runInTime,
  type Timed,
  type TimedFlags,
} from './photos/timed-run.ts'
import { type TrainSides, trainSides } from './photos/train-sides.ts'
import { printJson, printLine, say, shellWord } from './print.ts'
import { loadData } from './train-data.ts'
import { loadConfig, requireRunFolder, resolvedConfig, startRun } from './train-run.ts'

export interface PhotoFlags extends TimedFlags {
  readonly labels?: string
  readonly val?: string
  readonly dryRun?: boolean
  readonly out?: string
  readonly json?: boolean
}

/** What was chosen, in the run folder. */
const CHOSEN_FILE = 'chosen-config.ts'

/** All that is known before the first step of a new run. */
interface Choice {
  readonly facts: DataFacts
  readonly chosen: Suggestion
  readonly sides: TrainSides
  readonly plan?: MinutePlan
  readonly settingsOf: (length: SuggestedLength) => Settings
  readonly length: SuggestedLength
}

export async function trainPhotos(photos: string, flags: PhotoFlags, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  const out = flags.out ?? join('runs', basename(resolve(photos)))
  const file = join(out, CHOSEN_FILE)
  if (!flags.dryRun) requireRunFolder(out, flags.resume)
  if (flags.resume && !flags.dryRun) {
    const loaded = await loadConfig(file, flags)
    const { config, result } = isTimed(flags)
      ? await resumeInTime(loaded, file, out, flags, signal, began)
      : { config: loaded, result: await startRun(file, loaded, out, flags, signal) }
    return end(photos, out, config, result, { flags, signal, began })
  }
  const choice = await choose(photos, file, flags, signal, began)
  const { settingsOf, sides } = choice
  const text = (length: SuggestedLength) => configText(settingsOf(length), headOf(file, choice))
  if (flags.dryRun) {
    const { facts, chosen, length } = choice
    if (flags.json) printJson({ folder: out, facts, chosen, config: plainValue(settingsOf(length)) })
    else for (const line of text(length).trimEnd().split('\n')) printLine(line)
    return
  }
  await writeData(out, sides)
  await writeFileAtomic(file, text(choice.length))
  const { plan, length } = choice
  const timed: Timed = {
    ...{ plan, length },
    configOf: (now) =>
      resolvedConfig(plainValue(settingsOf({ ...now, foreseen: length.steps })), file, flags),
    changed: (now) => writeFileAtomic(file, text({ ...now, foreseen: length.steps })),
  }
  const { config, result } = await runInTime(file, out, timed, flags, signal, began)
  const unlabelled = { count: sides.unlabelled, labels: sides.source }
  await end(photos, out, config, result, { flags, signal, began, unlabelled })
}

/** Looks at the data, chooses the settings, and measures how many steps fit into the time. */
async function choose(
  photos: string,
  file: string,
  flags: PhotoFlags,
  signal: AbortSignal,
  began: number,
): Promise<Choice> {
  const found = await trainSides(photos, { labels: flags.labels, val: flags.val, signal })
  const facts = factsOf(found.train.dataset)
  const chosen = suggest(facts)
  const inFile = (path: string) => relative(dirname(resolve(file)), resolve(path)) || '.'
  const places = {
    images: inFile(found.train.images),
    annotations: 'train.json',
    val: found.val ? { images: inFile(found.val.images), annotations: 'val.json' } : null,
  }
  const settingsOf = (length: SuggestedLength) => suggestedSettings(facts, chosen, length, places)
  const draft = { steps: DRAFT_STEPS, evaluateEvery: DRAFT_STEPS, reason: 'as it was said' }
  const config = resolvedConfig(plainValue(settingsOf(draft)), file, flags)
  if (config.steps !== DRAFT_STEPS) {
    const { steps } = config
    const length = { ...draft, steps, evaluateEvery: Math.ceil(steps / 4) }
    return { facts, chosen, sides: found, settingsOf, length }
  }
  const { minutes = DEFAULT_MINUTES } = flags
  const { train, val } = found
  const data = { train: train.dataset, val: val?.dataset }
  const { plan, reason, step } = await measuredPlan(config, data, flags, signal, began)
  const { steps, evaluateEvery, valImages } = plan
  say(`a step takes ${step} s: ${steps} fit into ${minutes} minutes`)
  const length = { steps, evaluateEvery, reason }
  if (!val || valImages === undefined) return { facts, chosen, sides: found, plan, settingsOf, length }
  say(
    `of the ${val.dataset.images.length} images to validate on ${valImages} are looked at, to keep the time`,
  )
  const limited = { ...val, dataset: firstImages(val.dataset, valImages) }
  return { facts, chosen, sides: { ...found, val: limited }, plan, settingsOf, length }
}

/** Stands for steps that are not known yet. */
const DRAFT_STEPS = 100_003

function headOf(file: string, { facts }: Choice): string[] {
  const { objects, images, cores, memory } = facts
  return [
    `Chosen for ${images} images with ${objects?.count} objects of ${objects?.categories.length} kinds,`,
    `and a machine of ${cores} cores and ${(memory / 2 ** 30).toFixed(0)} GB. To train with changes of your own:`,
    '',
    `  npx maskwright train ${shellWord(file)} --out runs/another`,
  ]
}

async function writeData(out: string, { train, val }: TrainSides): Promise<void> {
  await makeFolder(out)
  await allOrNone(async (files) => {
    await putCocoFile(join(out, 'train.json'), train.dataset, { force: true }, files)
    if (val) await putCocoFile(join(out, 'val.json'), val.dataset, { force: true }, files)
  })
}

/** Evaluates the best model, and tells all. */
async function end(
  photos: string,
  out: string,
  config: ResolvedConfig,
  { progress, isAborted, figures }: RunResult,
  {
    flags,
    signal,
    began,
    unlabelled,
  }: { flags: PhotoFlags; signal: AbortSignal; began: number; unlabelled?: Ending['unlabelled'] },
): Promise<void> {
  const resumeCommand = `maskwright train ${shellWord(photos)} --out ${shellWord(out)} --resume`
  const isStopped = isAborted || signal.aborted
  const { train, val } = await loadData(config.data, out)
  const best = join(out, BEST_CHECKPOINT)
  const reached =
    isStopped || !config.data.val || !val
      ? undefined
      : await evaluateBest(best, out, { ...config.data.val, dataset: val }, flags, signal)
  const minutes = (performance.now() - began) / 60_000
  if (flags.json) {
    const { step } = progress
    printJson({
      folder: out,
      step,
      steps: config.steps,
      minutes,
      figures,
      reached: reached ?? null,
      unlabelled: unlabelled?.count ?? null,
    })
  } else if (isStopped) {
    printLine(`stopped after step ${progress.step} of ${config.steps}; to go on: ${resumeCommand}`)
  } else {
    const trained = { images: train.images.length, categories: train.categories }
    printEnding({ photos, out, reached, trained, unlabelled, minutes })
  }
}
