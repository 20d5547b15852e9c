/** The steps of a run, phase by phase: each with a step of its own, of images or of features of what is frozen. */
import { type BatchMaker, type LoaderPosition, loader, trainingImages } from '../data/loader.ts'
import type { Size } from '../geometry/boxes.ts'
import { batchSizeOf, openingOf, optimizerOf, orientationsOf, readingOf, scheduleOf } from './config-parts.ts'
import { type Phase, phaseAfter, phasesOf } from './frozen-parts.ts'
import { type PlannedStep, plannedStep } from './planned-step.ts'
import { runFeatures } from './run-features.ts'
import type { RunModel } from './run-model.ts'
import type { RunOptions } from './run-options.ts'
import { grownState } from './state.ts'
import type { ResolvedConfig } from './train-config.ts'
import type { TrainStep } from './train-graph.ts'
import { type Hook, type TrainOptions, type TrainResult, train } from './trainer.ts'

type Reached = Pick<TrainResult, 'state' | 'progress'>
type Way = Required<Pick<TrainOptions, 'steps' | 'hooks' | 'signal'>>

export interface RunPhases {
  /** Paths of parts that are frozen at the beginning. */
  readonly frozen: readonly string[]
  /** The step of the beginning. */
  readonly step: TrainStep
  /**
   * Makes the features that the first epochs from here on ask for, where parts are frozen and their features kept: the steps then
   * take as long as they do later. Ends with the signal.
   */
  prepare(from: Reached, signal: AbortSignal): Promise<void>
  /** Goes on until there are so many steps or the signal says so. Throws as `train` does, and as sessions and data do. */
  train(from: Reached, way: Way): Promise<Reached>
}

/** @param taken steps so far: phases that are over are left out, but for the one that took the last of them */
export function runPhases(learned: RunModel, options: RunOptions, taken: number): RunPhases {
  const { config, platform, on } = options
  const all = phasesOf(learned.model, config)
  const [begin, ...later] = all.slice(phaseAfter(all, taken))
  const source = sourceOf(learned, options)
  const begun = planned(source, begin)
  const openMaker = () => platform.openBatchMaker(config.data.train.images, config.workers, readingOf(config))
  return {
    frozen: begin.frozen,
    step: begun.step,
    prepare: async (from, signal) => {
      if (!keepsFeatures(config, begin)) return
      const maker = openMaker()
      try {
        await prepared({ ...source, maker }, begin, from, signal)
      } finally {
        await maker.close()
      }
    },
    train: async (from, way) => {
      const { steps } = way
      const maker = openMaker()
      const trained = (phase: Phase, plan: PlannedStep, at: Reached) =>
        phase.to < steps && at.progress.step >= phase.to
          ? at
          : trainedPhase({ ...source, maker }, phase, plan, at, way)
      try {
        let at = await trained(begin, begun, from)
        for (const phase of later) {
          if (at.progress.step < phase.from || steps <= phase.from) break
          const plan = planned(source, phase)
          at = { progress: at.progress, state: grownState(plan.step, at.state) }
          on?.freed?.(at.progress.step, phase.stages)
          at = await trained(phase, plan, at)
        }
        return at
      } finally {
        await maker.close()
      }
    },
  }
}

/** What all phases are made from. */
interface Source {
  readonly learned: RunModel
  readonly options: RunOptions
  /** Images that are trained on. */
  readonly images: number
  /** Of every batch, where all have one. */
  readonly size?: Size
}

function sourceOf(learned: RunModel, options: RunOptions): Source {
  const { config, train: dataset } = options
  const images = trainingImages(dataset, config.data.train.keepEmpty)
  return { learned, options, images: images.length, size: batchSizeOf(config, images) }
}

function planned(
  { learned: { model }, options: { config, ranks }, size }: Source,
  phase: Phase,
): PlannedStep {
  const { batchSize, accumulate, clipNorm, emaDecay } = config
  return plannedStep(model, {
    ...{ batchSize, accumulate, ranks, size },
    ignored: true,
    optimizer: optimizerOf(config.optimizer),
    clipNorm: clipNorm ?? undefined,
    emaDecay: emaDecay ?? undefined,
    frozen: phase.frozen,
    groups: phase.groups,
    features: keepsFeatures(config, phase),
    recompute: config.recompute,
  })
}

type Making = Source & { readonly maker: BatchMaker }

function sessionOf({ device, config }: RunOptions) {
  return { device, threads: config.threads ?? undefined }
}

/** The batches of a phase, of images or of features of what is frozen, from where a run stands. */
async function openBatches(
  { learned, options, images, size, maker }: Making,
  phase: Phase,
  { state, progress }: Reached,
) {
  const { model, keypoints } = learned
  const { config, ranks, train: dataset } = options
  const session = sessionOf(options)
  const isFresh = progress.step === phase.from
  const features = keepsFeatures(config, phase)
    ? await runFeatures({ model, phase, size: size!, state, maker, session, images, isFresh }, options)
    : undefined
  const { batchSize, seed, augment, maxInstances, groupByAspect } = config
  const { repeat, keepEmpty } = config.data.train
  const batches = loader(
    {
      ...{ dataset, batchSize, seed, augment, maxInstances, size, keypoints, keepEmpty, groupByAspect },
      maker: features ?? maker,
      masks: model.finds.includes('mask'),
      ignored: true,
      repeat: repeat ?? undefined,
      share: ranks && { part: ranks.rank, of: ranks.size },
    },
    progress.position as LoaderPosition,
  )
  return { batches, close: async () => features?.close() }
}

/** Epochs in which each of the ways that an image may lie comes up with some certainty, for each way. */
const EPOCHS_OF_EACH = 2

async function prepared(source: Making, phase: Phase, from: Reached, signal: AbortSignal): Promise<void> {
  const { config } = source.options
  const epochs = EPOCHS_OF_EACH * orientationsOf(config)
  let left = epochs * Math.ceil(source.images / config.batchSize)
  const { batches, close } = await openBatches(source, phase, from)
  try {
    for await (const _ of batches) if (--left <= 0 || signal.aborted) break
  } finally {
    await close()
  }
}

async function trainedPhase(
  source: Making,
  phase: Phase,
  { step, open }: PlannedStep,
  { state, progress }: Reached,
  { steps, hooks, signal }: Way,
): Promise<Reached> {
  const { options } = source
  const { config, platform } = options
  const { batches, close } = await openBatches(source, phase, { state, progress })
  try {
    const opened = await open(platform.createSession, { ...sessionOf(options), ...openingOf(config) })
    try {
      return await train({
        ...{ step, session: opened, state, progress, batches, signal },
        schedule: scheduleOf(config),
        steps: Math.min(phase.to, steps),
        hooks: phase.to < steps ? hooks.map((hook) => endingBefore(phase.to, hook)) : hooks,
      })
    } finally {
      await opened.dispose()
    }
  } finally {
    await close()
  }
}

function keepsFeatures({ freeze }: ResolvedConfig, { frozen }: Phase): boolean {
  return freeze?.features === 'disk' && frozen.length > 0
}

/** A hook that hears of the end of a run, and not of that of a phase after so many steps. */
function endingBefore(steps: number, hook: Hook): Hook {
  return {
    afterStep: async (moment) => hook.afterStep?.(moment),
    atEnd: async (progress, state) => (progress.step < steps ? hook.atEnd?.(progress, state) : undefined),
    atFailure: async (progress, state) => hook.atFailure?.(progress, state),
  }
}
