import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Category } from '../data/dataset.ts'
import { parseCoco } from '../formats/coco/coco.ts'
import { parseCocoResults } from '../formats/coco/coco-results.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { groupCells, measureCell } from './cells.ts'
import { evaluateCoco } from './coco-metric.ts'
import { defaultParams, type EvaluationParams, type IouType } from './evaluation-params.ts'
import { matchDetections } from './match-detections.ts'
import { numpySum } from './numpy-sum.ts'

interface Expected {
  iouType: IouType
  stats: number[]
  params: {
    iouThrs: number[]
    recThrs: number[]
    maxDets: number[]
    areaRng: [number, number][]
    areaRngLbl: string[]
    useCats: number
    imgIds: number[]
    catIds: number[]
    kpt_oks_sigmas?: number[]
  }
  custom_params: Record<string, unknown>
  precision: Checksum
  recall: Checksum
  scores: Checksum
  eval_imgs_first_area: {
    image_id: number
    category_id: number
    dtIds: number[]
    gtIds: number[]
    dtMatches: number[][]
    gtMatches: number[][]
    dtIgnore: number[][]
    gtIgnore: number[]
    dtScores: number[]
  }[]
  ious: { image_id: number; category_id: number; ious: number[][] }[]
  loaded_detections: { id: number; area: number; bbox: number[] }[]
}
interface Checksum {
  shape: number[]
  sha256_f64le: string
}

const goldens = new URL('../../test/fixtures/goldens/', import.meta.url)
const json = (path: string) => JSON.parse(readFileSync(new URL(path, goldens), 'utf8'))

function problem(name: string) {
  const expected = json(`${name}/expected.json`) as Expected
  const groundTruth = parseCoco(json(`${name}/gt.json`), 'gt.json', { onDegenerate: 'keep' })
  const results = parseCocoResults(json(`${name}/dt.json`), 'dt.json', groundTruth)
  const { iouThrs, recThrs, maxDets, areaRng, areaRngLbl, useCats } = expected.params
  const custom: Partial<EvaluationParams> = {
    iouThresholds: iouThrs,
    recallThresholds: recThrs,
    maxDetections: maxDets,
    areaRanges: areaRng.map(([min, max], i) => ({ name: areaRngLbl[i], min, max })),
    useCategories: useCats === 1,
  }
  const isCustom = Object.keys(expected.custom_params).length > 0
  return { expected, groundTruth, results, params: isCustom ? custom : undefined }
}

const sha256 = ({ data }: Tensor<'float64'>) =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')

describe.each([
  'coco-bbox-a',
  'coco-bbox-edge',
  'coco-bbox-many',
  'coco-segm-a',
  'coco-segm-with-bbox',
  'coco-segm-params',
  'coco-keypoints-a',
])('%s as pycocotools', (name) => {
  const { expected, groundTruth, results, params } = problem(name)
  const { iouType } = expected

  it('loads results', () => {
    for (const { id, area, bbox } of expected.loaded_detections) {
      const { xywh, area: loaded } = results[id - 1]
      expect({ area: loaded, bbox: xywh }).toEqual({ area, bbox })
    }
  })

  it('has the same parameters', () => {
    const used = { ...defaultParams(iouType), ...params }
    expect(used.iouThresholds).toEqual(expected.params.iouThrs)
    expect(used.recallThresholds).toEqual(expected.params.recThrs)
    expect(used.maxDetections).toEqual(expected.params.maxDets)
    expect(used.areaRanges.map(({ min, max }) => [min, max])).toEqual(expected.params.areaRng)
    if (expected.params.kpt_oks_sigmas) expect(used.keypointSigmas).toEqual(expected.params.kpt_oks_sigmas)
  })

  it('matches and overlaps', () => {
    const used = { ...defaultParams(iouType), ...params }
    const { imgIds, catIds } = expected.params
    const categories = used.useCategories ? catIds : groundTruth.categories.map(({ id }) => id)
    const groups = groupCells(groundTruth, results, imgIds, categories, used.useCategories)
    const cellAt = (imageId: number, categoryId: number) =>
      measureCell(
        groups[catIds.indexOf(categoryId)].find(({ image }) => image.id === imageId)!,
        iouType,
        used,
      )
    for (const { image_id, category_id, ious } of expected.ious) {
      const measured = [...cellAt(image_id, category_id).ious]
      if (iouType !== 'keypoints') expect(measured).toEqual(ious.flat())
      // exp() differs in the last bit between mathematics libraries.
      else ious.flat().forEach((value, i) => void expect(Math.abs(measured[i] - value)).toBeLessThan(1e-15))
    }
    const rows = <Item>(flat: ArrayLike<Item>, width: number) =>
      used.iouThresholds.map((_, t) => Array.from({ length: width }, (_, i) => flat[t * width + i]))
    for (const entry of expected.eval_imgs_first_area) {
      const cell = cellAt(entry.image_id, entry.category_id)
      const matches = matchDetections(cell, used.iouThresholds, used.areaRanges[0])
      const ids = cell.groundTruths.ids
      const [D, G] = [cell.detections.ids.length, ids.length]
      const { order } = matches
      expect(cell.detections.ids).toEqual(entry.dtIds)
      expect([...cell.detections.scores]).toEqual(entry.dtScores)
      expect(order.map((g) => ids[g])).toEqual(entry.gtIds)
      expect(order.map((g) => matches.groundTruthIgnored[g])).toEqual(entry.gtIgnore)
      expect(rows(matches.detectionIgnored, D)).toEqual(entry.dtIgnore)
      expect(rows(matches.detectionMatches, D).map((row) => row.map((g) => (g < 0 ? 0 : ids[g])))).toEqual(
        entry.dtMatches,
      )
      expect(
        rows(matches.groundTruthMatches, G).map((row) =>
          order.map((g) => (row[g] < 0 ? 0 : cell.detections.ids[row[g]])),
        ),
      ).toEqual(entry.gtMatches)
    }
  })

  it('has the same curves and figures to the last bit', () => {
    const evaluation = evaluateCoco({ groundTruth, results, iouType, params })
    expect(Object.values(evaluation.stats)).toEqual(expected.stats)
    expect(evaluation.categoryIds).toEqual(expected.params.catIds)
    for (const key of ['precision', 'recall', 'scores'] as const) {
      expect(evaluation[key].shape).toEqual(expected[key].shape)
      expect(sha256(evaluation[key])).toBe(expected[key].sha256_f64le)
    }
  })
})

describe('evaluateCoco', () => {
  const { groundTruth, results } = problem('coco-bbox-a')

  it('evaluates chosen images and categories alone', () => {
    const imageIds = [groundTruth.images[0].id]
    const chosen = evaluateCoco({
      groundTruth,
      results,
      iouType: 'bbox',
      params: { imageIds, categoryIds: [7] },
    })
    expect(chosen.categoryIds).toEqual([7])
    const ofImage = results.filter(({ imageId, categoryId }) => imageId === imageIds[0] && categoryId === 7)
    const annotations = new Map([[imageIds[0], groundTruth.annotations.get(imageIds[0])!]])
    const images = groundTruth.images.slice(0, 1)
    const categories = groundTruth.categories.filter(({ id }) => id === 7)
    const alone = evaluateCoco({
      groundTruth: { images, annotations, categories },
      results: ofImage,
      iouType: 'bbox',
    })
    expect(chosen.stats).toEqual(alone.stats)
  })

  it('says -1 where there is nothing to find', () => {
    const nothing = { images: [], annotations: new Map(), categories: [] }
    const { stats } = evaluateCoco({ groundTruth: nothing, results: [], iouType: 'segm' })
    expect(new Set(Object.values(stats))).toEqual(new Set([-1]))
  })

  it('refuses parameters that cannot be', () => {
    const run = (params: Partial<EvaluationParams>) => () =>
      evaluateCoco({ groundTruth, results, iouType: 'bbox', params })
    expect(run({ iouThresholds: [50] })).toThrow('iouThresholds: ')
    expect(run({ maxDetections: [] })).toThrow('maxDetections: ')
    expect(run({ areaRanges: [] })).toThrow('areaRanges: ')
  })

  it('refuses detections without keypoints where keypoints are compared', () => {
    const people = problem('coco-keypoints-a')
    const found = people.results.map((result) => ({ ...result, keypoints: undefined }))
    expect(() =>
      evaluateCoco({ groundTruth: people.groundTruth, results: found, iouType: 'keypoints' }),
    ).toThrow('expected 17 keypoints, one for each sigma, got none')
  })

  /** One bird of two keypoints and an area of 100 found 2 pixels off in one of them, a nest without any, a bird without labels. */
  function birds(categories: readonly Category[], keypoints: readonly number[]) {
    const annotation = (id: number, categoryId: number, x: number, labels?: readonly number[]) => ({
      ...{ id, imageId: 1, categoryId, box: [x, 0, x + 10, 10] as const, area: 100, isCrowd: false },
      ...(labels && { keypoints: labels, keypointCount: 2 }),
    })
    const truth = [annotation(1, 1, 0, [1, 1, 2, 8, 8, 2]), annotation(2, 2, 40), annotation(3, 1, 80)]
    const result = (id: number, categoryId: number, x: number, found?: readonly number[]) => ({
      ...{ id, imageId: 1, categoryId, score: 1 - id / 10, xywh: [x, 0, 10, 10] as const, area: 100 },
      ...(found && { keypoints: found }),
    })
    return {
      groundTruth: {
        images: [{ id: 1, fileName: 'a.png', width: 100, height: 20 }],
        annotations: new Map([[1, truth]]),
        categories,
      },
      results: [result(1, 1, 80, [81, 5, 1, 85, 5, 1]), result(2, 1, 0, keypoints), result(3, 2, 40)],
    }
  }
  const two = ['beak', 'tail']

  it("takes 0.05 for each keypoint of other skeletons than COCO's people, unless others are given", () => {
    const categories = [
      { id: 1, name: 'bird', keypoints: two },
      { id: 2, name: 'nest' },
    ]
    // One keypoint is exact, the other 2 pixels off: (1 + exp(-4 / (2 * 100 * 0.1 ** 2))) / 2 = 0.567 is above 0.55.
    const { groundTruth, results } = birds(categories, [1, 1, 1, 8, 10, 1])
    const evaluate = (keypointSigmas?: number[]) =>
      evaluateCoco({
        ...{ groundTruth, results, iouType: 'keypoints' as const },
        params: keypointSigmas && { keypointSigmas },
      })
    // The surest detection is on the bird without labels and neither right nor wrong; the nest has nothing to find.
    expect(evaluate().stats.AP).toBeCloseTo(0.2, 12)
    expect(evaluate().params.keypointSigmas).toEqual([0.05, 0.05])
    // exp(-4 / (2 * 100 * 0.4 ** 2)) = 0.882: 0.941 in the mean, above 0.9.
    expect(evaluate([0.2, 0.2]).stats.AP).toBeCloseTo(0.9, 12)
    expect(evaluate([0.2]).stats.AP).toBeCloseTo(0.9, 12)
    const unnamed = birds([{ id: 1, name: 'bird' }], [1, 1, 1, 8, 10, 1])
    const few = { groundTruth: unnamed.groundTruth, results: unnamed.results.slice(0, 2) }
    expect(evaluateCoco({ ...few, iouType: 'keypoints' }).stats.AP).toBeCloseTo(0.2, 12)
  })

  it('refuses categories of different numbers of keypoints, and sigmas that cannot be', () => {
    const categories = [
      { id: 1, name: 'bird', keypoints: two },
      { id: 2, name: 'nest', keypoints: ['top'] },
    ]
    const { groundTruth, results } = birds(categories, [1, 1, 1, 8, 10, 1])
    const evaluate = (params?: Partial<EvaluationParams>) => () =>
      evaluateCoco({ groundTruth, results, iouType: 'keypoints', params })
    expect(evaluate()).toThrow('categories have different numbers of keypoints')
    expect(evaluate({ categoryIds: [1] })).not.toThrow()
    const plain = [...groundTruth.annotations.values()]
      .flat()
      .map((one) => ({ ...one, keypoints: undefined }))
    const bare = { ...groundTruth, annotations: new Map([[1, plain]]) }
    expect(() => evaluateCoco({ groundTruth: bare, results, iouType: 'keypoints' })).toThrow(
      'no annotation has keypoints',
    )
    expect(evaluate({ categoryIds: [1], keypointSigmas: [0.1, 0] })).toThrow('keypointSigmas: ')
  })
})

describe('numpySum', () => {
  it('adds in eight lanes, so small terms survive beside a large one', () => {
    // One after the other every 1 is lost beside 2^53; in lanes seven of the eight columns add up first.
    const values = [2 ** 53, ...new Array(15).fill(1)]
    expect(values.reduce((a, b) => a + b)).toBe(2 ** 53)
    expect(numpySum(values)).toBe(2 ** 53 + 14)
  })

  it('adds buffers of 8192 one after the other', () => {
    // Each 1 is in a buffer of its own and is lost beside 2^53; halved as a whole they would meet first and add 2.
    const values = new Float64Array(8192 + 8192 + 1)
    values[0] = 2 ** 53
    values[8192] = 1
    values[16384] = 1
    expect(numpySum(values)).toBe(2 ** 53)
  })
})
