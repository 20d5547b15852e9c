/** A training on a folder of photos without a configuration: everything is chosen, and told. */
import { basename, dirname, join, relative, resolve } from 'node:path'
import { allOrNone } from '../node/file-transaction.ts'
import { makeFolder, writeFileAtomic } from '../node/files.ts'
import { factsOf } from '../train/data-facts.ts'
import type { MinutePlan } from '../train/minute-plan.ts'
import { plainValue, type Settings } from '../train/reasoned-settings.ts'
import type { RunResult } from '../train/run.ts'
import { configText, type SuggestedLength, suggestedSettings } from '../train/suggested-settings.ts'
import { type DataFacts, type Suggestion, suggest } from '../train/suggestion.ts'
import type { ResolvedConfig } from '../train/train-config.ts'
import { BEST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import { putCocoFile } from './data/targets.ts'
import { type Ending, evaluateBest, printEnding } from './photos/closing-screen.ts'
import { machineFacts } from './photos/data-facts.ts'
import {
  isTimed,
  lengthInTime,
  type RunPlace,
  resumeInTime,
  type TimedFlags,
  trainInTime,
} from './photos/timed-run.ts'
import { type TrainSides, trainSides } from './photos/train-sides.ts'
import { printJson, printLine, shellWord } from './print.ts'
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
  const place = { file, out, flags, signal, began }
  if (!flags.dryRun) requireRunFolder(out, flags.resume)
  if (flags.resume && !flags.dryRun) {
    const loaded = await loadConfig(file, flags)
    const { config, result } = isTimed(flags)
      ? await resumeInTime(loaded, place)
      : { config: loaded, result: await startRun(file, loaded, out, flags, signal) }
    return end(photos, out, config, result, { flags, signal, began })
  }
  const choice = await choose(photos, place)
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
  const timed = {
    ...{ plan, length },
    configOf: (now: SuggestedLength) =>
      resolvedConfig(plainValue(settingsOf({ ...now, foreseen: length.steps })), file, flags),
    changed: (now: SuggestedLength) => writeFileAtomic(file, text({ ...now, foreseen: length.steps })),
  }
  const { config, result } = await trainInTime(timed, place)
  const unlabelled = { count: sides.unlabelled, labels: sides.source }
  await end(photos, out, config, result, { flags, signal, began, unlabelled })
}

/** Looks at the data, chooses the settings, and measures how many steps fit into the time. */
async function choose(photos: string, place: RunPlace & { readonly flags: PhotoFlags }): Promise<Choice> {
  const { file, flags, signal } = place
  const found = await trainSides(photos, { labels: flags.labels, val: flags.val, signal })
  const facts = factsOf(found.train.dataset, machineFacts())
  const chosen = suggest(facts)
  const inFile = (path: string) => relative(dirname(resolve(file)), resolve(path)) || '.'
  const places = {
    images: inFile(found.train.images),
    annotations: 'train.json',
    val: found.val ? { images: inFile(found.val.images), annotations: 'val.json' } : null,
  }
  const settingsOf = (length: SuggestedLength) => suggestedSettings(facts, chosen, length, places)
  const configOf = (length: SuggestedLength) => resolvedConfig(plainValue(settingsOf(length)), file, flags)
  const { train, val } = found
  const planned = await lengthInTime(configOf, { train: train.dataset, val: val?.dataset }, place)
  const sides = { ...found, ...(val && planned.val && { val: { ...val, dataset: planned.val } }) }
  const { plan, length } = planned
  return { facts, chosen, sides, plan, settingsOf, length }
}

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
