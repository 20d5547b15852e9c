/** A model as a server holds it: one set of sessions behind both of its interfaces. */

import { exportModel } from '../models/exported-model.ts'
import { LEAST_SCORE } from '../models/least-score.ts'
import { decodeModelFile } from '../models/model-file.ts'
import type { ModelMetadata } from '../models/model-metadata.ts'
import { imageSize } from '../node/image-size.ts'
import { loadModelBytes } from '../node/package-files.ts'
import { nodePlatform } from '../node/platform.ts'
import { createSession } from '../node/session.ts'
import { isOnnxFile } from '../onnx/decode.ts'
import { loadDetector } from '../predict/detector.ts'
import type { Prediction } from '../predict/predictor.ts'
import type { Device, Port, Session } from '../runtime/session.ts'
import { float32, type Tensor } from '../tensor/tensor.ts'
import { type JobQueue, jobQueue } from './job-queue.ts'
import { requirePixels } from './server-limits.ts'

export interface ServingOptions {
  readonly device: Device | 'auto'
  /** Images that are looked at at once, each in a thread with a session of its own. */
  readonly workers: number
  readonly threads?: number
  /** Room for this many instances, where the model's own limit is lower. */
  readonly max?: number
  /** Of an image. */
  readonly pixels: number
}

export interface ServedModel {
  readonly name: string
  readonly metadata: ModelMetadata
  /** As an exported file of the model has them. */
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  readonly queue: JobQueue
  /** Runs the graph of the exported file. Throws a `Refusal` for an image beyond the limit. */
  infer(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: readonly string[],
    signal: AbortSignal,
  ): Promise<Record<string, Tensor>>
  /** Objects in an image file. Throws a `Refusal` for an image beyond the limit, `DataError` for what is none. */
  predict(
    image: Uint8Array,
    options: { score: number; max?: number },
    signal: AbortSignal,
  ): Promise<Prediction>
  dispose(): Promise<void>
}

/** Loads a model by the name or place of its file, to be called `name`. Throws as `loadDetector` and `exportModel` do. */
export async function loadServedModel(
  where: string,
  name: string,
  { device, workers, threads, max, pixels }: ServingOptions,
): Promise<ServedModel> {
  const file = await loadModelBytes(where, {})
  const graph = isOnnxFile(file)
    ? file
    : (await exportModel(decodeModelFile(file, where), createSession, { asksLeastScore: true, max })).bytes
  // The detector's session is the one that tensors go to as well: threads and memory are had once.
  const opened: Session[] = []
  const platform = {
    ...nodePlatform,
    createSession: async (...parts: Parameters<typeof createSession>) => {
      const session = await createSession(...parts)
      opened.push(session)
      return session
    },
  }
  const detector = await loadDetector(platform, graph, { device, worker: workers, threads })
  const session = opened[opened.length - 1]
  const asksLeastScore = session.inputs.some((port) => port.name === LEAST_SCORE)
  // While one image is computed the next is decoded.
  const queue = jobQueue(workers + 1)
  return {
    ...{ name, queue, metadata: detector.metadata, outputs: session.outputs },
    inputs: session.inputs.filter((port) => port.name !== LEAST_SCORE),
    infer: (feeds, fetches, signal) => {
      const [height, width] = feeds.image.shape
      requirePixels({ width, height }, pixels)
      const all = asksLeastScore ? { ...feeds, [LEAST_SCORE]: float32([0], []) } : feeds
      return queue.run(() => session.run(all, { fetches, signal }), signal)
    },
    predict: async (image, options, signal) => {
      requirePixels(await imageSize(image, 'image'), pixels)
      return queue.run(() => detector.detect(image, { ...options, signal }), signal)
    },
    dispose: () => detector.dispose(),
  }
}
