import { runModel } from './run-model.ts'
import type { RunOptions } from './run-options.ts'
import { runPhases } from './run-phases.ts'
import { startedRun } from './run-start.ts'

/**
 * Makes the features that a new run will ask for in its first epochs, where it keeps any, until the signal says so: its steps then take
 * as long as they do later on, which is what a plan for the time left is made from.
 */
export async function prepareFeatures(
  options: Omit<RunOptions, 'name' | 'signal'>,
  signal: AbortSignal,
): Promise<void> {
  const given = { ...options, name: 'preparation' }
  const phases = runPhases(runModel(given), given, 0)
  const { state, progress } = await startedRun(phases.step, phases.frozen, undefined, given)
  await phases.prepare({ state, progress }, signal)
}
