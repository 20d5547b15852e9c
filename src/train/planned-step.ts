import type { Trainable } from '../models/training-batch.ts'
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
}

/** One graph where a step is one batch, which is faster; two where it is several. Throws as `trainGraph`. */
export function plannedStep(model: Trainable, { accumulate = 1, ...options }: StepPlan): PlannedStep {
  if (accumulate === 1) {
    const step = trainGraph(model, options)
    return { step, open: (createSession, settings) => openTrainSession(step, createSession, settings) }
  }
  const step = splitTrainGraph(model, options)
  return {
    step,
    open: (createSession, settings) => openSplitSession(step, createSession, { ...settings, accumulate }),
  }
}
