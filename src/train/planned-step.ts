import type { Trainable } from '../models/training-batch.ts'
import type { Ranks } from '../runtime/ranks.ts'
import type { CreateSession, SessionOptions } from '../runtime/session.ts'
import { openSplitSession } from './split-session.ts'
import { splitTrainGraph, type TrainGraphOptions, type TrainStep, trainGraph } from './train-graph.ts'
import { openTrainSession, type TrainSession } from './train-session.ts'

/** A training step, and what runs it. */
export interface PlannedStep {
  readonly step: TrainStep
  open(createSession: CreateSession, options?: SessionOptions): Promise<TrainSession>
}

export interface StepPlan extends TrainGraphOptions {
  /** Batches whose gradients make a step. Default 1. */
  readonly accumulate?: number
  /** Processes whose gradients make a step together. Default: this one alone. */
  readonly ranks?: Ranks
}

/** One graph where a step is one batch, which is faster; two where it is several, of this process or of others. Throws as `trainGraph`. */
export function plannedStep(model: Trainable, { accumulate = 1, ranks, ...options }: StepPlan): PlannedStep {
  if (accumulate === 1 && !ranks) {
    const step = trainGraph(model, options)
    return { step, open: (createSession, settings) => openTrainSession(step, createSession, settings) }
  }
  const step = splitTrainGraph(model, options)
  return {
    step,
    open: (createSession, settings) =>
      openSplitSession(step, createSession, { ...settings, accumulate, ranks }),
  }
}
