import type { Progress } from './checkpoint.ts'
import { evaluatedSteps } from './run-evaluator.ts'
import type { RunFiles } from './run-files.ts'
import type { EarlyStopConfig } from './train-config.ts'
import type { Hook } from './trainer.ts'

/** Ends a run that does not get better. */
export interface EarlyStop {
  /** Aborted once the patience is at an end. */
  readonly signal: AbortSignal
  /** Looks at the evaluations so far; for a run that goes on. */
  look(progress: Progress): Promise<void>
  /** The same after every step that was evaluated; comes after what evaluates. */
  readonly hook: Hook
}

/**
 * Ends a run after `patience` evaluations in a row without a better best figure. They are counted in the run's metrics, so that a run
 * that was stopped in between counts on. Without a configuration it never does.
 */
export function earlyStop(
  config: EarlyStopConfig | null,
  files: RunFiles,
  isDue: (step: number) => boolean,
): EarlyStop {
  const controller = new AbortController()
  const look = async ({ best }: Progress) => {
    if (!config || !best) return
    const since = (await evaluatedSteps(files)).filter((step) => step > best.step)
    if (since.length >= config.patience) controller.abort()
  }
  const afterStep = async ({ progress }: { readonly progress: Progress }) => {
    if (isDue(progress.step)) await look(progress)
    return undefined
  }
  return { signal: controller.signal, look, hook: { afterStep } }
}
