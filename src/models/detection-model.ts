import type { Value } from '../graph/value.ts'
import type { Scope } from '../nn/scope.ts'
import type { FasterRcnnConfig, MaskRcnnConfig } from './two-stage-config.ts'

/** The complete architecture of any model: what a model file says of itself. */
export type ModelConfig = FasterRcnnConfig | MaskRcnnConfig

/** What a model finds in one image, by falling score; D may be 0. */
export interface ImageDetections {
  /** Float32 `[D, 4]` in pixels of the image as given. */
  readonly boxes: Value<'float32'>
  /** `[D]`. */
  readonly scores: Value<'float32'>
  /** int64 `[D]`: 1 to K. */
  readonly labels: Value<'int64'>
  /** Probabilities `[D, M, M]` inside the boxes, of the predicted class; absent where the model has no masks. */
  readonly masks?: Value<'float32'>
}

/** A model as inference sees it: its configuration, and the graph from an image to detections. */
export interface DetectionModel {
  readonly config: ModelConfig
  /** `image` is uint8 `[H, W, 3]` RGB; H and W may be symbols. */
  inference(scope: Scope, image: Value<'uint8'>): ImageDetections
}
