/** A training on photos as a page shows it while it goes on, and after. */
import { numberIn, parseMetrics, smoothed, splitMetrics } from './report-data.ts'

/** What the newest training of some photos does, or did. */
export type TrainingPhase = 'none' | 'running' | 'stopping' | 'stopped' | 'finished' | 'failed'

export interface TrainingState {
  readonly phase: TrainingPhase
  /** Of the run, as people are told. */
  readonly folder?: string
  /** Allowed when it was started or gone on with. */
  readonly minutes?: number
  /** Of them, while it runs. */
  readonly minutesLeft?: number
  /** What the command said last, a line each. */
  readonly said: readonly string[]
  /** Why it failed, in one line. */
  readonly problem?: string
  readonly step: number
  /** Undefined until they are chosen. */
  readonly steps?: number
  /** Smoothed, by steps. */
  readonly losses: readonly Point[]
  /** AP on the photos that were kept apart, by steps. */
  readonly precision: readonly Point[]
  readonly canGoOn: boolean
  readonly hasModel: boolean
  readonly hasReport: boolean
  /** What its best model does on the photos that were kept apart; undefined before the end. */
  readonly reached?: Reached
}

/** Where there was none yet. */
export const NO_TRAINING: TrainingState = {
  phase: 'none',
  said: [],
  step: 0,
  losses: [],
  precision: [],
  canGoOn: false,
  hasModel: false,
  hasReport: false,
}

export type Point = readonly [step: number, value: number]

/** What the best model of a run does on images that it has not learned from, as `train --json` tells it. */
export interface Reached {
  readonly measure: 'masks' | 'boxes'
  readonly AP: number
  readonly AP50: number
  /** Score from which detections count below: where F1 is best. */
  readonly score: number
  readonly precision: number
  readonly recall: number
  readonly images: number
  readonly objects: number
  /** With the least found first. */
  readonly categories: readonly { readonly name: string; readonly AP: number; readonly objects: number }[]
  /** Those with mistakes, with the most first. */
  readonly worstImages: readonly { readonly file: string; readonly missed: number; readonly wrong: number }[]
}

/** More points than a chart has pixels tell nothing more. */
const MOST_POINTS = 300

/** The course of a run by the text of its metrics. */
export function courseOf(metrics: string): Pick<TrainingState, 'step' | 'losses' | 'precision'> {
  const { steps, evaluations } = splitMetrics(parseMetrics(metrics))
  const losses = smoothed(steps.map((line) => numberIn(line, 'loss')))
  const name = ['val_segm_AP', 'val_bbox_AP'].find((one) => evaluations.some((line) => one in line))
  return {
    step: Math.max(0, ...[steps.at(-1), evaluations.at(-1)].map((line) => line?.step ?? 0)),
    losses: thinned(points(steps, losses)),
    precision:
      name === undefined
        ? []
        : points(
            evaluations,
            evaluations.map((line) => numberIn(line, name)),
          ),
  }
}

/** Values that are not defined, -1 among them, are left out. */
function points(lines: readonly { readonly step: number }[], values: readonly (number | null)[]): Point[] {
  return lines.flatMap(({ step }, i) => {
    const value = values[i]
    return value === null || !(value >= 0) ? [] : [[step, value] as const]
  })
}

/** So many that a chart can show, the last among them. */
function thinned(all: readonly Point[]): readonly Point[] {
  const every = Math.ceil(all.length / MOST_POINTS)
  return all.filter((_, i) => (all.length - 1 - i) % every === 0)
}
