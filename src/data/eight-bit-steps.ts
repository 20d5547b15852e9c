import type { SampleArray } from './samples.ts'

const LEVELS = 256
/** With fewer, a picture would be shown nearly black. */
const FEWEST_LEVELS = 32
/** The same for whole numbers without gaps, which do not tell that they come from 8 bits. */
const FEWEST_WITHOUT_GAPS = 64
const GAP = 1.5

/**
 * The values that stand for 0 and 255 in a picture of 8 bits that was stretched into a wider type: at most 256 values in
 * equal steps (rounded or cut off where they are whole numbers). Where zero is not one of the steps, the smallest value
 * stands for 0. Undefined for every other picture, and for one that would be nearly black.
 */
export function eightBitSteps(data: SampleArray): readonly [number, number] | undefined {
  const values = distinctValues(data)
  if (!values || values.length < FEWEST_LEVELS / 2) return undefined
  const isFloat = data instanceof Float32Array || data instanceof Float64Array
  const lowest = values[0]
  const span = values[values.length - 1] - lowest
  const step = refinedStep(values, usualGap(values))
  const levels = Math.round(span / step)
  const fewest = isFloat || step > GAP ? FEWEST_LEVELS : FEWEST_WITHOUT_GAPS
  if (levels < fewest || levels >= LEVELS) return undefined
  const slack = isFloat ? step * 0.02 : 1
  const onSteps = values.every((value) => {
    const level = Math.round((value - lowest) / step)
    return Math.abs(value - lowest - level * step) <= slack
  })
  if (!onSteps) return undefined
  return throughZero(values, step, isFloat) ?? [lowest, lowest + (LEVELS - 1) * step]
}

/** Sorted; undefined where there are more than 256, or values that are no numbers. */
function distinctValues(data: SampleArray): number[] | undefined {
  const found = new Set<number>()
  for (const value of data) {
    found.add(value)
    if (found.size > LEVELS || !Number.isFinite(value)) return undefined
  }
  return [...found].sort((a, b) => a - b)
}

/** The mean of the usual gaps: where values are rounded these differ by one, and larger ones skip values that do not occur. */
function usualGap(values: readonly number[]): number {
  const gaps = values.slice(1).map((value, i) => value - values[i])
  gaps.sort((a, b) => a - b)
  const usual = gaps.filter((gap) => gap <= 1.5 * gaps[gaps.length >> 1])
  return usual.reduce((sum, gap) => sum + gap, 0) / usual.length
}

/** The step that carries from the lowest value to the highest, counted value by value from a first guess. */
function refinedStep(values: readonly number[], guess: number): number {
  let step = guess
  for (let round = 0; round < 3; round++) {
    let levels = 0
    for (let i = 1; i < values.length; i++)
      levels += Math.max(1, Math.round((values[i] - values[i - 1]) / step))
    step = (values[values.length - 1] - values[0]) / levels
  }
  return step
}

/** Where black is zero itself: every value is a multiple of one step, rounded or cut off. */
function throughZero(
  values: readonly number[],
  guess: number,
  isFloat: boolean,
): readonly [number, number] | undefined {
  const first = Math.round(values[0] / guess)
  const last = first + Math.round((values[values.length - 1] - values[0]) / guess)
  if (first < 0 || last >= LEVELS) return undefined
  const error = isFloat ? guess * 0.02 : 0.5
  for (const [below, above] of isFloat
    ? [[error, error]]
    : [
        [0.5, 0.5],
        [0, 1],
      ]) {
    let [least, most] = [0, Number.POSITIVE_INFINITY]
    for (const value of values) {
      const level = first + Math.round((value - values[0]) / guess)
      if (level === 0) {
        if (Math.abs(value) > error) most = -1
        continue
      }
      least = Math.max(least, (value - below) / level)
      most = Math.min(most, (value + above) / level)
    }
    if (least <= most) return [0, ((least + most) / 2) * (LEVELS - 1)]
  }
  return undefined
}
