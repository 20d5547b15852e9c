/** Where a run begins: at its last checkpoint, or with the weights that its configuration names. */
import { START } from '../data/loader.ts'
import { type InitialWeights, readInitialWeights } from '../models/initial-weights.ts'
import { decodePretrained } from '../models/model-file.ts'
import { isWithin } from '../nn/scope.ts'
import type { Checkpoint, Progress } from './checkpoint.ts'
import { otherData, requireSameRun } from './config-parts.ts'
import { withReadableBest } from './kept-best.ts'
import { CONFIG_FILE } from './run-files.ts'
import type { RunOptions } from './run-options.ts'
import { fittingWeights, resumedState, type State, startState, type WeightsFit, wantedOf } from './state.ts'
import type { TrainStep } from './train-graph.ts'

export interface StartedRun {
  readonly state: State
  readonly progress: Progress
  /** Frozen parts of a new run of which all are random numbers. */
  readonly frozenAtRandom: readonly string[]
  readonly fit?: WeightsFit
}

/**
 * State and progress of the last checkpoint, or of a new run.
 * @param step the one that took the last step of the checkpoint
 * @param frozen paths of its frozen parts
 */
export async function startedRun(
  step: TrainStep,
  frozen: readonly string[],
  checkpoint: Checkpoint | undefined,
  options: RunOptions,
): Promise<StartedRun> {
  const { config, whereOf, files, on } = options
  if (checkpoint) {
    const started = await files.read(CONFIG_FILE)
    if (started) {
      const stored = new TextDecoder().decode(started)
      requireSameRun(stored, config, CONFIG_FILE, whereOf)
      for (const difference of otherData(stored, config, CONFIG_FILE)) on?.otherData?.(difference)
    }
    const { progress, lost } = await withReadableBest(checkpoint.progress, files)
    if (lost) on?.bestLost?.(lost)
    return { state: resumedState(step, checkpoint.tensors), progress, frozenAtRandom: [] }
  }
  const { seed } = config
  const progress: Progress = { step: 0, seed, position: START }
  const given = await startingWeights(step, options)
  if (!given) return { state: startState(step, { seed }), progress, frozenAtRandom: frozen }
  const { weights, ...fit } = fittingWeights(step, given.weights, given.where)
  const isGiven = (part: string) => [...weights.keys()].some((name) => isWithin(name, part))
  return {
    state: startState(step, { seed, weights }),
    progress,
    frozenAtRandom: frozen.filter((part) => !isGiven(part)),
    fit: { ...fit, convention: given.convention },
  }
}

/** Undefined where the run starts at random. */
async function startingWeights(
  step: TrainStep,
  { initialWeights, platform, config: { pretrained, model } }: RunOptions,
): Promise<(InitialWeights & { readonly where: string }) | undefined> {
  if (initialWeights) {
    const { bytes, where } = initialWeights
    return { ...(await readInitialWeights(bytes, where, wantedOf(step))), where }
  }
  if (!pretrained) return undefined
  const body = model.backbone.name
  const where = `weights of ${body}`
  return { weights: decodePretrained(await platform.loadBodyWeights(body), where), where }
}
