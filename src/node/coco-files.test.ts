import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DataError } from '../errors.ts'
import { evaluateCoco } from '../evaluation/coco-metric.ts'
import type { EvaluationParams, IouType } from '../evaluation/evaluation-params.ts'
import { parseCoco } from '../formats/coco/coco.ts'
import { parseCocoResults } from '../formats/coco/coco-results.ts'
import { evaluateCocoFiles } from './coco-files.ts'

const golden = (name: string, file: string) =>
  fileURLToPath(new URL(`../../test/fixtures/goldens/${name}/${file}`, import.meta.url))
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-coco-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, content: unknown) => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('evaluateCocoFiles', () => {
  it.each<[string, IouType, Partial<EvaluationParams>]>([
    ['coco-bbox-a', 'bbox', {}],
    ['coco-bbox-edge', 'bbox', {}],
    ['coco-segm-a', 'segm', {}],
    ['coco-keypoints-a', 'keypoints', {}],
    ['coco-segm-a', 'segm', { useCategories: false, maxDetections: [3, 20, 50], imageIds: [3, 1, 2, 5, 8] }],
  ])('gives every number of the recorded figures: %s as %s', async (name, iouType, params) => {
    const [annotations, results] = [golden(name, 'gt.json'), golden(name, 'dt.json')]
    // Equal to pycocotools: src/evaluation/coco-metric.test.ts.
    const groundTruth = parseCoco(json(annotations), annotations, { onDegenerate: 'keep' })
    const whole = evaluateCoco({
      groundTruth,
      results: parseCocoResults(json(results), results, groundTruth),
      iouType,
      params,
    })
    const recorded: number[] = json(golden(name, 'expected.json')).stats
    if (Object.keys(params).length === 0) expect(Object.values(whole.stats)).toEqual(recorded)
    for (const threads of [1, 3]) {
      const evaluated = await evaluateCocoFiles(
        { annotations, results },
        { iouTypes: [iouType], params, threads },
      )
      expect(evaluated[iouType]).toEqual(whole)
    }
  })

  it('names an entry far into a file, while others are still being read', async () => {
    const image = { id: 1, width: 100, height: 100 }
    const annotation = { image_id: 1, category_id: 1, bbox: [1, 1, 4, 4], area: 16, iscrowd: 0 }
    const padding = 'x'.repeat(300)
    const many = Array.from({ length: 12_000 }, (_, i) => ({ ...annotation, id: i + 1, padding }))
    const lost = [...many, { ...annotation, id: 12_001, image_id: 99 }]
    const file = { images: [image, { ...image, id: 2 }], categories: [{ id: 1, name: 'cell' }] }
    const [good, bad] = [many, lost].map((annotations, i) =>
      write(`long-${i}.json`, { ...file, annotations }),
    )
    const results = write('long-results.json', [{ ...annotation, score: 1 }])
    const unhandled: unknown[] = []
    const listen = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', listen)
    try {
      await expect(evaluateCocoFiles({ annotations: bad, results })).rejects.toThrow(
        `${bad}: annotations[12000]: entry belongs to no image of the annotations; got image_id 99`,
      )
      const far = write('far.json', [
        ...many.map((entry) => ({ ...entry, score: 1 })),
        { ...annotation, image_id: 99 },
      ])
      await expect(evaluateCocoFiles({ annotations: good, results: far })).rejects.toThrow(
        `${far}: [12000]: entry belongs to no image of the annotations; got image_id 99`,
      )
      await new Promise((resolve) => setTimeout(resolve, 50))
    } finally {
      process.off('unhandledRejection', listen)
    }
    expect(unhandled).toEqual([])
  })

  it('names the file of a result that is no JSON, and impossible options', async () => {
    const images = [{ id: 1, width: 9, height: 9 }]
    const annotations = write('one.json', { images, annotations: [], categories: [] })
    const results = write('no.json', '[{"image_id":1,"category_id":1,"score":nope}]')
    await expect(evaluateCocoFiles({ annotations, results })).rejects.toThrow(
      `${results}: [0]: file is not JSON`,
    )
    await expect(evaluateCocoFiles({ annotations, results }, { threads: 0 })).rejects.toThrow(
      /^threads: option is wrong; expected a whole number from 1 to .*, got 0$/,
    )
  })

  it('refuses results that name another image than their id says', async () => {
    const images = ['cells/2.png', '10.png'].map((file_name, i) => ({
      id: i + 1,
      file_name,
      width: 9,
      height: 9,
    }))
    const annotations = write('named.json', {
      images,
      annotations: [],
      categories: [{ id: 1, name: 'cell' }],
    })
    const result = { image_id: 1, category_id: 1, score: 1, bbox: [1, 1, 4, 4] }
    const right = write('right.json', [{ ...result, file_name: 'C:\\photos\\2.png' }])
    expect((await evaluateCocoFiles({ annotations, results: right })).bbox?.stats.AP).toBe(-1)
    const swapped = write('swapped.json', [{ ...result, file_name: 'photos/10.png' }])
    await expect(evaluateCocoFiles({ annotations, results: swapped })).rejects.toThrow(
      'result is of another image than its id says; expected cells/2.png, which is image 1 of the annotations, got photos/10.png',
    )
  })

  it('takes entries in any order of images, and finds out what the results hold', async () => {
    const [annotations, results] = [golden('coco-segm-a', 'gt.json'), golden('coco-segm-a', 'dt.json')]
    const shuffled = json(results) as { image_id: number }[]
    // Within an image the order stays: it decides between equal scores.
    shuffled.sort((a, b) => ((a.image_id * 7) % 11) - ((b.image_id * 7) % 11))
    const evaluated = await evaluateCocoFiles(
      { annotations, results: write('shuffled.json', shuffled) },
      { threads: 2 },
    )
    expect(Object.keys(evaluated)).toEqual(['segm'])
    expect(Object.values(evaluated.segm?.stats ?? {})).toEqual(
      json(golden('coco-segm-a', 'expected.json')).stats,
    )
  })

  const image = { id: 1, width: 10, height: 10 }
  const annotation = { id: 1, image_id: 1, category_id: 1, bbox: [1, 1, 5, 5] }
  const result = { image_id: 1, category_id: 1, score: 0.5, bbox: [1, 1, 5, 5] }
  const truth = {
    images: [image, { ...image, id: 2 }],
    categories: [{ id: 1, name: 'a' }],
    annotations: [annotation],
  }

  it('says nothing is found where there are no results', async () => {
    const files = { annotations: write('gt.json', truth), results: write('dt.json', '[]') }
    const { bbox } = await evaluateCocoFiles(files, { threads: 2 })
    expect(bbox?.stats).toMatchObject({ AP: 0, AR100: 0 })
  })

  it.each([
    ['results that are no list', truth, { results: [] }, 'dt.json: results are not a list'],
    ['results that are an empty object', truth, {}, 'dt.json: results are not a list'],
    ['results that are cut short', truth, '[{"image_id": 1', 'dt.json: file is not JSON'],
    [
      'a result without an image',
      truth,
      [result, { ...result, image_id: undefined }],
      'dt.json: [1]: "image_id" is missing',
    ],
    [
      'a result for another image',
      truth,
      [{ ...result, image_id: 9 }],
      'dt.json: [0]: entry belongs to no image of the',
    ],
    [
      'an image id that is a word',
      truth,
      [{ ...result, image_id: '1' }],
      'dt.json: [0]: "image_id" is wrong',
    ],
    [
      'a result without a score',
      truth,
      [result, { ...result, score: null }],
      'dt.json: [1]: "score" is wrong',
    ],
    [
      'two images for a result',
      truth,
      '[{"image_id":1,"category_id":1,"score":1,"bbox":[1,1,2,2],"image_id":2}]',
      'dt.json: [0]: ',
    ],
    [
      'an annotation twice',
      { ...truth, annotations: [annotation, { ...annotation, image_id: 2 }] },
      [result],
      'gt.json: annotations[1]: annotation id 1 is used twice',
    ],
    [
      'keypoints found on objects that have none',
      truth,
      [{ image_id: 1, category_id: 1, score: 1, keypoints: new Array(51).fill(1) }],
      'gt.json: no annotation has keypoints',
    ],
    ['no annotations', { ...truth, annotations: undefined }, [result], 'gt.json: "annotations" is missing'],
    [
      'an annotation of a category that is not there',
      { ...truth, annotations: [{ ...annotation, category_id: 7 }] },
      [result],
      'gt.json: annotations[0]: annotation 1 has an unknown category',
    ],
  ])('refuses %s', async (_, groundTruth, results, message) => {
    const files = { annotations: write('gt.json', groundTruth), results: write('dt.json', results) }
    const error = await evaluateCocoFiles(files, { threads: 1 }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(DataError)
    expect((error as Error).message).toContain(message)
  })

  it('reads image ids however they are written', async () => {
    const odd =
      '[{"a":{"image_id":2},"b":"\\"image_id\\":2,","image\\u005fid":1,"category_id":1,"score":1,"bbox":[1,1,5,5]}]'
    const spaced = '[ {"category_id" : 1 , "image_id" :\n1e0 , "score": 1, "bbox": [1,1,5,5]} ]'
    for (const results of [odd, spaced]) {
      const files = { annotations: write('gt.json', truth), results: write('dt.json', results) }
      const { bbox } = await evaluateCocoFiles(files, { threads: 2 })
      expect(bbox?.stats.AP).toBeCloseTo(1)
    }
  })
})
