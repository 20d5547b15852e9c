/** Maskwright for browsers: segment images with a model. Where its files are served from is set in `maskwright/web`. */

import { type Detector as DetectorOf, type LoadOptions, loadDetector } from './predict/detector.ts'
import type { ImageSource } from './web/decode-image.ts'
import { webPlatform } from './web/platform.ts'

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
export type { ImageSource } from './web/decode-image.ts'

/** A model ready to find objects in images given as URL, bytes of a file, pixels, or what a page holds: canvas, video, blob. */
export type Detector = DetectorOf<ImageSource>

export const Detector = {
  /**
   * Loads a model from a URL, such as `nuclei` of `maskwright/models/nuclei`, by its name in the model folder, or from its bytes or
   * a file that a visitor chose.
   */
  load: async (model: string | URL | Uint8Array | Blob, options?: LoadOptions): Promise<Detector> => {
    const whole = model instanceof Blob ? new Uint8Array(await model.arrayBuffer()) : model
    return loadDetector(webPlatform, whole instanceof URL ? String(whole) : whole, options)
  },
}

/** @deprecated Another name of `Detector`. */
export type Segmenter = Detector

/** @deprecated Another name of `Detector`. */
export const Segmenter = Detector
