/**
 * Damaged COCO files: every one is either read as what it says, by a second set of rules, or refused with the place that
 * is wrong. Never another error, never a figure that is no number.
 */
import { describe, expect, it } from 'vitest'
import { annotationsOf, type Dataset, type Segmentation } from '../../src/data/dataset.ts'
import { DataError } from '../../src/errors.ts'
import { evaluateCoco } from '../../src/evaluation/coco-metric.ts'
import type { IouType } from '../../src/evaluation/evaluation-params.ts'
import { parseCoco } from '../../src/formats/coco/coco.ts'
import { type CocoResult, parseCocoResult, parseCocoResults } from '../../src/formats/coco/coco-results.ts'
import { readCoco, resultElements } from '../../src/formats/coco/coco-stream.ts'
import { parseElements } from '../../src/formats/json-elements.ts'
import { type Random, random } from '../../src/tensor/random.ts'
import { objectResults, objects, people, peopleResults } from './coco-documents.ts'
import { around, contentOf, faultsOf, measure, resultFaultsOf } from './coco-rules.ts'
import { damageBytes, damageValues } from './mutations.ts'

const CASES = 1250
type Fields = Record<string, never>

/** What came of reading a file. */
type Outcome<Content> = { content: Content; error?: undefined } | { content?: undefined; error: unknown }

async function outcomeOf<Content>(read: () => Content | Promise<Content>): Promise<Outcome<Content>> {
  try {
    return { content: await read() }
  } catch (error) {
    return { error }
  }
}

/** The bytes in pieces of a random size. */
function pieces(bytes: Uint8Array, source: Random) {
  const size = 1 + source.integer(source.integer(2) ? 40 : 4000)
  return async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
}

/** As the command reads results: entry by entry. */
async function readResults(
  open: () => AsyncIterable<Uint8Array>,
  { images }: Dataset,
): Promise<CocoResult[]> {
  const byId = new Map(images.map((image) => [image.id, image]))
  const results: CocoResult[] = []
  for await (const elements of resultElements(open, 'dt.json')) {
    parseElements(elements, 'dt.json').forEach((value, i) => {
      results.push(parseCocoResult(value, elements[i].index, byId, 'dt.json'))
    })
  }
  return results
}

/** The value of a file that is JSON in UTF-8. */
function jsonOf(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) }
  } catch {
    return undefined
  }
}

/** Checks a refusal: it names the file and, where the file is JSON, one of the entries that are wrong. */
function expectRefusal(error: unknown, file: string, faults: readonly string[] | undefined): void {
  expect(error).toBeInstanceOf(DataError)
  const { message } = error as DataError
  expect(message).not.toMatch(/\n|NaN: |undefined/)
  expect(message.startsWith(`${file}: `)).toBe(true)
  if (!faults) return
  if (isTwice(error)) return
  expect({ faults, message, named: faults.some((fault) => message.startsWith(`${file}: ${fault}`)) }).toEqual(
    {
      faults,
      message,
      named: true,
    },
  )
}

/** Of members with one name JSON takes the last; the reader refuses lists that are there twice. */
function isTwice(error: unknown): boolean {
  return (
    error instanceof DataError && error.message.endsWith('is there twice; expected one list of each name')
  )
}

function segmentationOf(segmentation: Segmentation | undefined): unknown {
  if (!segmentation) return undefined
  return 'counts' in segmentation ? [...segmentation.counts] : segmentation
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

/** The content of an annotation file, field by field against what stands in it. */
function expectContent(
  dataset: Dataset,
  { images, annotations, categories }: Record<string, Fields[]>,
): void {
  expect(dataset.images).toEqual(
    images.map(({ id, width, height, file_name, ...others }) => {
      const told = Object.entries(others).filter(([, value]) => value !== '' && isPlain(value))
      const attributes = told.length > 0 ? Object.fromEntries(told) : undefined
      return { id, width, height, fileName: file_name ?? '', attributes }
    }),
  )
  expect(dataset.categories.map(({ id, name, keypoints }) => ({ id, name, keypoints }))).toEqual(
    categories.map(({ id, name, keypoints }) => ({ id, name, keypoints })),
  )
  const read = dataset.images.flatMap(({ id }) => annotationsOf(dataset, id))
  const byId = new Map(read.map((annotation) => [annotation.id, annotation]))
  expect(read).toHaveLength(annotations.length)
  for (const entry of annotations) {
    const annotation = byId.get(entry.id)
    const image = images.find(({ id }) => id === entry.image_id) as never
    const content = contentOf(entry.segmentation, image)
    const isRuns = content !== undefined && !Array.isArray(entry.segmentation)
    const measured = isRuns ? measure(content as number[], image) : undefined
    const bbox: number[] = entry.bbox ?? measured?.bbox ?? around(content as number[][])
    const [x, y, width, height] = bbox
    const isLabelled = (value: number, i: number) => i % 3 === 2 && value > 0
    // An empty list is what some tools write of objects without keypoints.
    const stated = entry.keypoints as number[] | undefined
    const keypoints = stated && stated.length > 0 ? stated : undefined
    expect(annotation).toMatchObject({
      imageId: entry.image_id,
      categoryId: entry.category_id,
      xywh: bbox,
      box: [x, y, x + width, y + height],
      isCrowd: Boolean(entry.iscrowd),
    })
    expect(segmentationOf(annotation?.segmentation)).toEqual(content)
    expect(annotation?.keypoints).toEqual(keypoints)
    expect(annotation?.keypointCount).toBe(
      keypoints && (entry.num_keypoints ?? keypoints.filter(isLabelled).length),
    )
    const area =
      entry.area ?? measured?.area ?? (content ? undefined : Math.max(0, width) * Math.max(0, height))
    if (area !== undefined) expect(annotation?.area).toBe(area)
    else expect(annotation?.area).toBeLessThanOrEqual(120)
  }
}

function expectResults(results: readonly CocoResult[], entries: readonly Fields[], dataset: Dataset): void {
  expect(results).toHaveLength(entries.length)
  entries.forEach((entry, i) => {
    const { segmentation, ...result } = results[i]
    const image = dataset.images.find(({ id }) => id === entry.image_id) as never
    const content = contentOf(entry.segmentation, image)
    expect(result).toMatchObject({
      id: i + 1,
      imageId: entry.image_id,
      categoryId: entry.category_id,
      score: entry.score,
    })
    expect(result.keypoints).toEqual(entry.keypoints)
    const bbox = entry.bbox as number[] | undefined
    const boxed = bbox !== undefined && bbox.length > 0
    if (boxed) expect([result.xywh, result.area]).toEqual([bbox, bbox[2] * bbox[3]])
    // Polygons without a box become runs, which the rasteriser's own tests compare.
    if (!content || Array.isArray(entry.segmentation)) return
    expect(segmentationOf(segmentation)).toEqual(content)
    if (boxed) return
    const { area, bbox: around } = measure(content as number[], image)
    expect([result.xywh, result.area]).toEqual([around, area])
  })
}

/** Figures are numbers, or the error names the entry it is about. */
async function expectFigures(
  groundTruth: Dataset,
  results: readonly CocoResult[],
  iouType: IouType,
): Promise<void> {
  const params = iouType === 'keypoints' ? { keypointSigmas: [0.025, 0.05, 0.075, 0.1] } : undefined
  const { content, error } = await outcomeOf(() => evaluateCoco({ groundTruth, results, iouType, params }))
  if (!content) {
    expect(error).toBeInstanceOf(DataError)
    expect((error as DataError).message).toMatch(/^(annotation -?\d+|result \d+): /)
    return
  }
  const { stats, precision, recall, scores } = content
  expect(Object.values(stats).every((figure) => figure === -1 || (figure >= 0 && figure <= 1))).toBe(true)
  expect([precision, recall, scores].every(({ data }) => !data.some(Number.isNaN))).toBe(true)
}

const problems = [
  {
    name: 'objects',
    groundTruth: objects as unknown,
    results: objectResults as unknown,
    iouTypes: ['bbox', 'segm'],
  },
  {
    name: 'people',
    groundTruth: people as unknown,
    results: peopleResults as unknown,
    iouTypes: ['keypoints', 'bbox'],
  },
] as const

describe.each(problems)('$name', ({ name, groundTruth, results, iouTypes }) => {
  const whole = parseCoco(groundTruth, 'gt.json')
  const found = parseCocoResults(results, 'dt.json', whole)
  const damage = [
    {
      what: 'values',
      of: (document: unknown, source: Random) => new TextEncoder().encode(damageValues(document, source)),
    },
    {
      what: 'bytes',
      of: (document: unknown, source: Random) => damageBytes(JSON.stringify(document), source),
    },
  ]

  it('are valid to begin with', async () => {
    expect([faultsOf(groundTruth, false), resultFaultsOf(results, whole.images)]).toEqual([[], []])
    expectContent(whole, groundTruth as never)
    expectResults(found, results as never, whole)
    for (const iouType of iouTypes) await expectFigures(whole, found, iouType)
  })

  it.each(damage)('annotations with damaged $what', async ({ of }) => {
    const outcomes = { read: 0, refused: 0 }
    for (let seed = 0; seed < CASES; seed++) {
      const source = random(seed, name.length)
      const bytes = of(groundTruth, source)
      const degenerate = source.integer(2) === 1
      const options = { onDegenerate: degenerate ? 'keep' : 'error' } as const
      const json = jsonOf(bytes)
      const faults = json && faultsOf(json.value, degenerate)
      const { content, error } = await outcomeOf(() => readCoco(pieces(bytes, source), 'gt.json', options))
      // Every eighth also as one document: the same content, or the same words.
      if (seed % 8 === 0 && json && faults?.[0] !== '' && !isTwice(error)) {
        const whole = await outcomeOf(() => parseCoco(json.value, 'gt.json', options))
        expect(whole.content).toEqual(content)
        expect(whole.error).toEqual(error)
      }
      if (!content) {
        outcomes.refused++
        expectRefusal(error, 'gt.json', faults)
        continue
      }
      outcomes.read++
      if (faults?.length !== 0) expect.fail(`seed ${seed} was read in spite of ${faults}`)
      expectContent(content, json?.value as never)
      await expectFigures(
        content,
        found.filter(({ imageId }) => content.images.some(({ id }) => id === imageId)),
        iouTypes[seed % 2],
      )
    }
    expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(CASES / 50)
  })

  it.each(damage)('results with damaged $what', async ({ of }) => {
    const outcomes = { read: 0, refused: 0 }
    for (let seed = 0; seed < CASES; seed++) {
      const source = random(seed, name.length, 1)
      const bytes = of(results, source)
      const json = jsonOf(bytes)
      const faults = json && resultFaultsOf(json.value, whole.images)
      const { content, error } = await outcomeOf(() => readResults(pieces(bytes, source), whole))
      if (!content) {
        outcomes.refused++
        expectRefusal(error, 'dt.json', faults)
        continue
      }
      outcomes.read++
      if (faults?.length !== 0) expect.fail(`seed ${seed} was read in spite of ${faults}`)
      expectResults(content, json?.value as never, whole)
      await expectFigures(whole, content, iouTypes[seed % 2])
    }
    expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(CASES / 50)
  })
})
