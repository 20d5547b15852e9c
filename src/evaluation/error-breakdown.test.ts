import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EVERY_ERROR, tinyImages, tinyProblem } from '../../test/tiny-evaluation.ts'
import { parseCoco } from '../formats/coco/coco.ts'
import { parseCocoResults } from '../formats/coco/coco-results.ts'
import { detectionErrors, ERROR_KINDS, type ErrorKind } from './detection-errors.ts'
import { matchImage } from './image-matches.ts'
import { evaluationReport } from './report.ts'

const fixtures = new URL('../../test/fixtures/', import.meta.url)
const json = (path: string) => JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'))

describe('detectionErrors', () => {
  const errorsOf = (...problem: Parameters<typeof tinyProblem>) =>
    detectionErrors(matchImage(tinyImages(...problem)[0], 0.5), 0.5, 0.1)

  it('tells every kind, the objects corrections would find, and what nothing comes near', () => {
    const { kinds, targets, missed } = errorsOf(...EVERY_ERROR)
    expect(kinds).toEqual([
      undefined,
      'duplicate',
      'localisation',
      'classification',
      'background',
      'both',
      undefined,
    ])
    expect([...targets]).toEqual([-1, -1, 1, 4, -1, -1, -1])
    expect([...missed]).toEqual([0, 0, 0, 1, 0])
  })

  it('lets only the best score of several corrections find an object', () => {
    const { kinds, targets } = errorsOf(
      ['apple', 'bean'],
      [{ category: 1, bbox: [0, 0, 10, 10] }],
      [
        { category: 2, score: 0.3, bbox: [0, 0, 10, 10] },
        { category: 1, score: 0.9, bbox: [5, 0, 10, 10] },
        { category: 1, score: 0.5, bbox: [0, 5, 10, 10] },
      ],
    )
    expect(kinds).toEqual(['localisation', 'localisation', 'classification'])
    expect([...targets]).toEqual([0, -1, -1])
  })
})

describe('errorBreakdown', () => {
  it('is what is worked out by hand', () => {
    // Apples: 4 to find, right or wrong by score R W W W W W R. Recall 1/4 at precision 1 fills 26 of the 101 recall
    // thresholds, 2/4 at precision 2/7 the next 25. Beans: 1 to find, no detection, AP 0.
    const base = (26 + (25 * 2) / 7) / 101 / 2
    // One wrong apple less: 2/4 is reached at precision 2/6.
    const oneLess = (26 + (25 * 2) / 6) / 101 / 2
    const expected: Record<ErrorKind, number> = {
      classification: oneLess + 1 / 2, // the bean is found besides
      localisation: (26 + (25 * 2) / 3 + (25 * 3) / 7) / 101 / 2,
      both: oneLess,
      duplicate: oneLess,
      background: oneLess,
      missed: (34 + (33 * 2) / 7) / 101 / 2, // 3 apples to find: thresholds up to 1/3 and up to 2/3
    }
    const { errors } = evaluationReport(tinyProblem(...EVERY_ERROR))
    expect(errors.AP).toBeCloseTo(base, 12)
    for (const kind of ERROR_KINDS) {
      expect(errors.kinds[kind].count, kind).toBe(1)
      expect(errors.kinds[kind].deltaAP, kind).toBeCloseTo(expected[kind] - base, 12)
    }
    // Both right ones first: precision 1 up to 2/4.
    expect(errors.falsePositives.count).toBe(5)
    expect(errors.falsePositives.deltaAP).toBeCloseTo(51 / 101 / 2 - base, 12)
    // 2 apples to find, 51 thresholds up to 1/2 and 50 up to 1; no bean left to find and none detected.
    expect(errors.falseNegatives.count).toBe(3)
    expect(errors.falseNegatives.deltaAP).toBeCloseTo((51 + (50 * 2) / 7) / 101 - base, 12)
  })

  it('corrects a detection on a crowd, but does not count it', () => {
    // The detection covers the crowd's corner (crowd overlap 1/2) and a third of the object beside it.
    const { errors } = evaluationReport(
      tinyProblem(
        ['apple'],
        [
          { category: 1, bbox: [5, 0, 10, 10] },
          { category: 1, bbox: [0, 0, 5, 10], crowd: true },
        ],
        [{ category: 1, score: 0.9, bbox: [0, 0, 10, 10] }],
      ),
    )
    expect(errors.kinds.localisation).toEqual({ count: 0, deltaAP: 1 })
    expect(errors.kinds.missed.count).toBe(0)
    expect(errors.falsePositives.count).toBe(0)
  })
})

/**
 * Figures of TIDE's own implementation. It samples recall at i / 100, COCO at NumPy's i * 0.01, which differ in the last digit
 * and so where a recall is exactly such a number; and it orders equal scores otherwise, so none are equal here.
 */
const recorded = json('evaluation/tide.json') as Record<
  string,
  {
    AP: number
    kinds: Record<ErrorKind, { count: number; deltaAP: number }>
    falsePositives: number
    falseNegatives: number
  }
>

describe.each(Object.entries(recorded))('errors of %s as TIDE', (key, expected) => {
  const [name, threshold] = key.split(' ')
  const groundTruth = parseCoco(json(`goldens/${name}/gt.json`), 'gt.json', { onDegenerate: 'keep' })
  const detections = json(`goldens/${name}/dt.json`) as { score: number }[]
  const results = parseCocoResults(
    detections.map((entry, i) => ({ ...entry, score: entry.score - i * 1e-7 })),
    'dt.json',
    groundTruth,
  )
  const { errors } = evaluationReport({
    groundTruth,
    results,
    iouType: name.startsWith('coco-bbox') ? 'bbox' : 'segm',
    iouThreshold: Number(threshold),
    params: { recallThresholds: Array.from({ length: 101 }, (_, i) => i / 100) },
  })

  it('counts and weighs', () => {
    expect(errors.AP).toBeCloseTo(expected.AP, 12)
    for (const kind of ERROR_KINDS) {
      expect(errors.kinds[kind].count, kind).toBe(expected.kinds[kind].count)
      expect(errors.kinds[kind].deltaAP, kind).toBeCloseTo(expected.kinds[kind].deltaAP, 12)
    }
    expect(errors.falsePositives.deltaAP).toBeCloseTo(expected.falsePositives, 12)
    expect(errors.falseNegatives.deltaAP).toBeCloseTo(expected.falseNegatives, 12)
  })
})
