/** A training that keeps to the minutes it may take. */
import type { Dataset } from '../data/dataset.ts'
import { type MinutePlan, paceKeeper, planMinutes, seconds } from './minute-plan.ts'
import { prepareFeatures } from './prepared-features.ts'
import { rehearse } from './rehearsal.ts'
import type { RunResult } from './run.ts'
import { firstImages } from './run-data.ts'
import type { RunOptions } from './run-options.ts'
import type { SuggestedLength } from './suggested-settings.ts'
import type { ResolvedConfig } from './train-config.ts'
import type { Hook } from './trainer.ts'

/** Of the time, and at least so many milliseconds, measuring may take. */
const MEASURING_SHARE = 0.1
const LEAST_MEASURED = 30_000
/** Of the time, computing features before the first step may take; others are computed on the way. */
const PREPARING_SHARE = 0.3

/** What is measured; with the `files` of the run, features that measuring makes are kept for it. */
type TimedData = Pick<RunOptions, 'train' | 'val' | 'platform' | 'device'> &
  Partial<Pick<RunOptions, 'files'>>

/** How long all of a training may take. */
export interface TimeAllowed {
  readonly minutes: number
  /** When it began, by `performance.now()`. */
  readonly began: number
  readonly signal: AbortSignal
  /** Told what is done and decided, in a line each. */
  readonly tell: (line: string) => void
  /** What says how many minutes there are, for messages. Default `--minutes`. */
  readonly where?: string
  /** Whether steps are planned anew on the way. Default true. */
  readonly replans?: boolean
}

/** A run whose steps may be planned anew. */
export interface TimedRun {
  /** Without one, so many steps are taken however long that takes. */
  readonly plan?: MinutePlan
  readonly length: SuggestedLength
  readonly configOf: (length: SuggestedLength) => ResolvedConfig
  /** The steps are others than before. */
  readonly changed?: (length: SuggestedLength) => Promise<void>
  /** Starts the run, or goes on with it. */
  readonly run: (
    config: ResolvedConfig,
    isResumed: boolean,
    way: Required<Pick<RunOptions, 'hooks' | 'finish' | 'signal'>>,
  ) => Promise<RunResult>
  /** Whether it goes on from the beginning. Default false. */
  readonly isResumed?: boolean
}

/** Trains; where the machine turns out to be slower or faster than measured, the steps left are planned anew. */
export async function runInTime(
  { plan, length, configOf, changed, run, isResumed = false }: TimedRun,
  { minutes, began, signal, tell, replans = true }: TimeAllowed,
): Promise<{ config: ResolvedConfig; result: RunResult }> {
  const total = minutes * 60_000
  let now = length
  for (let resume = isResumed; ; resume = true) {
    const config = configOf(now)
    const [anew, finish] = [new AbortController(), new AbortController()]
    let steps: number | undefined
    const keeper =
      plan && replans ? paceKeeper({ ...plan, ...now }, { total, endsAt: began + total }) : undefined
    const hook: Hook = {
      afterStep: async ({ progress, milliseconds: { step, wait } }) => {
        steps = keeper?.stepped(progress.step, step + wait)
        if (steps !== undefined) (steps === progress.step ? finish : anew).abort()
        return undefined
      },
    }
    const either = AbortSignal.any([signal, anew.signal])
    const result = await run(config, resume, { hooks: [hook], finish: finish.signal, signal: either })
    if (steps === undefined || signal.aborted) return { config, result }
    const { step } = result.progress
    const isOver = finish.signal.aborted
    if (!isOver && !result.isAborted) return { config, result }
    const why = isOver
      ? 'the time is over'
      : `the machine is ${steps < now.steps ? 'slower' : 'faster'} than it was`
    tell(`${why}: ${steps} steps instead of ${now.steps}`)
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

/** What fits into the minutes that are left: how long steps and evaluations take is measured on a few of them. */
async function measuredPlan(
  options: TimedData & Pick<RunOptions, 'config'>,
  { minutes, began, signal, tell, where }: TimeAllowed,
): Promise<{ plan: MinutePlan; reason: string; step: string }> {
  tell('measuring a few steps')
  const total = minutes * 60_000
  const pace = await rehearse({ ...options, signal }, Math.max(LEAST_MEASURED, MEASURING_SHARE * total))
  const plan = planMinutes(total - (performance.now() - began), pace, options.val?.images.length ?? 0, where)
  const step = seconds(pace.step)
  return { plan, step, reason: `what fits into ${minutes} minutes, with ${step} s a step` }
}

/** How long a new run trains. */
export interface PlannedLength {
  readonly length: SuggestedLength
  /** Undefined where the steps are set already. */
  readonly plan?: MinutePlan
  /** Images to validate on: in little time only some. */
  readonly val?: Dataset
}

/** Stands for steps that are not known yet. */
const DRAFT_STEPS = 100_003

/**
 * The steps that fit into the minutes.
 * @param configOf a configuration whose steps are set otherwise keeps those
 */
export async function plannedLength(
  configOf: (length: SuggestedLength) => ResolvedConfig,
  options: TimedData,
  time: TimeAllowed,
): Promise<PlannedLength> {
  const { val } = options
  const draft = { steps: DRAFT_STEPS, evaluateEvery: DRAFT_STEPS, reason: 'as it was said' }
  const config = configOf(draft)
  const { steps } = config
  if (steps !== DRAFT_STEPS) return { length: { ...draft, steps, evaluateEvery: Math.ceil(steps / 4) }, val }
  await prepare({ ...options, config }, time)
  const { plan, reason, step } = await measuredPlan({ ...options, config }, time)
  time.tell(`a step takes ${step} s: ${plan.steps} fit into ${time.minutes} minutes`)
  const length = { steps: plan.steps, evaluateEvery: plan.evaluateEvery, reason }
  const { valImages } = plan
  if (!val || valImages === undefined) return { plan, length, val }
  time.tell(`of the ${val.images.length} images to validate on ${valImages} are looked at, to keep the time`)
  return { plan, length, val: firstImages(val, valImages) }
}

async function prepare(
  { files, ...options }: TimedData & Pick<RunOptions, 'config'>,
  { minutes, signal, tell }: TimeAllowed,
): Promise<void> {
  if (!files || options.config.freeze?.features !== 'disk') return
  tell('computing what the frozen parts make of the images')
  const enough = AbortSignal.timeout(PREPARING_SHARE * minutes * 60_000)
  await prepareFeatures({ ...options, files }, AbortSignal.any([signal, enough]))
  signal.throwIfAborted()
}

/** Goes on with a run of so many steps for what the minutes allow, measured anew. */
export async function resumedInTime(
  loaded: ResolvedConfig,
  taken: number,
  options: TimedData,
  time: TimeAllowed,
  run: TimedRun['run'],
): Promise<{ config: ResolvedConfig; result: RunResult }> {
  const { plan, reason, step } = await measuredPlan({ ...options, config: loaded }, time)
  time.tell(`a step takes ${step} s: ${plan.steps} more fit into ${time.minutes} minutes`)
  const length = { steps: taken + plan.steps, evaluateEvery: plan.evaluateEvery, reason }
  const { valImages } = plan
  const data =
    valImages === undefined
      ? loaded.data
      : { ...loaded.data, val: loaded.data.val && { ...loaded.data.val, limit: valImages } }
  const configOf = ({ steps, evaluateEvery }: SuggestedLength) => ({ ...loaded, data, steps, evaluateEvery })
  return runInTime({ plan, length, configOf, run, isResumed: true }, time)
}
