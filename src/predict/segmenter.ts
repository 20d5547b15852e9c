import type { Category } from '../data/dataset.ts'
import { graph } from '../graph/graph.ts'
import { toOnnx } from '../graph/to-onnx.ts'
import { input } from '../graph/value.ts'
import { buildModel } from '../models/build.ts'
import { decodeModelFile, type ModelInfo } from '../models/model-file.ts'
import { fromTensors, rootScope } from '../nn/scope.ts'
import { encodeModel } from '../onnx/encode.ts'
import type { CreateSession, Device } from '../runtime/session.ts'
import { type Prediction, type PredictOptions, predict, type RawImage } from './predictor.ts'

/** What differs between Node and a browser. */
export interface Platform<Source> {
  readonly createSession: CreateSession
  /** Bytes of a model, by name or place. */
  readonly loadModelBytes: (nameOrPath: string) => Promise<Uint8Array>
  readonly decodeImage: (source: Source) => Promise<RawImage>
}

export interface LoadOptions {
  /** Default `auto`. */
  readonly device?: Device | 'auto'
  readonly threads?: number
  readonly onProgress?: (event: LoadEvent) => void
}

/** Stages of loading, in this order. */
export interface LoadEvent {
  readonly status: 'reading' | 'building' | 'ready'
  readonly model: string
}

/** A model ready to segment images. */
export interface Segmenter<Source> {
  readonly info: ModelInfo
  readonly categories: readonly Category[]
  /** Instances in pixels of the image, best first. Throws `DataError` for what is not a usable image. */
  segment(image: Source | RawImage, options?: PredictOptions): Promise<Prediction>
  dispose(): Promise<void>
}

/** Loads a model by name or path and prepares it for running. Throws `DataError` or `WeightError` where that fails. */
export async function loadSegmenter<Source>(
  platform: Platform<Source>,
  model: string,
  { device = 'auto', threads, onProgress }: LoadOptions = {},
): Promise<Segmenter<Source>> {
  onProgress?.({ status: 'reading', model })
  const { info, tensors } = decodeModelFile(await platform.loadModelBytes(model), model)
  onProgress?.({ status: 'building', model })
  const session = await platform.createSession(inferenceGraph(info, tensors), { device, threads })
  onProgress?.({ status: 'ready', model })
  return {
    info,
    categories: info.categories,
    async segment(image, options) {
      const pixels = isRawImage(image) ? image : await platform.decodeImage(image)
      return predict(session, info.categories, pixels, options)
    },
    dispose: () => session.dispose(),
  }
}

/** The ONNX file of a model: `image` uint8 `[H, W, 3]` in, detections in that image's pixels out. */
export function inferenceGraph(info: ModelInfo, tensors: Parameters<typeof fromTensors>[0]): Uint8Array {
  const image = input('image', 'uint8', ['H', 'W', 3])
  const { boxes, scores, labels, masks } = buildModel(info.architecture).inference(
    rootScope(fromTensors(tensors)),
    image,
  )
  const outputs = masks ? { boxes, scores, labels, masks } : { boxes, scores, labels }
  return encodeModel(toOnnx(graph(outputs, [image]), { metadata: { maskwright: JSON.stringify(info) } }))
}

function isRawImage(image: unknown): image is RawImage {
  return (
    typeof image === 'object' && image !== null && 'data' in image && 'width' in image && 'height' in image
  )
}
