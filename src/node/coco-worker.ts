import { openSync, readSync } from 'node:fs'
import type { Annotation, Category, DatasetImage } from '../data/dataset.ts'
import { DataError } from '../errors.ts'
import { matchCoco } from '../evaluation/coco-metric.ts'
import type { EvaluationParams, IouType } from '../evaluation/evaluation-params.ts'
import type { Outcomes } from '../evaluation/outcomes.ts'
import { annotationParser } from '../formats/coco/coco.ts'
import {
  type ElementPlaces,
  type ReadRange,
  readElements,
  requireSameImage,
} from '../formats/coco/coco-elements.ts'
import { type CocoResult, parseCocoResult } from '../formats/coco/coco-results.ts'
import { parseElements } from '../formats/json-elements.ts'
import { answerRequests } from './workers.ts'

/** What a thread that evaluates COCO files is started with. */
export interface CocoWorkerData {
  /** Paths of the files. */
  readonly annotations: string
  readonly results: string
  readonly categories: readonly Category[]
}

/** Images to be matched, and where what is said of them lies in the files. */
export interface CocoRequest {
  readonly images: readonly DatasetImage[]
  readonly annotations: ElementPlaces
  readonly results: ElementPlaces
  readonly iouType: IouType
  readonly params: Partial<EvaluationParams>
}

export interface MatchedImages {
  readonly outcomes: Outcomes
  /** Ids of the annotations that were read, and their places in the file. */
  readonly annotationIds: Float64Array<ArrayBuffer>
  readonly annotationIndices: Uint32Array<ArrayBuffer>
  /** Whether one of them has keypoints. */
  readonly hasKeypoints: boolean
  /** Results that were read, and how many of each category that the annotations lack. */
  readonly results: number
  readonly unknown: readonly (readonly [categoryId: number, count: number])[]
}

const ranges = new Map<string, ReadRange>()

/** Entry of a worker thread of `coco-files.ts`: reads what is said of a few images, and matches it. */
answerRequests<CocoRequest, MatchedImages, CocoWorkerData>((request, data) => {
  const { images, iouType, params } = request
  const { annotations, ids, indices } = readAnnotations(request, data)
  const results = readResults(request, data)
  const outcomes = matchCoco({
    groundTruth: { images, annotations, categories: data.categories },
    results,
    iouType,
    params: { ...params, imageIds: images.map(({ id }) => id) },
  })
  const annotationIds = Float64Array.from(ids)
  const annotationIndices = Uint32Array.from(indices)
  const arrays = [...Object.values(outcomes), annotationIds, annotationIndices]
  return {
    response: {
      outcomes,
      annotationIds,
      annotationIndices,
      hasKeypoints: [...annotations.values()].some((own) => own.some(({ keypoints }) => keypoints)),
      results: results.length,
      unknown: unknownOf(results, data),
    },
    transfer: arrays.map(({ buffer }) => buffer),
  }
})

function unknownOf(results: readonly CocoResult[], { categories }: CocoWorkerData): [number, number][] {
  const known = new Set(categories.map(({ id }) => id))
  const counts = new Map<number, number>()
  for (const { categoryId } of results) {
    if (!known.has(categoryId)) counts.set(categoryId, (counts.get(categoryId) ?? 0) + 1)
  }
  return [...counts]
}

function readAnnotations(
  { images, annotations: places }: CocoRequest,
  { annotations: where, categories }: CocoWorkerData,
): { readonly annotations: ReadonlyMap<number, readonly Annotation[]>; ids: number[]; indices: number[] } {
  const parser = annotationParser(images, categories, where, { onDegenerate: 'keep' })
  const [ids, indices]: [number[], number[]] = [[], []]
  const elements = readElements(places, 'annotations', rangesOf(where))
  const values = parseElements(elements, where)
  for (const [i, element] of elements.entries()) {
    const annotation = parser.add(values[i], element.index)
    if (!annotation) continue
    requireSameImage(places.imageIds[i], annotation.imageId, element, where)
    ids.push(annotation.id)
    indices.push(element.index)
  }
  return { annotations: parser.byImage, ids, indices }
}

function readResults(
  { images, results: places }: CocoRequest,
  { results: where }: CocoWorkerData,
): CocoResult[] {
  const imageOf = new Map(images.map((image) => [image.id, image]))
  const elements = readElements(places, '', rangesOf(where))
  const values = parseElements(elements, where)
  return elements.map((element, i) => {
    const result = parseCocoResult(values[i], element.index, imageOf, where)
    requireSameImage(places.imageIds[i], result.imageId, element, where)
    return result
  })
}

/** Reads parts of a file, which stays open as long as the thread lives. */
function rangesOf(path: string): ReadRange {
  const known = ranges.get(path)
  if (known) return known
  const file = openSync(path, 'r')
  const read: ReadRange = (offset, length) => {
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      const count = readSync(file, bytes, done, length - done, offset + done)
      if (count === 0) throw new DataError('file became shorter while it was read', { where: path })
      done += count
    }
    return bytes
  }
  ranges.set(path, read)
  return read
}
