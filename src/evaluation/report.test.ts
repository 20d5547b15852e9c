import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EVERY_ERROR, type TinyDetection, type TinyObject, tinyProblem } from '../../test/tiny-evaluation.ts'
import { parseCoco } from '../formats/coco/coco.ts'
import { parseCocoResults } from '../formats/coco/coco-results.ts'
import type { Figures } from './category-table.ts'
import { evaluateCoco } from './coco-metric.ts'
import type { IouType } from './evaluation-params.ts'
import { type EvaluationReport, evaluationReport } from './report.ts'

const fixtures = new URL('../../test/fixtures/', import.meta.url)
const json = (path: string) => JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'))

function golden(name: string) {
  const groundTruth = parseCoco(json(`goldens/${name}/gt.json`), 'gt.json', { onDegenerate: 'keep' })
  return { groundTruth, results: parseCocoResults(json(`goldens/${name}/dt.json`), 'dt.json', groundTruth) }
}

/** Means over pycocotools' own precision and recall arrays (2.0.11), at the last of `maxDetections`. */
interface Recorded {
  iouType: IouType
  maxDetections: number[]
  overall: Figures
  categories: (Figures & { id: number })[]
  curve50: number[]
}
const recorded = json('evaluation/categories.json') as Record<string, Recorded>

describe.each(Object.entries(recorded))('report of %s', (name, expected) => {
  const { iouType, maxDetections } = expected
  const report = evaluationReport({ ...golden(name), iouType, params: { maxDetections } })

  it('has the figures of pycocotools, of all and of each category', () => {
    const near = (figures: Figures) =>
      Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, expect.closeTo(value, 12)]))
    expect(report.overall).toEqual({ maxDetections: maxDetections.at(-1), ...near(expected.overall) })
    expect(report.categories).toHaveLength(expected.categories.length)
    expected.categories.forEach(({ id, ...figures }, k) => {
      expect(report.categories[k]).toMatchObject({ id, ...near(figures) })
    })
  })

  it('has its curve at IoU 0.5, also where it is made from its own matches', () => {
    const { overall, categories } = report.curves
    expect(overall[0].iouThreshold).toBe(0.5)
    expected.curve50.forEach((precision, r) => {
      expect(overall[0].precision[r]).toBeCloseTo(precision, 12)
      const mean = categories.reduce((sum, curve) => sum + curve.precision[r], 0) / categories.length
      expect(mean).toBeCloseTo(precision, 12)
    })
    expect(report.errors.AP).toBeCloseTo(expected.overall.AP50, 12)
  })

  it('agrees with itself', () => {
    const { errors, confusion, counts } = report
    const { missed, ...wrong } = errors.kinds
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    expect(sum(Object.values(wrong).map(({ count }) => count))).toBe(errors.falsePositives.count)
    expect(missed.count).toBeLessThanOrEqual(errors.falseNegatives.count)
    expect(sum(confusion.counts.slice(0, -1).map(sum))).toBe(counts.groundTruths)
    expect(sum(report.categories.map(({ groundTruths }) => groundTruths))).toBe(counts.groundTruths)
    expect(sum(report.categories.map(({ detections }) => detections))).toBe(counts.detections)
    expectPlain(report)
  })
})

/** Neither NaN nor anything else that JSON does not carry. */
function expectPlain(report: EvaluationReport) {
  expect(JSON.parse(JSON.stringify(report))).toEqual(report)
}

const OBJECT: TinyObject = { category: 1, bbox: [0, 0, 10, 10] }
const HIT: TinyDetection = { category: 1, score: 0.9, bbox: [0, 0, 10, 10] }

describe('evaluationReport', () => {
  const reportOf = (objects: TinyObject[], detections: TinyDetection[], categories = ['apple']) =>
    evaluationReport(tinyProblem(categories, objects, detections))

  it('says how much it left out, where the AP of COCO is not defined', () => {
    const problem = golden('coco-bbox-many')
    const params = { maxDetections: [1, 10, 20] }
    const report = evaluationReport({ ...problem, iouType: 'bbox', params })
    expect(report.stats.AP).toBe(-1)
    const perCell = new Map<string, number>()
    for (const { imageId, categoryId } of problem.results) {
      const cell = `${imageId} ${categoryId}`
      perCell.set(cell, (perCell.get(cell) ?? 0) + 1)
    }
    const beyond = [...perCell.values()].reduce((sum, count) => sum + Math.max(0, count - 20), 0)
    expect(beyond).toBeGreaterThan(0)
    expect(report.counts).toMatchObject({ beyondLimit: beyond, detections: problem.results.length - beyond })
  })

  it('shows the worst first, with the reason', () => {
    const { worst, minScore } = evaluationReport({ ...tinyProblem(...EVERY_ERROR), minScore: 0.45 })
    expect(minScore).toBe(0.45)
    expect(worst).toEqual([
      falsePositive(2, 'duplicate', 0.8, { annotationId: 1, iou: 1 }),
      falsePositive(3, 'localisation', 0.7, { annotationId: 2, iou: 50 / 150 }),
      falsePositive(4, 'classification', 0.6, { annotationId: 5, iou: 1 }),
      falsePositive(5, 'background', 0.5),
      // The apple of 20 rows; the others are as large as each other. Number 3 is found below the score.
      { kind: 'missed', imageId: 1, categoryId: 1, area: 200, annotationId: 4 },
      { kind: 'missed', imageId: 1, categoryId: 1, area: 100, annotationId: 2 },
      { kind: 'missed', imageId: 1, categoryId: 1, area: 100, annotationId: 3 },
      { kind: 'missed', imageId: 1, categoryId: 2, area: 100, annotationId: 5 },
    ])
  })

  it('shows poor matches, worst first, and no more than asked for', () => {
    const objects: TinyObject[] = [0, 30, 60].map((x) => ({ ...OBJECT, bbox: [x, 0, 10, 10] }))
    // IoU 8/12, 1 and 9/16 (7.2 of 10 + 10 - 7.2).
    const shifts = [2, 0, 2.8]
    const detections = objects.map(({ bbox: [x] }, i) => ({
      ...HIT,
      bbox: [x + shifts[i], 0, 10, 10] as const,
    }))
    const problem = tinyProblem(['apple'], objects, detections)
    const { worst } = evaluationReport(problem)
    expect(worst.map(({ kind, resultId, iou }) => ({ kind, resultId, iou }))).toEqual([
      { kind: 'poor-match', resultId: 3, iou: expect.closeTo(7.2 / 12.8) },
      { kind: 'poor-match', resultId: 1, iou: 8 / 12 },
    ])
    expect(evaluationReport({ ...problem, worstOfEach: 1 }).worst).toHaveLength(1)
  })

  it('counts whole objects at the score it chose', () => {
    // Best F1 keeps the first alone: 1 found, 1 missed.
    const far = { ...OBJECT, bbox: [50, 50, 10, 10] as const }
    const wrong = { ...HIT, score: 0.2, bbox: [80, 0, 10, 10] as const }
    const { instances, minScore } = reportOf([OBJECT, far], [HIT, wrong])
    expect(minScore).toBe(0.9)
    expect(instances?.scores[0]).toMatchObject({ truePositives: 1, falsePositives: 0, falseNegatives: 1 })
  })

  it('takes an evaluation made elsewhere', () => {
    const problem = tinyProblem(...EVERY_ERROR)
    const params = { maxDetections: [1, 2, 3] }
    const evaluation = evaluateCoco({ ...problem, params })
    expect(evaluationReport({ ...problem, evaluation })).toEqual(evaluationReport({ ...problem, params }))
  })

  it('takes all categories for one where they are not told apart', () => {
    const problem = tinyProblem(...EVERY_ERROR)
    const { categories, confusion, errors } = evaluationReport({
      ...problem,
      params: { useCategories: false },
    })
    expect(categories).toMatchObject([{ id: -1, name: 'all', groundTruths: 5, detections: 7 }])
    expect(confusion.categories).toEqual(['all'])
    expect(errors.kinds.classification.count).toBe(0)
  })

  it('holds for chosen images and categories alone', () => {
    const elsewhere = { ...OBJECT, image: 2 }
    const problem = tinyProblem(['apple', 'bean'], [OBJECT, elsewhere, { ...OBJECT, category: 2 }], [HIT])
    const { counts, categories } = evaluationReport({
      ...problem,
      params: { imageIds: [1], categoryIds: [1] },
    })
    expect(counts).toEqual({ images: 1, groundTruths: 1, crowds: 0, detections: 1, beyondLimit: 0 })
    expect(categories.map(({ name }) => name)).toEqual(['apple'])
  })

  it('compares keypoints within each category, where others have none', () => {
    const keypoints = Array.from({ length: 17 }, (_, i) => [5 + i, 20 - i, 2]).flat()
    const file = {
      images: [{ id: 1, width: 60, height: 40 }],
      annotations: [
        { id: 1, image_id: 1, category_id: 1, bbox: [5, 4, 17, 17], area: 289, keypoints },
        { id: 2, image_id: 1, category_id: 2, bbox: [5, 4, 17, 17], area: 289 },
      ],
      categories: [
        { id: 1, name: 'person' },
        { id: 2, name: 'car' },
      ],
    }
    const groundTruth = parseCoco(file, 'gt.json')
    const found = [{ image_id: 1, category_id: 1, score: 0.9, keypoints }]
    const results = parseCocoResults(found, 'dt.json', groundTruth)
    const { stats, confusion, counts } = evaluationReport({ groundTruth, results, iouType: 'keypoints' })
    expect(stats.AP).toBeCloseTo(1, 12)
    // The car has no keypoints to be found by: it does not count.
    expect(counts).toMatchObject({ groundTruths: 1, crowds: 1, detections: 1 })
    expect(confusion.counts).toEqual([
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
  })

  it('refuses thresholds that cannot be', () => {
    const problem = tinyProblem(['apple'], [OBJECT], [HIT])
    expect(() => evaluationReport({ ...problem, iouThreshold: 0 })).toThrow('iouThreshold: ')
    expect(() => evaluationReport({ ...problem, backgroundThreshold: 0.6 })).toThrow('backgroundThreshold: ')
    expect(() => evaluationReport({ ...problem, minScore: Number.NaN })).toThrow('minScore: ')
  })

  describe('of little or nothing', () => {
    it('no detections: everything is missed', () => {
      const report = reportOf([OBJECT], [])
      expectPlain(report)
      expect(report.stats.AP).toBe(0)
      expect(report.errors).toMatchObject({ AP: 0, falseNegatives: { count: 1, deltaAP: 1 } })
      expect(report.errors.kinds.missed).toEqual({ count: 1, deltaAP: 1 })
      expect(report.operating.best).toEqual({ score: 0, precision: -1, recall: 0, f1: 0 })
      expect(report.confusion.counts).toEqual([
        [0, 1],
        [0, 0],
      ])
      expect(report.calibration.expectedError).toBe(-1)
      expect(report.worst).toMatchObject([{ kind: 'missed' }])
    })

    it('no objects: everything is invented', () => {
      const report = reportOf([], [HIT])
      expectPlain(report)
      expect(report.stats.AP).toBe(-1)
      expect(report.errors).toMatchObject({ AP: -1, falsePositives: { count: 1, deltaAP: -1 } })
      expect(report.errors.kinds.background).toEqual({ count: 1, deltaAP: -1 })
      expect(report.curves).toMatchObject({ overall: [], categories: [] })
      expect(report.minScore).toBe(0.9)
      expect(report.confusion.counts).toEqual([
        [0, 0],
        [1, 0],
      ])
      expect(report.calibration.expectedError).toBeCloseTo(0.9, 12)
    })

    it('neither, nor categories or images', () => {
      expectPlain(reportOf([], []))
      const empty = { images: [], annotations: new Map(), categories: [] }
      const report = evaluationReport({ groundTruth: empty, results: [], iouType: 'segm' })
      expectPlain(report)
      expect(report).toMatchObject({ categories: [], worst: [], confusion: { counts: [[0]] } })
      expect(report.counts).toEqual({ images: 0, groundTruths: 0, crowds: 0, detections: 0, beyondLimit: 0 })
    })

    it('crowds alone: nothing is wrong, nothing is missed', () => {
      const report = reportOf([{ ...OBJECT, crowd: true }], [HIT])
      expectPlain(report)
      expect(report.counts).toMatchObject({ groundTruths: 0, crowds: 1, detections: 1 })
      expect(report.errors.falsePositives.count).toBe(0)
      expect(report.confusion.counts.flat()).toEqual([0, 0, 0, 0])
      expect(report.worst).toEqual([])
      expect(report.operating.best.f1).toBe(-1)
    })

    it('a category without objects does not count', () => {
      const report = reportOf([OBJECT], [HIT, { ...HIT, category: 2 }], ['apple', 'bean'])
      expect(report.errors.AP).toBe(1)
      expect(report.stats.AP).toBeCloseTo(1, 12)
      expect(report.categories[1]).toMatchObject({ AP: -1, groundTruths: 0, detections: 1, recall: -1 })
    })
  })
})

function falsePositive(resultId: number, error: string, score: number, more = {}) {
  return { kind: 'false-positive', error, imageId: 1, categoryId: 1, score, area: 100, resultId, ...more }
}
