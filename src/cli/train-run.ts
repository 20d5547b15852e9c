/** A training from its configuration file to its end, told as it goes on. */
import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { ConfigError } from '../errors.ts'
import { hasOwnColours } from '../models/initial-weights.ts'
import { loadConfigFile } from '../node/config-file.ts'
import { isModelName, loadModelBytes } from '../node/package-files.ts'
import { openPageServer } from '../node/page-server.ts'
import { openRunFolder } from '../node/run-folder.ts'
import { requireThreads } from '../node/threads.ts'
import { trainPlatform } from '../node/train-platform.ts'
import type { Device } from '../runtime/session.ts'
import { resolveConfig } from '../train/config.ts'
import { type Override, sourceOf } from '../train/config-overrides.ts'
import { recipeNote } from '../train/config-recipe.ts'
import { FEATURES_FOLDER } from '../train/kept-features.ts'
import { figureLabel } from '../train/report-data.ts'
import { type RunResult, runTraining } from '../train/run.ts'
import type { Averaged } from '../train/run-evaluator.ts'
import { megabytes } from '../train/run-features.ts'
import { CONFIG_FILE } from '../train/run-files.ts'
import type { RunListener, RunOptions } from '../train/run-options.ts'
import type { WeightsFit } from '../train/state.ts'
import { roughDuration, STEPS_TO_ESTIMATE, timeLeft } from '../train/time-left.ts'
import type { ResolvedConfig } from '../train/train-config.ts'
import type { Moment } from '../train/trainer.ts'
import { LAST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import { joinRanks, requireSameTraining, sharingCores } from './joined-ranks.ts'
import { say } from './print.ts'
import { type ProgressBar, startProgress } from './progress.ts'
import { loadData, sayReading, sayScales } from './train-data.ts'

/** Flags of the command that a run goes by. */
export interface RunFlags {
  readonly resume?: boolean
  readonly maxSteps?: number
  readonly set?: readonly Override[]
  readonly device: Device | 'auto'
  readonly threads?: number
  /** Port of a page of the run as it goes on; true: any that is free. */
  readonly watch?: number | true
}

/** The configuration in a file, with what the command line changes of it. Throws `ConfigError`. */
export async function loadConfig(file: string, flags: RunFlags): Promise<ResolvedConfig> {
  return resolvedConfig(await loadConfigFile(file), file, flags)
}

/** The same of what a file says or will say. */
export function resolvedConfig(raw: unknown, file: string, { set, threads }: RunFlags): ResolvedConfig {
  const config = resolveConfig(raw, {
    where: file,
    overrides: set,
    absolute: (path, from) => (from === 'file' ? resolve(dirname(file), path) : resolve(path)),
    isModelName,
    onRenamed: (note) => say(`${file}: ${note}`),
  })
  requireThreads(config.threads)
  return threads === undefined ? config : { ...config, threads }
}

/** Starts or continues the run in a folder. Throws `ConfigError` where the folder says that it should be the other. */
export async function startRun(
  file: string,
  loaded: ResolvedConfig,
  out: string,
  { resume, maxSteps, set, device, watch }: RunFlags,
  signal: AbortSignal,
  { hooks, finish }: Pick<RunOptions, 'hooks' | 'finish'> = {},
): Promise<RunResult> {
  const ranks = await joinRanks(device, signal)
  const isFirst = !ranks || ranks.rank === 0
  const files = openRunFolder(out)
  if (isFirst) requireRunFolder(out, resume)
  const config = ranks ? await sharingCores(ranks, loaded) : loaded
  const { data, initialWeights } = config
  const { train, val } = await loadData(data, file)
  if (ranks) await requireSameTraining(ranks, config, { train })
  const note = recipeNote(config)
  if (note) say(note)
  sayScales(config)
  await sayReading(config, train)
  const steps = Math.min(config.steps, maxSteps ?? config.steps)
  const server = isFirst && watch !== undefined ? await openPageServer(watch === true ? 0 : watch) : undefined
  if (server) say(`watch the run at ${server.url}`)
  const progress = startProgress(isFirst ? steps : 0, 'steps')
  try {
    const result = await runTraining({
      config,
      ranks,
      train,
      val,
      files,
      device,
      maxSteps,
      signal,
      finish,
      hooks,
      platform: trainPlatform,
      name: basename(resolve(out)),
      whereOf: (path) => sourceOf(path, file, set ?? []),
      initialWeights: initialWeights
        ? { bytes: await loadModelBytes(initialWeights), where: initialWeights }
        : undefined,
      on: { ...listener(config, steps, progress, ranks?.size), ...(server && { page: server.show }) },
    })
    // Others may be anywhere when a signal has ended this one.
    if (ranks && !signal.aborted) await ranks.close()
    return result
  } finally {
    progress.end()
    await server?.close()
  }
}

/** Throws `ConfigError` where a run to start is there already, or one to resume is not. */
export function requireRunFolder(out: string, resume = false): void {
  if (!resume && existsSync(join(out, LAST_CHECKPOINT))) {
    throw new ConfigError('there is a run in this folder', {
      where: out,
      hint: 'Continue it with --resume, or choose another folder with --out',
    })
  }
  if (resume && !existsSync(join(out, CONFIG_FILE)) && !existsSync(join(out, LAST_CHECKPOINT))) {
    throw new ConfigError('there is no run to resume in this folder', {
      where: out,
      expected: LAST_CHECKPOINT,
      hint: 'Start one without --resume, or name the folder of the run with --out',
    })
  }
}

/**
 * A bar where stderr is a terminal, a line for every logged step where it is not; both say how long it will go on.
 * @param end the step after which this call ends
 * @param processes that train together
 */
function listener(
  { steps, batchSize, accumulate, data, evaluateEvery }: ResolvedConfig,
  end: number,
  progress: ProgressBar,
  processes = 1,
): RunListener {
  const isTerminal = process.stderr.isTTY
  const left = timeLeft(end, data.val ? evaluateEvery : undefined)
  const leftText = ({ progress: { step } }: Moment) => {
    const milliseconds = left.after(step)
    return milliseconds && step < end ? `, about ${roughDuration(milliseconds)} left` : ''
  }
  const images = batchSize * accumulate * processes
  let losses = ''
  let taken = 0
  let lastStep = 0
  return {
    start: (step, { parameters, frozen, frozenAtRandom, initialWeights }) => {
      if (initialWeights) say(fitText(initialWeights))
      if (frozenAtRandom.length > 0)
        say(
          `the frozen stages are random numbers and stay so: give them weights (initialWeights), or leave out freeze; without weights are ${frozenAtRandom.join(', ')}`,
        )
      if (step >= end) {
        const more = end < steps ? 'a larger --max-steps' : '--set steps=N with a larger N'
        return say(`the run is at step ${step} already, so nothing is trained; ${more} goes on`)
      }
      say(
        `${step === 0 ? 'training' : `resuming after step ${step}`}: ${(parameters / 1e6).toFixed(2)} M parameters${frozen > 0 ? `, ${frozen} of them frozen` : ''}`,
      )
    },
    features: ({ images, orientations, bytes, width, height }) =>
      say(
        `what is frozen is computed once for each of ${images} images, padded to ${width} x ${height}${orientations > 1 ? `, in up to ${orientations} orientations` : ''}, and kept in ${FEATURES_FOLDER} of the run: at most ${megabytes(bytes)}`,
      ),
    freed: (step, stages) => say(`from step ${step} on ${stages} stages stay frozen, the others learn`),
    otherData: say,
    unmatched: say,
    bestLost: (reason) =>
      say(`the best model so far is lost, the next evaluation keeps a new one: ${reason}`),
    logged: (moment) => {
      losses = lossText(moment)
      const { step } = moment.progress
      if (!isTerminal) say(`step ${step}/${steps}  ${losses}  ${rate(moment, images)}${leftText(moment)}`)
    },
    step: (moment) => {
      const { step, wait } = moment.milliseconds
      left.stepped(step + wait)
      lastStep = performance.now()
      progress.step(moment.progress.step, `${losses}  ${rate(moment, images)}`)
      if (++taken === STEPS_TO_ESTIMATE && !isTerminal)
        say(`after ${taken} steps${leftText(moment)}${data.val ? ', evaluations apart' : ''}`)
    },
    evaluating: (done, total) => {
      if (!isTerminal && done === total) say(`evaluated ${total} images`)
    },
    evaluated: (step, figures) => {
      if (taken > 0) left.evaluated(performance.now() - lastStep)
      if (!isTerminal) say(`step ${step}: ${figureText(figures)}`)
    },
    averaged: (averaged) => say(averagedText(averaged)),
  }
}

function fitText({ fitting, wanted, misfit, misshapen = 0, convention }: WeightsFit): string {
  const names = convention ? ` (names of ${convention})` : ''
  const counted = `${fitting} of ${wanted} tensors start from the initial weights${names}`
  const anew = misshapen > 0 ? `; ${misshapen} of another shape learn anew` : ''
  const first = misfit ? `; the first that does not fit is ${misfit}` : ''
  const colours =
    convention && hasOwnColours(convention)
      ? '. These learned on colours of their own: give model.transform the mean and std of their preset'
      : ''
  return counted + anew + first + colours
}

/** `loss 1.234 (classifier 0.5, mask 0.6)`. */
function lossText({ scalars }: Moment): string {
  const parts = Object.entries(scalars)
    .filter(([name]) => name.startsWith('loss_'))
    .map(([name, value]) => `${name.slice(5).replaceAll('_', ' ')} ${value.toFixed(3)}`)
  return `loss ${scalars.loss.toFixed(3)} (${parts.join(', ')})`
}

function rate({ milliseconds: { step, wait } }: Moment, images: number): string {
  return `${((1000 * images) / (step + wait)).toFixed(2)} images/s`
}

/** What came of the mean of the best weights. */
function averagedText({ steps, figure, isKept }: Averaged): string {
  const came = isKept ? 'better than any of them: it is the best model now' : 'no better, so it is not kept'
  return `mean of the weights after steps ${steps.join(', ')}: ${figure < 0 ? '-' : figure.toFixed(3)}, ${came}`
}

/** `mask AP 0.512, mask AP50 0.760`. */
export function figureText(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${figureLabel(name)} ${value < 0 ? '-' : value.toFixed(3)}`)
    .join(', ')
}
