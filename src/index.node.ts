/** Maskwright for Node: segment images with a model. Configurations of trainings get their types from `maskwright/node`. */
import { type ImageSource, nodePlatform } from './node/platform.ts'
import { type Detector as DetectorOf, type LoadOptions, loadDetector } from './predict/detector.ts'

export type { RawImage } from './data/picture.ts'
export {
  ConfigError,
  DataError,
  type ErrorParts,
  GradientError,
  GraphError,
  MaskwrightError,
  SessionError,
  ShapeError,
  WeightError,
} from './errors.ts'
export type { Box } from './geometry/boxes.ts'
export type { CompressedRle } from './geometry/rle.ts'
export type { ImageSource } from './node/platform.ts'
export type { DetectOptions, Found, LoadEvent, LoadOptions } from './predict/detector.ts'
export type { InstanceKeypoint } from './predict/found-keypoints.ts'
export type { Instance, InstanceMask } from './predict/instance.ts'
export type { Prediction, PredictOptions } from './predict/predictor.ts'
export { type Overlay, type RenderOptions, renderOverlay } from './predict/render.ts'
export { type ImageJson, predictionJson } from './predict/to-json.ts'
export {
  type FoundTracks,
  type TrackedInstance,
  type TrackOptions,
  trackFrames,
} from './predict/track-frames.ts'
export type { Trackable } from './tracking/shape.ts'
export { type Tracked, Tracker, type TrackerOptions } from './tracking/tracker.ts'

/** A model ready to find objects in images given as path, URL, bytes of a file, or pixels. */
export type Detector = DetectorOf<ImageSource>

export const Detector = {
  /** Loads a bundled or pulled model by name, a model file by path or URL (`file:`, `http:`, `https:`), or from its bytes. */
  load: (model: string | URL | Uint8Array, options?: LoadOptions): Promise<Detector> =>
    loadDetector(nodePlatform, model instanceof URL ? String(model) : model, options),
}

/** @deprecated Another name of `Detector`. */
export type Segmenter = Detector

/** @deprecated Another name of `Detector`. */
export const Segmenter = Detector
