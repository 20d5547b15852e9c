/** What a campaign of hostile inputs is made of, and how its outcomes are counted. */
import { MaskwrightError } from '../../src/errors.ts'

/** A kind of input that is damaged and then used as a user would use it. */
export interface Subject {
  readonly name: string
  /**
   * Makes the input of a seed and uses it. Resolves where it was accepted and what came of it is sound; throws the error that
   * refused it, and an `Unsound` where something was accepted that must not be.
   */
  readonly attempt: (seed: number) => Promise<void>
}

/** An input was accepted, and what came of it is wrong. */
export class Unsound extends Error {}

export interface Outcomes {
  readonly name: string
  inputs: number
  accepted: number
  refused: number
  /** What went wrong, by seed. */
  readonly bad: { readonly seed: number; readonly what: string }[]
  slowest: { seconds: number; seed: number }
}

/** The longest an input may take, in seconds. */
export const LONGEST = 30

/** Tries a subject with the seeds from 0 on. */
export async function trySubject(
  { name, attempt }: Subject,
  count: number,
  onStart?: (seed: number) => void,
): Promise<Outcomes> {
  const outcomes: Outcomes = {
    ...{ name, inputs: count, accepted: 0, refused: 0, bad: [] },
    slowest: { seconds: 0, seed: 0 },
  }
  for (let seed = 0; seed < count; seed++) {
    onStart?.(seed)
    const started = performance.now()
    const error: unknown = await attempt(seed).then(
      () => undefined,
      (thrown: unknown) => thrown ?? 'nothing was thrown',
    )
    const seconds = (performance.now() - started) / 1000
    if (seconds > outcomes.slowest.seconds) outcomes.slowest = { seconds, seed }
    if (seconds > LONGEST) outcomes.bad.push({ seed, what: `took ${seconds.toFixed(0)} s` })
    if (error === undefined) outcomes.accepted++
    else if (isClear(error)) outcomes.refused++
    else
      outcomes.bad.push({
        seed,
        what: error instanceof Error ? (error.stack ?? error.message) : String(error),
      })
  }
  return outcomes
}

/** One line of a class meant for users, without words of the machine. */
function isClear(error: unknown): boolean {
  return error instanceof MaskwrightError && !/\p{Cc}|undefined|\[object/u.test(error.message)
}
