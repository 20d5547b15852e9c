import { availableParallelism } from 'node:os'
import type { DatasetImage } from '../data/dataset.ts'
import { DataError } from '../errors.ts'
import { type CocoEvaluation, evaluateOutcomes } from '../evaluation/coco-metric.ts'
import type { EvaluationParams, IouType } from '../evaluation/evaluation-params.ts'
import { noKeypoints } from '../evaluation/keypoint-sigmas.ts'
import { refuseDuplicate } from '../formats/coco/coco.ts'
import { type ElementIndex, elementIndex } from '../formats/coco/coco-elements.ts'
import { readCocoHeader, resultElements } from '../formats/coco/coco-stream.ts'
import { type JsonElement, parseElements } from '../formats/json-elements.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import type { CocoRequest, CocoWorkerData, MatchedImages } from './coco-worker.ts'
import { openChunks } from './files.ts'
import { requireThreads } from './threads.ts'
import { startWorkerPool, type WorkerPool } from './workers.ts'

export interface CocoFiles {
  /** Path of the annotations. */
  readonly annotations: string
  /** Path of a results array. */
  readonly results: string
}

export interface CocoFilesOptions {
  /** Default: masks where the first result has one, else keypoints, else boxes. */
  readonly iouTypes?: readonly IouType[]
  /** Replaces COCO's defaults one by one. */
  readonly params?: Partial<EvaluationParams>
  /** Threads that match; default one a core, and no more than there is work for. */
  readonly threads?: number
  readonly signal?: AbortSignal
  /** Told of results whose category the annotations lack, where there are such: they count for nothing. */
  readonly onUnknownCategories?: (found: UnknownResults) => void
  /** Told of the share that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void
}

const FILES: OptionNames<CocoFiles> = { annotations: true, results: true }
const OPTIONS: OptionNames<CocoFilesOptions> = {
  iouTypes: true,
  params: true,
  threads: true,
  signal: true,
  onProgress: true,
  onUnknownCategories: true,
}

/** Results of categories that the annotations do not have. */
export interface UnknownResults {
  /** How many there are, by category id. */
  readonly unknown: ReadonlyMap<number, number>
  /** All results. */
  readonly total: number
}

/** Images matched in one go: enough to keep a thread busy, few enough for its memory. */
const IMAGES_AT_ONCE = 50

type CocoPool = WorkerPool<CocoRequest, MatchedImages>

/**
 * `evaluateCoco` of files of any size, in several threads: the same figures to the last digit. The files are cut into
 * entries by a quick look; threads are told where those of a few images lie, read them and match them. Throws
 * `DataError` as `parseCoco` and `parseCocoResults` do; of several mistakes any may be named.
 */
export async function evaluateCocoFiles(
  files: CocoFiles,
  options: CocoFilesOptions = {},
): Promise<Partial<Record<IouType, CocoEvaluation>>> {
  requireKnownOptions('evaluateCocoFiles', files, FILES)
  requireKnownOptions('evaluateCocoFiles', options, OPTIONS)
  const { annotations, results } = files
  const { iouTypes, params = {}, threads, signal, onProgress, onUnknownCategories } = options
  requireThreads(threads)
  const places: Places = {
    annotations: elementIndex('annotations', annotations),
    results: elementIndex('', results),
  }
  const header = await readCocoHeader(() => openChunks(annotations), annotations, {}, places.annotations.add)
  requireImages(places.annotations, header.images, annotations)
  signal?.throwIfAborted()
  // Threads start while the results are looked through.
  const pool = startPool({ annotations, results, categories: header.categories }, header.images, threads)
  try {
    const first = await lookThrough(results, places.results, signal)
    requireImages(places.results, header.images, results)
    const kinds = iouTypes ?? [kindOf(first, results)]
    const evaluations: Partial<Record<IouType, CocoEvaluation>> = {}
    for (const [i, iouType] of kinds.entries()) {
      const requests = matchRequests(header.images, places, iouType, params)
      const parts = await matchImages(pool, requests, signal, (done) => {
        onProgress?.((i + done) / kinds.length)
      })
      if (i === 0) {
        requireUniqueIds(parts, annotations)
        const found = unknownResults(parts)
        if (found.unknown.size > 0) onUnknownCategories?.(found)
      }
      if (iouType === 'keypoints' && !parts.some(({ hasKeypoints }) => hasKeypoints)) {
        if (parts.some(({ annotationIds }) => annotationIds.length > 0)) throw noKeypoints(annotations)
      }
      evaluations[iouType] = evaluateOutcomes(
        parts.map(({ outcomes }) => outcomes),
        { groundTruth: header, iouType, params },
      )
    }
    return evaluations
  } finally {
    await pool.close()
  }
}

interface Places {
  readonly annotations: ElementIndex
  readonly results: ElementIndex
}

function startPool(
  data: CocoWorkerData,
  images: readonly DatasetImage[],
  threads: number | undefined,
): CocoPool {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const url = new URL(`./coco-worker.${extension}`, import.meta.url)
  const useful = Math.ceil(images.length / IMAGES_AT_ONCE)
  const wanted = threads ?? Math.min(availableParallelism(), useful)
  return startWorkerPool(url, { size: Math.max(1, Math.min(wanted, images.length)), data })
}

/** Notes where every result lies; resolves to the first of them. */
async function lookThrough(
  path: string,
  places: ElementIndex,
  signal: AbortSignal | undefined,
): Promise<JsonElement | undefined> {
  let first: JsonElement | undefined
  for await (const elements of resultElements(() => openChunks(path), path)) {
    signal?.throwIfAborted()
    first ??= elements[0]
    for (const element of elements) places.add(element)
  }
  return first
}

/** Throws `DataError` naming the first entry that is about no image of the annotations. */
function requireImages(places: ElementIndex, images: readonly DatasetImage[], where: string): void {
  const known = new Set(images.map(({ id }) => id))
  const unknown = [...places.imageIds()].filter((id) => !known.has(id))
  if (unknown.length === 0) return
  const { indices, imageIds } = places.of(unknown)
  throw new DataError('entry belongs to no image of the annotations', {
    where: `${where}: ${places.list}[${indices[0]}]`,
    got: `image_id ${imageIds[0]}`,
    hint: places.list ? undefined : 'Results and annotations must be of the same data',
  })
}

/** Requests for a few images each. */
function matchRequests(
  images: readonly DatasetImage[],
  places: Places,
  iouType: IouType,
  params: Partial<EvaluationParams>,
): CocoRequest[] {
  const wanted = params.imageIds && new Set(params.imageIds)
  const own = wanted ? images.filter(({ id }) => wanted.has(id)) : images
  return Array.from({ length: Math.ceil(own.length / IMAGES_AT_ONCE) }, (_, i) => {
    const some = own.slice(i * IMAGES_AT_ONCE, (i + 1) * IMAGES_AT_ONCE)
    const ids = some.map(({ id }) => id)
    const [annotations, results] = [places.annotations.of(ids), places.results.of(ids)]
    return { images: some, annotations, results, iouType, params }
  })
}

async function matchImages(
  pool: CocoPool,
  requests: readonly CocoRequest[],
  signal: AbortSignal | undefined,
  onProgress: (share: number) => void,
): Promise<MatchedImages[]> {
  let done = 0
  return Promise.all(
    requests.map(async (request) => {
      const response = await pool.run(request)
      signal?.throwIfAborted()
      done++
      onProgress(done / requests.length)
      return response
    }),
  )
}

function requireUniqueIds(parts: readonly MatchedImages[], where: string): void {
  const seen = new Set<number>()
  for (const { annotationIds, annotationIndices } of parts) {
    annotationIds.forEach((id, i) => {
      refuseDuplicate(seen, id, 'annotation', `${where}: annotations[${annotationIndices[i]}]`)
    })
  }
}

function unknownResults(parts: readonly MatchedImages[]): UnknownResults {
  const unknown = new Map<number, number>()
  for (const [id, count] of parts.flatMap((part) => part.unknown)) {
    unknown.set(id, (unknown.get(id) ?? 0) + count)
  }
  return { unknown, total: parts.reduce((sum, { results }) => sum + results, 0) }
}

/** What results are evaluated as where nobody says: by the most that the first of them has. */
function kindOf(result: JsonElement | undefined, where: string): IouType {
  if (!result) return 'bbox'
  const [value] = parseElements([result], where)
  const has = (key: string) => typeof value === 'object' && value !== null && key in value
  return has('segmentation') ? 'segm' : has('keypoints') ? 'keypoints' : 'bbox'
}
