/** What frozen parts make of images, computed once and kept in the folder of a run. */
import type { BatchFeeds } from '../data/batch.ts'
import { FEED } from '../data/batch.ts'
import type { BatchItem, BatchJob } from '../data/batch-job.ts'
import type { BatchMaker } from '../data/loader.ts'
import { DataError } from '../errors.ts'
import { type Graph, graph, inputName } from '../graph/graph.ts'
import { rewrite } from '../graph/rewrite.ts'
import { toOnnx } from '../graph/to-onnx.ts'
import { constant, type Value } from '../graph/value.ts'
import { encodeModel } from '../onnx/encode.ts'
import type { CreateSession, Session, SessionOptions } from '../runtime/session.ts'
import { elementCount } from '../tensor/shape.ts'
import { type Tensor, tensor } from '../tensor/tensor.ts'
import type { RunFiles } from './run-files.ts'
import type { State } from './state.ts'

/** Folder of the run that they lie in. */
export const FEATURES_FOLDER = 'features'

export interface FeatureOptions {
  /** See `featureGraph`. */
  readonly graph: Graph
  readonly state: State
  /** Whatever else says what an image is made into, as plain JSON: features of another are other features. */
  readonly preparation: unknown
  /** Makes batches of images, and of their objects alone. */
  readonly maker: BatchMaker
  /** The bytes of an image file: another file has other features. */
  readonly readBytes: (fileName: string) => Promise<Uint8Array>
  readonly files: Pick<RunFiles, 'read' | 'write' | 'clear'>
  readonly createSession: CreateSession
  readonly session?: SessionOptions
}

const DIGEST_BYTES = 32

/**
 * Makes batches that have the features of their images in place of the pixels: read from disk, or computed and written where they
 * are not there, or are damaged. A file's name follows from the weights, the image and how it lies, so that none is ever out of date;
 * features of other weights are removed. Closing ends the session that computes, not `maker`.
 */
export async function openKeptFeatures(
  options: FeatureOptions,
): Promise<BatchMaker & { close(): Promise<void> }> {
  const { maker, files, readBytes, createSession } = options
  const model = encodeModel(toOnnx(withWeights(options.graph, options.state), { name: 'frozen parts' }))
  const shapes = Object.entries(options.graph.outputs).map(
    ([name, { shape }]) => [name, shape as readonly number[]] as const,
  )
  const bytesOfAll = 2 * shapes.reduce((sum, [, shape]) => sum + elementCount(shape), 0)
  const key = await digest(`${hex(await sha256(model))} ${JSON.stringify(options.preparation)}`)
  await files.clear(FEATURES_FOLDER, key)

  const digests = new Map<string, Promise<string>>()
  const digestOf = ({ fileName }: BatchItem['image']) => {
    const known = digests.get(fileName) ?? readBytes(fileName).then(digest)
    digests.set(fileName, known)
    return known
  }
  let session: Promise<Session> | undefined
  const computed = async (job: BatchJob, item: BatchItem, name: string): Promise<Uint8Array> => {
    const { images, image_sizes } = await maker.make({ ...job, items: [item] })
    session ??= createSession(model, options.session)
    const out = await (await session).run({ images, image_sizes })
    const maps = new Uint8Array(bytesOfAll)
    let at = 0
    for (const [output] of shapes) {
      const { data } = out[output] as Tensor<'float16'>
      requireHalves(data, item.image.fileName)
      maps.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
      at += data.byteLength
    }
    await files.write(name, joined(await sha256(maps), maps))
    return maps
  }
  const making = new Map<string, Promise<Uint8Array>>()
  const featuresOf = async (job: BatchJob, item: BatchItem, orientation: number): Promise<Uint8Array> => {
    const name = `${FEATURES_FOLDER}/${key}/${await digestOf(item.image)}-${orientation}`
    const kept = await wholeMaps(await files.read(name), bytesOfAll)
    if (kept) return kept
    const made = making.get(name) ?? computed(job, item, name).finally(() => making.delete(name))
    making.set(name, made)
    return made
  }

  return {
    concurrency: maker.concurrency,
    make: async (job) => {
      const { [FEED.orientations]: orientations, ...objects } = await maker.make({ ...job, pixels: false })
      const maps = await Promise.all(
        job.items.map((item, i) => featuresOf(job, item, Number(orientations.data[i]))),
      )
      return { ...(objects as BatchFeeds), ...stacked(maps, shapes) }
    },
    close: async () => {
      await Promise.allSettled(making.values())
      await (await session)?.dispose()
    },
  }
}

/** Bytes that the features of one image take on disk. */
export function featureBytes({ outputs }: Graph): number {
  const numbers = Object.values(outputs).map(({ shape }) => elementCount(shape as readonly number[]))
  return DIGEST_BYTES + 2 * numbers.reduce((sum, count) => sum + count, 0)
}

/** The graph with constants for its weights: it runs as a finished model does. */
function withWeights(whole: Graph, state: State): Graph {
  const isBatch = (value: Value) => !state.has(inputName(value))
  const weights = whole.inputs.filter((value) => !isBatch(value))
  const bound = weights.map((value) => [value, constant(state.get(inputName(value))!)] as const)
  const { outputs } = rewrite(whole, () => undefined, new Map(bound))
  return graph(outputs, whole.inputs.filter(isBatch))
}

/** The maps in a file; undefined where there is none, or it is not what was written. */
async function wholeMaps(file: Uint8Array | undefined, bytes: number): Promise<Uint8Array | undefined> {
  if (file?.length !== DIGEST_BYTES + bytes) return undefined
  const maps = file.subarray(DIGEST_BYTES)
  const found = await sha256(maps)
  return found.every((byte, i) => byte === file[i]) ? maps : undefined
}

/** Feeds of a batch, of the maps of each image one after the other. */
function stacked(
  images: readonly Uint8Array[],
  shapes: readonly (readonly [name: string, shape: readonly number[]])[],
): Record<string, Tensor> {
  let at = 0
  const feeds = shapes.map(([name, [, ...shape]]) => {
    const bytes = 2 * elementCount(shape)
    const data = new Uint8Array(images.length * bytes)
    for (const [i, maps] of images.entries()) data.set(maps.subarray(at, at + bytes), i * bytes)
    at += bytes
    return [name, tensor('float16', [images.length, ...shape], new Uint16Array(data.buffer))] as const
  })
  return Object.fromEntries(feeds)
}

/** The exponent of what is infinite or no number in float16. */
const BEYOND = 0x7c00

function requireHalves(data: Uint16Array, fileName: string): void {
  if (!data.some((bits) => (bits & BEYOND) === BEYOND)) return
  throw new DataError('features of the frozen parts are beyond float16', {
    where: fileName,
    expected: 'at most 65504',
    hint: 'Leave freeze.features out',
  })
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
}

async function digest(content: Uint8Array | string): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return hex(await sha256(bytes)).slice(0, 32)
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
