/** Which part of the numbers seen an activation's levels cover: a narrower range is finer and cuts what lies outside. */
import type { Histogram } from './histogram.ts'
import { leastDivergence } from './least-divergence.ts'
import type { ActivationRange } from './levels.ts'

/** `min-max`: all; `percentile`: all but the outermost; `entropy`: as many as lose the least information (see `leastDivergence`). */
export const CALIBRATION_METHODS = ['percentile', 'entropy', 'min-max'] as const

export type CalibrationMethod = (typeof CALIBRATION_METHODS)[number]

/** What was seen of an activation over all images. */
export interface Observation {
  /** How many numbers there were. */
  readonly count: number
  /** The least and the greatest of all of them and 0. */
  readonly least: number
  readonly greatest: number
  /** Of a sample. */
  readonly histogram: Histogram
}

/** The range of an activation. `percentile` is the share of numbers other than 0 that it holds, in percent, cut alike at both ends. */
export function calibratedRange(
  { least, greatest, histogram }: Observation,
  method: CalibrationMethod,
  percentile: number,
): ActivationRange {
  if (method === 'min-max') return { low: least, high: greatest }
  const { low, high } =
    method === 'percentile' ? middle(histogram, percentile / 100) : narrowest(histogram, least < 0)
  return { low: Math.max(least, low), high: Math.min(greatest, high) }
}

/** The range that holds `share` of the numbers, up to the width of a bin at each end. */
function middle({ positive, negative, width }: Histogram, share: number): ActivationRange {
  const total = sum(positive) + sum(negative)
  const beyond = ((1 - share) / 2) * total
  return { low: -edge(negative, beyond) * width, high: edge(positive, beyond) * width }
}

/** The first bin, counted from 0 outwards, beyond which no more than `most` numbers lie. */
function edge(side: Float64Array, most: number): number {
  let outside = 0
  for (let bins = side.length; bins > 0; bins--) {
    outside += side[bins - 1]
    if (outside > most) return bins
  }
  return 0
}

function narrowest({ positive, negative, width }: Histogram, isSigned: boolean): ActivationRange {
  const distances = positive.map((count, i) => count + negative[i])
  const bins = leastDivergence(distances, isSigned ? 128 : 256)
  return { low: -bins * width, high: bins * width }
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0)
}
