/** How long a training will go on, from how long its steps and evaluations took so far. */
export interface TimeLeft {
  /** A step was taken in so many milliseconds; the first after a start counts for little: the runtime warms up. */
  stepped(milliseconds: number): void
  evaluated(milliseconds: number): void
  /** Milliseconds from this step to the end; undefined before enough steps were taken. */
  after(step: number): number | undefined
}

/** Steps taken before anything is said of the time left. */
export const STEPS_TO_ESTIMATE = 5
/** The newest steps count: a machine may become busy. */
const REMEMBERED = 50

/** Of a run to `steps` that is evaluated every `evaluateEvery` steps (undefined: never) and after the last. */
export function timeLeft(steps: number, evaluateEvery: number | undefined): TimeLeft {
  const times: number[] = []
  let evaluation = 0
  let taken = 0
  return {
    stepped: (milliseconds) => {
      if (taken++ === 0) return
      times.push(milliseconds)
      if (times.length > REMEMBERED) times.shift()
    },
    evaluated: (milliseconds) => {
      evaluation = milliseconds
    },
    after: (step) => {
      if (taken < STEPS_TO_ESTIMATE) return undefined
      const mean = times.reduce((sum, time) => sum + time, 0) / times.length
      const evaluations = evaluateEvery === undefined ? 0 : evaluationsBetween(step, steps, evaluateEvery)
      return (steps - step) * mean + evaluations * evaluation
    },
  }
}

function evaluationsBetween(step: number, steps: number, every: number): number {
  const regular = Math.floor(steps / every) - Math.floor(step / every)
  return regular + (step < steps && steps % every !== 0 ? 1 : 0)
}

/** `40 s`, `12 min`, `3 h 20 min`: as exact as an estimate is. */
export function roughDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 10) return `${Math.max(1, Math.round(seconds))} s`
  if (seconds < 90) return `${10 * Math.round(seconds / 10)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const rounded = 10 * Math.round(minutes / 10)
  const [hours, rest] = [Math.floor(rounded / 60), rounded % 60]
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`
}
