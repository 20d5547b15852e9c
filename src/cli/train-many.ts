/** Several runs of one configuration, one after the other, with a table at the end. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MaskwrightError } from '../errors.ts'
import { openRunFolder } from '../node/run-folder.ts'
import { requireSameRun } from '../train/config-parts.ts'
import { figureLabel } from '../train/report-data.ts'
import { CONFIG_FILE } from '../train/run-files.ts'
import { type Spread, spreadOf, type Variant } from '../train/sweep.ts'
import type { ResolvedConfig } from '../train/train-config.ts'
import { LAST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import { table } from './data/text-table.ts'
import { printJson, printLine, say } from './print.ts'
import { loadConfig, type RunFlags, startRun } from './train-run.ts'

/** In the folder of a run that is over: what became of it, so that it is not run again. */
const RESULT_FILE = 'result.json'

/** What became of one run. */
interface Outcome {
  readonly step: number
  readonly best: { readonly figure: string; readonly value: number; readonly step: number } | null
  readonly figures: Readonly<Record<string, number>>
}

interface Row extends Variant {
  readonly outcome?: Outcome
  /** Why there is none, of a run that failed. */
  readonly failure?: string
}

/**
 * Trains every variant in a folder of its own below `out`; those that are over are not trained again, those that were begun go on. A run
 * that fails is told, and the others still run. Throws `ConfigError`, before anything starts, for settings of any of them.
 */
export async function trainMany(
  file: string,
  variants: readonly Variant[],
  out: string,
  flags: RunFlags & { readonly json?: boolean },
  signal: AbortSignal,
): Promise<void> {
  const planned: { variant: Variant; flags: RunFlags; config: ResolvedConfig }[] = []
  for (const variant of variants) {
    const seed = variant.seed === undefined ? [] : [seedOverride(variant.seed)]
    const own = { ...flags, set: [...(flags.set ?? []), ...variant.settings, ...seed] }
    planned.push({ variant, flags: own, config: await loadConfig(file, own) })
  }
  const rows: Row[] = []
  for (const [i, { variant, flags: own, config }] of planned.entries()) {
    if (signal.aborted) break
    const folder = join(out, variant.folder)
    const place = `[${i + 1} of ${planned.length}] ${nameOf(variant)}`
    try {
      const known = await finishedOutcome(folder, config)
      say(known ? `${place}: over already, in ${folder}` : `${place}: ${folder}`)
      const outcome = known ?? (await trained(file, config, folder, own, signal))
      rows.push({ ...variant, outcome })
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error
      say(`${place}: ${error.message}`)
      rows.push({ ...variant, failure: error.message })
    }
  }
  if (flags.json) printJson({ folder: out, runs: rows.map(documentOf), groups: groupsOf(rows) })
  else printTable(out, rows, planned.length)
  if (rows.length > 0 && rows.every(({ outcome }) => !outcome))
    throw new MaskwrightError('no run came to its end', { where: out, hint: 'What went wrong is told above' })
}

const seedOverride = (seed: number) => ({ path: ['seed'], value: seed, text: `seed=${seed}` })

async function trained(
  file: string,
  config: ResolvedConfig,
  folder: string,
  flags: RunFlags,
  signal: AbortSignal,
): Promise<Outcome> {
  const resume = existsSync(join(folder, LAST_CHECKPOINT))
  const { progress, figures, bestFigure, stoppedEarly } = await startRun(
    file,
    config,
    folder,
    { ...flags, resume },
    signal,
  )
  const { best, step } = progress
  const outcome: Outcome = {
    step,
    best: best ? { figure: bestFigure, value: best.figure, step: best.step } : null,
    figures,
  }
  const isOver = step === config.steps || (stoppedEarly && !signal.aborted)
  if (isOver) await openRunFolder(folder).write(RESULT_FILE, `${JSON.stringify(outcome, null, 2)}\n`)
  return outcome
}

/** What became of a run that is over and was of these settings; undefined where there is none. Throws `ConfigError` where it was of others. */
async function finishedOutcome(folder: string, config: ResolvedConfig): Promise<Outcome | undefined> {
  const files = openRunFolder(folder)
  const [result, stored] = [await files.read(RESULT_FILE), await files.read(CONFIG_FILE)]
  if (!result || !stored) return undefined
  requireSameRun(new TextDecoder().decode(stored), config, join(folder, CONFIG_FILE))
  try {
    const outcome: Outcome = JSON.parse(new TextDecoder().decode(result))
    return JSON.parse(new TextDecoder().decode(stored)).steps === config.steps ? outcome : undefined
  } catch {
    return undefined
  }
}

function nameOf({ settings, seed }: Variant): string {
  const parts = settings.map(({ text }) => text)
  return [...parts, ...(seed === undefined ? [] : [`seed ${seed}`])].join(', ')
}

function documentOf({ settings, seed, folder, outcome, failure }: Row) {
  const set = Object.fromEntries(settings.map(({ path, value }) => [path.join('.'), value]))
  return {
    settings: set,
    ...(seed !== undefined && { seed }),
    folder,
    ...outcome,
    ...(failure && { failure }),
  }
}

/** Runs that differ in their seeds alone, with how their best figure spreads. */
function groupsOf(rows: readonly Row[]) {
  const names = [...new Set(rows.map(({ settings }) => settings.map(({ text }) => text).join('\n')))]
  return names.map((name) => {
    const own = rows.filter(({ settings }) => settings.map(({ text }) => text).join('\n') === name)
    const values = own.flatMap(({ outcome }) => outcome?.best?.value ?? [])
    const set = Object.fromEntries(own[0].settings.map(({ path, value }) => [path.join('.'), value]))
    return { settings: set, runs: own.length, ...(spreadOf(values) as Spread | undefined) }
  })
}

function printTable(out: string, rows: readonly Row[], planned: number): void {
  const figure = rows.flatMap(({ outcome }) => outcome?.best?.figure ?? [])[0]
  const label = figure ? `best ${figureLabel(figure)}` : 'best AP'
  const groups = groupsOf(rows)
  const keys = Object.keys(groups[0]?.settings ?? {})
  const cells = groups.map(({ settings, runs, count = 0, mean, deviation }) => [
    ...keys.map((key) => JSON.stringify(settings[key])),
    count < runs ? `${count} of ${runs}` : `${runs}`,
    mean === undefined ? '-' : mean.toFixed(3),
    deviation === undefined ? '-' : deviation.toFixed(3),
  ])
  if (rows.length < planned)
    printLine(`stopped after ${rows.length} of ${planned} runs; the same command goes on`)
  for (const line of table([[...keys, 'runs', `${label}, mean`, 'deviation'], ...cells])) printLine(line)
  printLine(`runs in ${out}`)
}
