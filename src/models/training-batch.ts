import { type GroundTruth, groundTruth } from '../detection/match.ts'
import type { TransformConfig } from '../detection/transform.ts'
import { GraphError } from '../errors.ts'
import type { Value } from '../graph/value.ts'
import type { Scope } from '../nn/scope.ts'
import { pick } from '../ops/gather.ts'

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
  /** `[N, G, K, 3]`: x, y in pixels of the padded image, and visibility (0 not labelled); absent where none are learned. */
  readonly keypoints?: Value<'float32'>
  /**
   * `[N, H + 1, W + 1]`: how many pixels that are neither object nor background lie above and left of each corner of a pixel; absent where
   * there are none.
   */
  readonly ignored?: Value<'float32'>
  /** The model's `draws` by name, `[N, count]`. */
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

/** What a model says of an object. */
export type Finding = 'box' | 'mask' | 'keypoint'

/** Scalars by name. */
export type Losses = Readonly<Record<string, Value<'float32'>>>

/**
 * The random numbers that a step needs, by name: how many for each image of a batch of this size. The host draws them uniformly
 * in [0, 1) and feeds them as `[N, count]`.
 */
export type Draws = Readonly<Record<string, (size: BatchSize) => number>>

export interface ModelLosses {
  /** Their sum is what is trained on. */
  readonly losses: Losses
  /** Only told. */
  readonly metrics: Losses
}

/** A model as training sees it. */
export interface Trainable {
  losses(scope: Scope, batch: TrainingBatch): ModelLosses
  readonly draws: Draws
  /** What it finds of an object, and so what a batch has: boxes, and masks or keypoints beside them. */
  readonly finds: readonly Finding[]
  /** How bytes become the network's input; batches come resized, so only its colours count here. */
  readonly transform: TransformConfig
  /** Paths of the parts of its body, from the image on, the first of which a training may leave as they are; none where not given. */
  readonly freezable?: readonly (readonly string[])[]
  /** Paths of what lies between its body and its heads. */
  readonly neck?: readonly string[]
}

/** Random numbers of a batch, `[N, count]`. Throws `GraphError` where they are missing. */
export function drawn({ random }: TrainingBatch, name: string): Value<'float32'> {
  const value = random.get(name)
  if (value) return value
  throw new GraphError('the batch lacks random numbers that the model asks for', { where: name })
}

/** Ground truth of each image. */
export function truthsOf({ boxes, labels, ignored }: TrainingBatch): GroundTruth[] {
  return Array.from({ length: boxes.shape[0] as number }, (_, image) =>
    groundTruth(pick(boxes, 0, image), pick(labels, 0, image), ignored && pick(ignored, 0, image)),
  )
}
