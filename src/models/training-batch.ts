import type { TransformConfig } from '../detection/transform.ts'
import type { Value } from '../graph/value.ts'
import type { Scope } from '../nn/scope.ts'

/**
 * What a model learns from in one step, as values of the graph: N images (a known number) padded to one size, each
 * with G ground truth rows, of which those with label 0 only fill.
 */
export interface TrainingBatch {
  /** `[N, 3, H, W]`, normalised, zeros at the bottom and right. */
  readonly images: Value<'float32'>
  /** `[N, 2]`: height and width without padding. */
  readonly imageSizes: Value<'float32'>
  /** `[N, G, 4]` in pixels of the padded image. */
  readonly boxes: Value<'float32'>
  /** `[N, G]`: 1..K, 0 in rows that only fill. */
  readonly labels: Value<'int64'>
  /** `[N, G, H, W]` of zeros and ones; absent where a model learns no masks. */
  readonly masks?: Value<'uint8'>
  /** The model's random inputs by name, uniform in [0, 1), as its `randomInputs` asks for them. */
  readonly random: ReadonlyMap<string, Value<'float32'>>
}

/** Padded size and counts of a batch, as numbers of the host. */
export interface BatchSize {
  readonly images: number
  readonly height: number
  readonly width: number
  /** Ground truth rows of each image. */
  readonly instances: number
}

export interface ModelLosses {
  /** Scalars; their sum is what is trained on. */
  readonly losses: Readonly<Record<string, Value<'float32'>>>
  /** Scalars that are only told. */
  readonly metrics: Readonly<Record<string, Value<'float32'>>>
  /** Values on the way, for comparison with other implementations. */
  readonly trace: Readonly<Record<string, Value>>
}

/** A model as training sees it. */
export interface Trainable {
  losses(scope: Scope, batch: TrainingBatch): ModelLosses
  /** Shapes of the uniform random numbers that the host draws for every step. */
  randomInputs(size: BatchSize): Readonly<Record<string, readonly number[]>>
  /** Whether the batch has masks. */
  readonly learnsMasks: boolean
  /** How bytes become the network's input; batches come resized, so only its colours count here. */
  readonly transform: TransformConfig
}
