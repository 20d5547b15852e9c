/** Learning rates as plain functions of the step, counted from 0; the host feeds the number. */
import { ConfigError } from '../errors.ts'

export type Schedule = (step: number) => number

export function constantRate(rate: number): Schedule {
  return () => rate
}

/** `rate`, multiplied by `gamma` (default 0.1) from every milestone on. */
export function multiStep(
  rate: number,
  { milestones, gamma = 0.1 }: { readonly milestones: readonly number[]; readonly gamma?: number },
): Schedule {
  return (step) => rate * gamma ** milestones.filter((milestone) => step >= milestone).length
}

/** Half a cosine from `rate` at step 0 to `final` (default 0) at step `steps` and after (Loshchilov and Hutter 2017). */
export function cosine(
  rate: number,
  { steps, final = 0 }: { readonly steps: number; readonly final?: number },
): Schedule {
  requirePositive('steps', steps)
  return (step) => final + (rate - final) * 0.5 * (1 + Math.cos(Math.PI * Math.min(step / steps, 1)))
}

/** The first `steps` rates rise in a line from `factor` (default 0.001) of what `schedule` says to all of it. */
export function warmUp(
  schedule: Schedule,
  { steps, factor = 0.001 }: { readonly steps: number; readonly factor?: number },
): Schedule {
  requirePositive('steps', steps)
  return (step) => schedule(step) * (factor + (1 - factor) * Math.min(step / steps, 1))
}

function requirePositive(what: string, value: number): void {
  if (value > 0) return
  throw new ConfigError('a schedule lasts one step or more', {
    where: what,
    expected: 'above 0',
    got: `${value}`,
  })
}
