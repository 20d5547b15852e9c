/** Maskwright for Node: segment images with a model. Configurations of trainings get their types from `maskwright/node`. */
import { type ImageSource, nodePlatform } from './node/platform.ts'
import { type LoadOptions, loadSegmenter, type Segmenter as SegmenterOf } from './predict/segmenter.ts'

export * from './errors.ts'
export type { Box } from './geometry/boxes.ts'
export type { CompressedRle } from './geometry/rle.ts'
export type { ImageSource } from './node/platform.ts'
export type { Instance, InstanceMask } from './predict/instance.ts'
export type { Prediction, PredictOptions, RawImage } from './predict/predictor.ts'
export { type Overlay, type RenderOptions, renderOverlay } from './predict/render.ts'
export type { LoadEvent, LoadOptions, SegmentOptions } from './predict/segmenter.ts'
export { type ImageJson, predictionJson } from './predict/to-json.ts'

/** A model ready to segment images given as path, URL, bytes of a file, or pixels. */
export type Segmenter = SegmenterOf<ImageSource>

export const Segmenter = {
  /** Loads a bundled model by name, or a model file by path or URL (`file:`, `http:`, `https:`). */
  load: (model: string | URL, options?: LoadOptions): Promise<Segmenter> =>
    loadSegmenter(nodePlatform, String(model), options),
}
