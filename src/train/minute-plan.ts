/** How many steps fit into the time that a training may take, and whether it keeps to it. */
import { ConfigError } from '../errors.ts'
import type { Pace } from './rehearsal.ts'

export interface MinutePlan {
  readonly steps: number
  readonly evaluateEvery: number
  /** Images to evaluate; undefined for all. */
  readonly valImages?: number
  /** Milliseconds until the first step, of a step, and of an evaluation. */
  readonly opening: number
  readonly step: number
  readonly evaluation: number
  /** Milliseconds for what comes after the last step. */
  readonly after: number
}

/** Of the time: for evaluations within the training, and for each of the last two where there are many images. */
const EVALUATION_SHARE = 0.08
const MOST_EVALUATIONS = 4
/** Milliseconds for the report and what else comes at the end. */
const CLOSING = 3000
/** Of the time: kept for what nothing foresees. */
const SLACK = 0.02
/** Fewer steps teach nothing. */
const LEAST_STEPS = 20

/**
 * The steps that fit into `left` milliseconds: evaluations take little of them, and two of all images are kept for the end (of the
 * last weights, and of the best ones for the report). Throws `ConfigError` where that is too little time.
 * @param where what says how many minutes there are
 */
export function planMinutes(left: number, pace: Pace, valImages: number, where = '--minutes'): MinutePlan {
  const all = pace.evaluation + valImages * pace.image
  const allowed = EVALUATION_SHARE * left
  const isCut = valImages > 0 && all > allowed && pace.image > 0
  const seen = isCut
    ? Math.max(1, Math.min(valImages, Math.floor((allowed - pace.evaluation) / pace.image)))
    : valImages
  const evaluation = seen > 0 ? pace.evaluation + seen * pace.image : 0
  const times = seen > 0 ? Math.min(MOST_EVALUATIONS, Math.max(1, Math.floor(allowed / evaluation))) : 1
  const after = 2 * evaluation + CLOSING
  const reserved = pace.opening + (times - 1) * evaluation + after + SLACK * left
  const steps = Math.floor((left - reserved) / pace.step)
  if (steps < LEAST_STEPS) {
    const needed = (reserved + LEAST_STEPS * pace.step) / 60_000
    throw new ConfigError('too little time for a training', {
      where,
      expected: `at least ${Math.ceil(needed + 1)}: a step takes ${seconds(pace.step)} s here, an evaluation ${seconds(evaluation)} s`,
      got: `time for ${Math.max(0, steps)} steps`,
    })
  }
  const evaluateEvery = Math.ceil(steps / times)
  const { opening, step } = pace
  return {
    steps,
    evaluateEvery,
    opening,
    step,
    evaluation,
    after,
    ...(seen < valImages && { valImages: seen }),
  }
}

/** `1.9`, `12`, `140`. */
export function seconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toPrecision(2))}`
}

/** Of all the time: a training that would end so much earlier or later is planned anew. */
const MOST_OFF = 0.05
/** Of all the time, or half of what is left where that is less: between two plans. */
const PLAN_AGAIN = 0.12
/** Steps by which the pace is judged. */
const JUDGED = 20

export interface PaceKeeper {
  /**
   * A step was taken in so many milliseconds; the number of all steps, where it is to be another. It is `step` itself where the
   * time is over.
   */
  stepped(step: number, milliseconds: number): number | undefined
}

/**
 * Watches whether a training ends in time: machines become busy, and idle. What was measured when it was planned (evaluations, the
 * end, opening the graph again for a new plan) is taken to become slower and faster as steps do.
 * @param total milliseconds of the whole, by which much and little are told apart
 * @param endsAt when all is to be over, by `now`
 */
export function paceKeeper(
  plan: Omit<MinutePlan, 'valImages'>,
  { total, endsAt, now = () => performance.now() }: { total: number; endsAt: number; now?: () => number },
): PaceKeeper {
  const { steps, evaluateEvery } = plan
  const times: number[] = []
  const started = now()
  return {
    stepped: (step, milliseconds) => {
      times.push(milliseconds)
      if (times.length > JUDGED) times.shift()
      if (step >= steps) return undefined
      const mean = times.reduce((sum, time) => sum + time, 0) / times.length
      const slower = mean / plan.step
      const evaluations = Math.max(
        0,
        Math.floor((steps - 1) / evaluateEvery) - Math.floor(step / evaluateEvery),
      )
      const rest = endsAt - now() - slower * plan.after
      if (rest < mean) return step
      const left = rest - slower * evaluations * plan.evaluation
      const since = now() - started
      if (times.length < JUDGED || since < Math.min(PLAN_AGAIN * total, left / 2)) return undefined
      const late = (steps - step) * mean - left
      if (Math.abs(late) < MOST_OFF * total || (late < 0 && left < PLAN_AGAIN * total)) return undefined
      return step + Math.max(1, Math.floor((left - slower * plan.opening) / mean))
    },
  }
}
