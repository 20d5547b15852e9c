/** A training of `train PHOTOS` that keeps to the minutes it may take. */
import { openRunFolder } from '../../node/run-folder.ts'
import { trainPlatform } from '../../node/train-platform.ts'
import { loadCheckpoint } from '../../train/checkpoint.ts'
import type { RunResult } from '../../train/run.ts'
import type { SuggestedLength } from '../../train/suggested-settings.ts'
import {
  type PlannedLength,
  plannedLength,
  resumedInTime,
  runInTime,
  type TimedRun,
} from '../../train/timed-run.ts'
import type { ResolvedConfig } from '../../train/train-config.ts'
import { say } from '../print.ts'
import { loadData, type TrainingData } from '../train-data.ts'
import { type RunFlags, startRun } from '../train-run.ts'

export interface TimedFlags extends RunFlags {
  /** Of all of a training. */
  readonly minutes?: number
}

export const DEFAULT_MINUTES = 30

/** Where a run lies, and how long it may take. */
export interface RunPlace {
  /** Of its configuration. */
  readonly file: string
  readonly out: string
  readonly flags: TimedFlags
  readonly signal: AbortSignal
  /** When the command began, by `performance.now()`. */
  readonly began: number
}

type Ended = Promise<{ config: ResolvedConfig; result: RunResult }>

export function trainInTime(timed: Omit<TimedRun, 'run'>, place: RunPlace): Ended {
  return runInTime({ ...timed, isResumed: place.flags.resume, run: startOf(place) }, timeOf(place))
}

/** Whether a run that goes on is to take the minutes that are given, and not the steps that were chosen or are given. */
export function isTimed({ minutes, set = [] }: TimedFlags): boolean {
  return minutes !== undefined && !set.some(({ path }) => path.join('.') === 'steps')
}

/** Goes on with a run for as long as the minutes allow; the file of its configuration stays as it is. */
export async function resumeInTime(loaded: ResolvedConfig, place: RunPlace): Ended {
  const { file, out, flags } = place
  const data = await loadData(loaded.data, file)
  const taken = (await loadCheckpoint(openRunFolder(out)))?.progress.step ?? 0
  const options = { ...data, platform: trainPlatform, device: flags.device }
  return resumedInTime(loaded, taken, options, timeOf(place), startOf(place))
}

/** How long a new run trains; see `plannedLength`. */
export function lengthInTime(
  configOf: (length: SuggestedLength) => ResolvedConfig,
  data: TrainingData,
  place: RunPlace,
): Promise<PlannedLength> {
  const { device } = place.flags
  return plannedLength(configOf, { ...data, platform: trainPlatform, device }, timeOf(place))
}

function timeOf({ flags: { minutes = DEFAULT_MINUTES, maxSteps }, began, signal }: RunPlace) {
  return { minutes, began, signal, tell: say, replans: maxSteps === undefined }
}

function startOf({ file, out, flags }: RunPlace): TimedRun['run'] {
  return (config, resume, { hooks, finish, signal }) =>
    startRun(file, config, out, { ...flags, resume }, signal, { hooks, finish })
}
