import { type DetectionErrors, ERROR_KINDS, type ErrorKind } from './detection-errors.ts'
import { countPositives, type ImageMatches, type Judged, type RankedDetections } from './image-matches.ts'
import { averagePrecision } from './precision-recall.ts'

export interface ErrorShare {
  readonly count: number
  /** How much AP would rise if this alone were put right; -1 where there is nothing to find. */
  readonly deltaAP: number
}

/** What keeps AP from being better, after TIDE (Bolya et al. 2020). Fractions, not points. */
export interface ErrorBreakdown {
  readonly iouThreshold: number
  readonly backgroundThreshold: number
  /** AP at `iouThreshold` as it is; -1 where there is nothing to find. */
  readonly AP: number
  /** Wrong detections by kind, and missed objects. Deltas are never below 0, and do not add up to what is lacking. */
  readonly kinds: Readonly<Record<ErrorKind, ErrorShare>>
  /** Everything wrong ranked below everything right. */
  readonly falsePositives: ErrorShare
  /** Everything not found taken out of what there is to find. */
  readonly falseNegatives: ErrorShare
}

export interface ErrorBreakdownInput {
  readonly images: readonly ImageMatches[]
  /** Of each image. */
  readonly errors: readonly DetectionErrors[]
  readonly ranking: RankedDetections
  /** Of each category, as it is. */
  readonly judged: readonly Judged[]
  readonly recallThresholds: readonly number[]
  readonly iouThreshold: number
  readonly backgroundThreshold: number
}

/** Each kind of error is corrected alone and AP taken again. */
export function errorBreakdown(input: ErrorBreakdownInput): ErrorBreakdown {
  const { judged, recallThresholds, iouThreshold, backgroundThreshold } = input
  const withObjects = judged.flatMap(({ positives }, k) => (positives > 0 ? [k] : []))
  const base = meanAveragePrecision(judged, withObjects, recallThresholds)
  const deltaOf = (corrected: readonly Judged[]) =>
    base < 0 ? -1 : meanAveragePrecision(corrected, withObjects, recallThresholds) - base
  const counts = countErrors(input)
  const kinds = ERROR_KINDS.map((kind) => {
    const delta = deltaOf(kind === 'missed' ? withoutMissed(input) : corrected(input, kind))
    // Below 0 only by the sampling of recall.
    return [kind, { count: counts[kind], deltaAP: base < 0 ? -1 : Math.max(0, delta) }] as const
  })
  const rights = judged.map(({ right }) => right.reduce((sum, value) => sum + value, 0))
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
  return {
    iouThreshold,
    backgroundThreshold,
    AP: base,
    kinds: Object.fromEntries(kinds) as Record<ErrorKind, ErrorShare>,
    falsePositives: {
      count: total(judged.map(({ right }, k) => right.length - rights[k])),
      deltaAP: deltaOf(
        judged.map((category) => ({ ...category, right: category.right.toSorted((a, b) => b - a) })),
      ),
    },
    falseNegatives: {
      count: total(judged.map(({ positives }, k) => positives - rights[k])),
      deltaAP: deltaOf(judged.map((category, k) => ({ ...category, positives: rights[k] }))),
    },
  }
}

function countErrors({ images, errors }: ErrorBreakdownInput): Record<ErrorKind, number> {
  const counts = Object.fromEntries(ERROR_KINDS.map((kind) => [kind, 0])) as Record<ErrorKind, number>
  errors.forEach(({ kinds, missed }, i) => {
    kinds.forEach((kind, d) => {
      if (kind && !images[i].ignored[d]) counts[kind]++
    })
    for (const isMissed of missed) counts.missed += isMissed
  })
  return counts
}

/** Detections with the errors of one kind put right: those that then find an object do, the others are left out. */
function corrected({ images, errors, ranking, judged }: ErrorBreakdownInput, kind: ErrorKind): Judged[] {
  const result = countPositives(images, judged.length)
  for (let i = 0; i < ranking.image.length; i++) {
    const { detections, groundTruths, found, ignored } = images[ranking.image[i]]
    const { kinds, targets } = errors[ranking.image[i]]
    const d = ranking.detection[i]
    const target = targets[d]
    const isCorrected = kinds[d] === kind
    if (isCorrected ? target < 0 : ignored[d]) continue
    const category = isCorrected ? groundTruths.categories[target] : detections.categories[d]
    result[category].scores.push(detections.scores[d])
    result[category].right.push(isCorrected || found[d] >= 0 ? 1 : 0)
  }
  return result
}

function withoutMissed({ images, errors, judged }: ErrorBreakdownInput): Judged[] {
  const result = judged.map((category) => ({ ...category }))
  errors.forEach(({ missed }, i) => {
    const { categories } = images[i].groundTruths
    missed.forEach((isMissed, g) => {
      result[categories[g]].positives -= isMissed
    })
  })
  return result
}

/**
 * Mean over the categories that had objects to begin with; -1 without any. One that a correction left without objects and
 * detections is left out, one with detections alone is 0, as in TIDE; where all are left out nothing is wrong: 1.
 */
function meanAveragePrecision(
  judged: readonly Judged[],
  withObjects: readonly number[],
  recallThresholds: readonly number[],
): number {
  if (withObjects.length === 0) return -1
  const left = withObjects.filter((k) => judged[k].positives > 0 || judged[k].right.length > 0)
  if (left.length === 0) return 1
  const values = left.map((k) =>
    judged[k].positives > 0 ? averagePrecision(judged[k], recallThresholds) : 0,
  )
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
