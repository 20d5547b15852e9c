import { availableParallelism } from 'node:os'
import type { DatasetImage } from '../data/dataset.ts'
import { DataError } from '../errors.ts'
import { type CocoEvaluation, evaluateOutcomes } from '../evaluation/coco-metric.ts'
import type { EvaluationParams, IouType } from '../evaluation/evaluation-params.ts'
import { noKeypoints } from '../evaluation/keypoint-sigmas.ts'
import { refuseDuplicate } from '../formats/coco/coco.ts'
import { elementImageId, elementPlaces, type PlacedElement } from '../formats/coco/coco-elements.ts'
import { listElements, readCocoHeader, resultElements } from '../formats/coco/coco-stream.ts'
import { type JsonElement, parseElements } from '../formats/json-elements.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import type { CocoRequest, CocoResponse, CocoWorkerData, MatchedImages } from './coco-worker.ts'
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
/** Messages on their way to a thread before reading waits for it. */
const MESSAGES_AHEAD = 8

type CocoPool = WorkerPool<CocoRequest, CocoResponse>

/**
 * `evaluateCoco` of files of any size, in several threads: the same figures to the last digit. The files are cut into
 * entries by a quick look, every thread is told where those of its images lie, and reads and matches a few images at a
 * time. Throws `DataError` as `parseCoco` and `parseCocoResults` do; of several mistakes any may be named.
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
  const header = await readCocoHeader(() => openChunks(annotations), annotations)
  const data: CocoWorkerData = { annotations, results, categories: header.categories }
  const useful = Math.ceil(header.images.length / IMAGES_AT_ONCE)
  const wanted = threads ?? Math.min(availableParallelism(), useful)
  const crew = startCrew(header.images, data, Math.max(1, Math.min(wanted, header.images.length)))
  try {
    const open = (path: string) => () => openChunks(path)
    await shareOut(
      crew,
      'annotations',
      listElements(open(annotations), 'annotations', annotations),
      annotations,
      signal,
    )
    const first = await shareOut(crew, 'results', resultElements(open(results), results), results, signal)
    const kinds = iouTypes ?? [kindOf(first, results)]
    const evaluations: Partial<Record<IouType, CocoEvaluation>> = {}
    for (const [i, iouType] of kinds.entries()) {
      const parts = await matchImages(crew, iouType, params, signal, (done) =>
        onProgress?.((i + done) / kinds.length),
      )
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
    await Promise.all(crew.map(({ pool }) => pool.close()))
  }
}

/** A thread and the images that are its own. */
interface Member {
  readonly pool: CocoPool
  readonly images: readonly DatasetImage[]
}

function startCrew(images: readonly DatasetImage[], data: CocoWorkerData, threads: number): Member[] {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const url = new URL(`./coco-worker.${extension}`, import.meta.url)
  return Array.from({ length: threads }, (_, t) => ({
    pool: startWorkerPool<CocoRequest, CocoResponse>(url, { size: 1, data }),
    images: images.filter((__, i) => i % threads === t),
  }))
}

/** Gives every entry to the thread its image belongs to; resolves to the first of them. */
async function shareOut(
  crew: readonly Member[],
  kind: 'annotations' | 'results',
  entries: AsyncIterable<readonly JsonElement[]>,
  where: string,
  signal: AbortSignal | undefined,
): Promise<JsonElement | undefined> {
  const owners = new Map(crew.flatMap((member) => member.images.map(({ id }) => [id, member] as const)))
  let first: JsonElement | undefined
  let sent: Promise<unknown>[] = []
  for await (const elements of entries) {
    signal?.throwIfAborted()
    first ??= elements[0]
    const shares = new Map<Member, PlacedElement[]>(crew.map((member) => [member, []]))
    for (const element of elements) {
      const imageId = elementImageId(element, where)
      const owner = owners.get(imageId)
      if (!owner) throw noImage(element, imageId, where)
      shares.get(owner)?.push({ element, imageId })
    }
    for (const [{ pool }, share] of shares) {
      if (share.length === 0) continue
      const answer = pool.run({ kind, places: elementPlaces(share) })
      // Told when its turn comes; until then it must not count as unhandled.
      answer.catch(() => {})
      sent.push(answer)
    }
    if (sent.length >= MESSAGES_AHEAD * crew.length) {
      await Promise.all(sent)
      sent = []
    }
  }
  await Promise.all(sent)
  return first
}

function noImage({ list, index }: JsonElement, imageId: number, where: string): DataError {
  return new DataError('entry belongs to no image of the annotations', {
    where: `${where}: ${list}[${index}]`,
    got: `image_id ${imageId}`,
    hint: list ? undefined : 'Results and annotations must be of the same data',
  })
}

async function matchImages(
  crew: readonly Member[],
  iouType: IouType,
  params: Partial<EvaluationParams>,
  signal: AbortSignal | undefined,
  onProgress: (share: number) => void,
): Promise<MatchedImages[]> {
  const wanted = params.imageIds && new Set(params.imageIds)
  let done = 0
  const requests = crew.flatMap(({ pool, images }) => {
    const own = wanted ? images.filter(({ id }) => wanted.has(id)) : images
    const count = Math.ceil(own.length / IMAGES_AT_ONCE)
    return Array.from({ length: count }, (_, i) => ({
      pool,
      images: own.slice(i * IMAGES_AT_ONCE, (i + 1) * IMAGES_AT_ONCE),
    }))
  })
  return Promise.all(
    requests.map(async ({ pool, images }) => {
      const response = await pool.run({ kind: 'match', images, iouType, params })
      signal?.throwIfAborted()
      done++
      onProgress(done / requests.length)
      return response as MatchedImages
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
