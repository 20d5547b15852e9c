/** `maskwright/train`: trainings by configuration, and the pieces for one of your own. Node's part of it is in `maskwright/node`. */
export { type AugmentConfig, augment } from './data/augment/augment.ts'
export { type BatchFeeds, type BatchOptions, makeBatch } from './data/batch.ts'
export type { Annotation, Category, Dataset, DatasetImage } from './data/dataset.ts'
export { type KeypointPlan, keypointPlan, type SampleKeypoints } from './data/keypoints.ts'
export {
  type BatchMaker,
  type LoadedBatch,
  type LoaderOptions,
  type LoaderPosition,
  loader,
} from './data/loader.ts'
export type { RgbImage } from './data/picture.ts'
export { makeSample, rleInstance, type Sample, type SampleInstance } from './data/sample.ts'
export { type AdamWOptions, adamw } from './optim/adamw.ts'
export { chain, type GradientTransform } from './optim/gradient-transform.ts'
export { constantRate, cosine, multiStep, type Schedule, warmUp } from './optim/schedule.ts'
export { type SgdOptions, sgd } from './optim/sgd.ts'
export { defineConfig, type ResolveOptions, resolveConfig } from './train/config.ts'
export { architectureOf, completeModel, type ModelSettings } from './train/config-model.ts'
export { modelWeights } from './train/hooks.ts'
export { type RunResult, runTraining } from './train/run.ts'
export type { RunFiles } from './train/run-files.ts'
export type {
  FeatureFacts,
  RunListener,
  RunOptions,
  StartFacts,
  TrainPlatform,
} from './train/run-options.ts'
export { openSplitSession, type SplitSessionOptions } from './train/split-session.ts'
export { type StartOptions, type State, startState } from './train/state.ts'
export type { ResolvedConfig, TrainConfig } from './train/train-config.ts'
export {
  type SplitTrainGraph,
  splitTrainGraph,
  type TrainGraph,
  type TrainGraphOptions,
  type TrainStep,
  trainGraph,
} from './train/train-graph.ts'
export { type TrainedModel, type TrainModelOptions, trainModel } from './train/train-model.ts'
export {
  openTrainSession,
  type StepInput,
  type StepOutput,
  type TrainSession,
} from './train/train-session.ts'
export {
  type Hook,
  type Moment,
  type TrainOptions,
  type TrainResult,
  train,
} from './train/trainer.ts'
