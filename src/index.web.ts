/** Maskwright for browsers: segment images with a model. Where its files are served from is set in `maskwright/web`. */

import { type LoadOptions, loadSegmenter, type Segmenter as SegmenterOf } from './predict/segmenter.ts'
import type { ImageSource } from './web/decode-image.ts'
import { webPlatform } from './web/platform.ts'

export * from './errors.ts'
export type { Box } from './geometry/boxes.ts'
export type { CompressedRle } from './geometry/rle.ts'
export type { Instance, InstanceMask } from './predict/instance.ts'
export type { Prediction, PredictOptions, RawImage } from './predict/predictor.ts'
export { type Overlay, type RenderOptions, renderOverlay } from './predict/render.ts'
export type { LoadEvent, LoadOptions, SegmentOptions } from './predict/segmenter.ts'
export { type ImageJson, predictionJson } from './predict/to-json.ts'
export type { ImageSource } from './web/decode-image.ts'

/** A model ready to segment images given as URL, bytes of a file, pixels, or what a page holds: canvas, video, blob. */
export type Segmenter = SegmenterOf<ImageSource>

export const Segmenter = {
  /** Loads a model from a URL, such as `nuclei` of `maskwright/models/nuclei`, or by its name in the model folder. */
  load: (model: string | URL, options?: LoadOptions): Promise<Segmenter> =>
    loadSegmenter(webPlatform, String(model), options),
}
