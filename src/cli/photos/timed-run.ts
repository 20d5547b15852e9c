/** A training that keeps to the minutes it may take. */
import { openRunFolder } from '../../node/run-folder.ts'
import { trainPlatform } from '../../node/train-platform.ts'
import { loadCheckpoint } from '../../train/checkpoint.ts'
import { type MinutePlan, paceKeeper, planMinutes, seconds } from '../../train/minute-plan.ts'
import { rehearse } from '../../train/rehearsal.ts'
import type { RunResult } from '../../train/run.ts'
import type { SuggestedLength } from '../../train/suggested-settings.ts'
import type { ResolvedConfig } from '../../train/train-config.ts'
import type { Hook } from '../../train/trainer.ts'
import { say } from '../print.ts'
import { loadData, type TrainingData } from '../train-data.ts'
import { type RunFlags, startRun } from '../train-run.ts'

export interface TimedFlags extends RunFlags {
  /** Of all of a training. */
  readonly minutes?: number
}

export const DEFAULT_MINUTES = 30
/** Of the time, and at least so many milliseconds, measuring may take. */
const MEASURING_SHARE = 0.1
const LEAST_MEASURED = 30_000

/** A run whose steps may be planned anew. */
export interface Timed {
  readonly plan?: MinutePlan
  readonly length: SuggestedLength
  readonly configOf: (length: SuggestedLength) => ResolvedConfig
  /** The steps are others than before. */
  readonly changed?: (length: SuggestedLength) => Promise<void>
}

/** Trains; where the machine turns out to be slower or faster than measured, the steps left are planned anew. */
export async function runInTime(
  file: string,
  out: string,
  { plan, length, configOf, changed }: Timed,
  flags: TimedFlags,
  signal: AbortSignal,
  began: number,
): Promise<{ config: ResolvedConfig; result: RunResult }> {
  const { minutes = DEFAULT_MINUTES, maxSteps } = flags
  const total = minutes * 60_000
  let now = length
  for (let resume = flags.resume; ; resume = true) {
    const config = configOf(now)
    const [anew, finish] = [new AbortController(), new AbortController()]
    let steps: number | undefined
    const keeper =
      plan && maxSteps === undefined
        ? paceKeeper({ ...plan, ...now }, { total, endsAt: began + total })
        : undefined
    const hook: Hook = {
      afterStep: async ({ progress, milliseconds: { step, wait } }) => {
        steps = keeper?.stepped(progress.step, step + wait)
        if (steps !== undefined) (steps === progress.step ? finish : anew).abort()
        return undefined
      },
    }
    const either = AbortSignal.any([signal, anew.signal])
    const result = await startRun(file, config, out, { ...flags, resume }, either, {
      hooks: [hook],
      finish: finish.signal,
    })
    if (steps === undefined || signal.aborted) return { config, result }
    const { step } = result.progress
    const isOver = finish.signal.aborted
    if (!isOver && !result.isAborted) return { config, result }
    const why = isOver
      ? 'the time is over'
      : `the machine is ${steps < now.steps ? 'slower' : 'faster'} than it was`
    say(`${why}: ${steps} steps instead of ${now.steps}`)
    now = {
      steps,
      evaluateEvery: Math.ceil(steps / Math.round(now.steps / now.evaluateEvery)),
      reason: isOver
        ? `what fitted into ${minutes} minutes`
        : `what fits into ${minutes} minutes, planned anew after step ${step}`,
    }
    await changed?.(now)
    if (isOver) return { config: configOf(now), result }
  }
}

/** Whether a run that goes on is to take the minutes that are given, and not the steps that were chosen or are given. */
export function isTimed({ minutes, set = [] }: TimedFlags): boolean {
  return minutes !== undefined && !set.some(({ path }) => path.join('.') === 'steps')
}

/** Goes on with a run for as long as the minutes allow, measured anew; the file of its configuration stays as it is. */
export async function resumeInTime(
  loaded: ResolvedConfig,
  file: string,
  out: string,
  flags: TimedFlags,
  signal: AbortSignal,
  began: number,
): Promise<{ config: ResolvedConfig; result: RunResult }> {
  const { minutes = DEFAULT_MINUTES } = flags
  const { train, val } = await loadData(loaded.data, file)
  const taken = (await loadCheckpoint(openRunFolder(out)))?.progress.step ?? 0
  const { plan, reason, step } = await measuredPlan(loaded, { train, val }, flags, signal, began)
  say(`a step takes ${step} s: ${plan.steps} more fit into ${minutes} minutes`)
  const length = { steps: taken + plan.steps, evaluateEvery: plan.evaluateEvery, reason }
  const { valImages } = plan
  const data =
    valImages === undefined
      ? loaded.data
      : { ...loaded.data, val: loaded.data.val && { ...loaded.data.val, limit: valImages } }
  const configOf = ({ steps, evaluateEvery }: SuggestedLength) => ({ ...loaded, data, steps, evaluateEvery })
  return runInTime(file, out, { plan, length, configOf }, flags, signal, began)
}

/** What fits into the minutes that are left: how long steps and evaluations take is measured on a few of them. */
export async function measuredPlan(
  config: ResolvedConfig,
  data: TrainingData,
  { minutes = DEFAULT_MINUTES, device }: TimedFlags,
  signal: AbortSignal,
  began: number,
): Promise<{ plan: MinutePlan; reason: string; step: string }> {
  say('measuring a few steps')
  const total = minutes * 60_000
  const pace = await rehearse(
    { config, platform: trainPlatform, device, signal, ...data },
    Math.max(LEAST_MEASURED, MEASURING_SHARE * total),
  )
  const plan = planMinutes(total - (performance.now() - began), pace, data.val?.images.length ?? 0)
  const step = seconds(pace.step)
  return { plan, step, reason: `what fits into ${minutes} minutes, with ${step} s a step` }
}
