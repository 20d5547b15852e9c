import { type DetectionErrors, ERROR_KINDS, type ErrorKind } from './detection-errors.ts'
import type { ImageMatches, Judged, RankedDetections } from './image-matches.ts'
import { VERDICT } from './outcomes.ts'
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

/** What average precision needs of one category. */
type Rights = Pick<Judged, 'right' | 'positives'>

/** Each kind of error is corrected alone and AP taken again. */
export function errorBreakdown(input: ErrorBreakdownInput): ErrorBreakdown {
  const { judged, recallThresholds, iouThreshold, backgroundThreshold } = input
  const withObjects = judged.flatMap(({ positives }, k) => (positives > 0 ? [k] : []))
  const base = meanAveragePrecision(judged, withObjects, recallThresholds)
  const correctable = rankCorrections(input)
  const deltaOf = (corrected: readonly Rights[]) =>
    base < 0 ? -1 : meanAveragePrecision(corrected, withObjects, recallThresholds) - base
  const counts = countErrors(input)
  const kinds = ERROR_KINDS.map((kind) => {
    const delta = deltaOf(kind === 'missed' ? withoutMissed(input) : corrected(input, correctable, kind))
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

/** What correcting each detection gives, in the order of the ranking: looked up once, since every kind walks it. */
interface Corrections {
  /** [N] Place in `ERROR_KINDS`, -1 for none. */
  readonly kinds: Int8Array
  /** [N] Category in which the corrected detection is right, -1 where it is left out. */
  readonly categories: Int32Array
}

function rankCorrections({ images, errors, ranking: { order } }: ErrorBreakdownInput): Corrections {
  const kinds = new Int8Array(order.length)
  const categories = new Int32Array(order.length)
  let at = 0
  errors.forEach((ofImage, i) => {
    const objects = images[i].groundTruths.categories
    ofImage.targets.forEach((target, d) => {
      const kind = ofImage.kinds[d]
      kinds[at] = kind ? ERROR_KINDS.indexOf(kind) : -1
      categories[at++] = target < 0 ? -1 : objects[target]
    })
  })
  return {
    kinds: kinds.map((_, i) => kinds[order[i]]),
    categories: categories.map((_, i) => categories[order[i]]),
  }
}

/** Detections with the errors of one kind put right: those that then find an object do, the others are left out. */
function corrected(
  { ranking, judged }: ErrorBreakdownInput,
  { kinds, categories }: Corrections,
  kind: ErrorKind,
): Rights[] {
  const result = judged.map(({ positives }) => ({ right: [] as number[], positives }))
  const wanted = ERROR_KINDS.indexOf(kind)
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] === wanted) {
      if (categories[i] >= 0) result[categories[i]].right.push(1)
    } else if (ranking.verdicts[i] !== VERDICT.ignored) {
      result[ranking.categories[i]].right.push(ranking.verdicts[i])
    }
  }
  return result
}

function withoutMissed({ images, errors, judged }: ErrorBreakdownInput): Rights[] {
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
  judged: readonly Rights[],
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
