/** What a server made of the file of a model at one time: one set of sessions behind both of its interfaces. */
import { LEAST_SCORE } from '../models/least-score.ts'
import type { ModelMetadata } from '../models/model-metadata.ts'
import { startProcess } from '../node/answering-process.ts'
import { imageSize } from '../node/image-size.ts'
import { openImage } from '../node/open-image.ts'
import { nodePlatform } from '../node/platform.ts'
import { createProcessSessions, type ProcessSession } from '../node/process-session.ts'
import { temporaryFolder } from '../node/temporary-files.ts'
import { loadDetector } from '../predict/detector.ts'
import { readingFor, withNotes } from '../predict/model-reading.ts'
import type { Prediction } from '../predict/predictor.ts'
import { LIMIT_OUTPUTS } from '../predict/view-limits.ts'
import type { Device, Port } from '../runtime/session.ts'
import { float32, type Tensor, zeros } from '../tensor/tensor.ts'
import type { GraphRequest, MadeGraph } from './graph-request.ts'
import { type JobQueue, jobQueue } from './job-queue.ts'
import { type ImageLimits, requireSize } from './server-limits.ts'
import { type StageListener, stageTimes } from './stage-times.ts'

export interface ServingOptions {
  readonly device: Device | 'auto'
  /** Images that are looked at at once, each in a process with a session of its own. */
  readonly workers: number
  readonly threads?: number
  /** Room for this many instances, where the model's own limit is lower. */
  readonly max?: number
  readonly imageLimits: ImageLimits
}

/** What is told of a model while it is served. */
export interface ServingListener extends StageListener {
  /** One of its processes ended that should not have; another is started after some milliseconds. */
  readonly onWorkerEnd: (event: {
    readonly pid: number
    readonly reason: string
    readonly delay: number
  }) => void
}

export interface ModelVersion {
  /** Counts from 1. */
  readonly version: string
  /** SHA-256 of the file. */
  readonly digest: string
  readonly metadata: ModelMetadata
  /** As an exported file of the model has them, without what tells of limits. */
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  readonly queue: JobQueue
  /** Those that are ready: each with its memory in bytes when it last answered. */
  readonly processes: ProcessSession['processes']
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

export interface VersionRequest {
  /** Name or place of the model. */
  readonly where: string
  readonly version: string
  /** Nothing is made of a file that has this digest. */
  readonly unless?: string
}

const GRAPH_PROCESS = new URL(
  import.meta.url.endsWith('.ts') ? './graph-process.ts' : './graph-process.js',
  import.meta.url,
)

/**
 * Makes a version of what lies there now; undefined where that has the digest `unless`. The graph is made once and lies in a temporary
 * folder, from which every process takes it; each has run it once. Throws as `loadDetector` and `exportModel` do.
 */
export async function loadModelVersion(
  { where, version, unless }: VersionRequest,
  { device, workers, threads, max, imageLimits }: ServingOptions,
  { onStage, onWorkerEnd }: ServingListener,
): Promise<ModelVersion | undefined> {
  const { timed, addRun } = stageTimes(onStage)
  const folder = temporaryFolder()
  try {
    const made = await madeGraph({ where, device, max, folder: folder.path, unless })
    if (!made) {
      await folder.remove()
      return undefined
    }
    const { file, facts, digest } = made
    const options = { ...file.options, ...(threads !== undefined && { threads }) }
    const session = await createProcessSessions({ ...file, options }, workers, {
      ...{ warmUp, onRun: addRun, onEnd: onWorkerEnd },
    })
    const { inputs, outputs, processes } = session
    const detector = await loadDetector({ ...nodePlatform, opened: { ...facts, session } }, new Uint8Array())
    const { reading, notes } = readingFor(facts.metadata, {})
    const asksLeastScore = inputs.some((port) => port.name === LEAST_SCORE)
    // While one image is computed the next is decoded.
    const queue = jobQueue(workers + 1)
    return {
      ...{ version, digest, queue, processes, metadata: facts.metadata },
      inputs: inputs.filter((port) => port.name !== LEAST_SCORE),
      outputs: outputs.filter((port) => !LIMIT_OUTPUTS.includes(port.name)),
      infer: (feeds, fetches, signal) => {
        const [height, width] = feeds.image.shape
        requireSize({ width, height, bytes: 3 * width * height }, imageLimits)
        const all = asksLeastScore ? { ...feeds, [LEAST_SCORE]: float32([0], []) } : feeds
        return timed(signal, ({ begin }) =>
          queue.run(() => {
            begin()
            return session.run(all, { fetches, signal })
          }, signal),
        )
      },
      predict: async (image, options, signal) => {
        requireSize(await imageSize(image, 'image'), imageLimits)
        return timed(signal, ({ begin, decoded }) =>
          queue.run(async () => {
            begin()
            const reader = await openImage(image, { ...reading, name: 'image' })
            decoded()
            try {
              const told = withNotes(reader, notes)
              return await detector.detect(told, { ...options, name: 'image', signal })
            } finally {
              await reader.close()
            }
          }, signal),
        )
      },
      dispose: async () => {
        await detector.dispose()
        await folder.remove()
      },
    }
  } catch (error) {
    await folder.remove()
    throw error
  }
}

/** A black picture. */
function warmUp(inputs: readonly Port[]): Record<string, Tensor> {
  const asksLeastScore = inputs.some(({ name }) => name === LEAST_SCORE)
  return { image: zeros('uint8', [64, 64, 3]), ...(asksLeastScore && { [LEAST_SCORE]: float32([0.5], []) }) }
}

async function madeGraph(request: GraphRequest): Promise<MadeGraph | undefined> {
  const process = startProcess<GraphRequest, MadeGraph | undefined>(GRAPH_PROCESS)
  try {
    return await process.ask(request)
  } finally {
    await process.end()
  }
}
