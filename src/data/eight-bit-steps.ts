import type { SampleArray } from './samples.ts'

const LEVELS = 256
/** With fewer, a picture would be shown nearly black. */
const FEWEST_LEVELS = 32
/** Whole numbers in steps below this have no gaps that would tell where they come from. */
const SMALLEST_STEP = 1.5

/**
 * The values that stand for 0 and 255 in a picture of 8 bits that was stretched into a wider type: at most 256 values in
 * equal steps (rounded or cut off where they are whole numbers). Where zero is not one of the steps, the smallest value
 * stands for 0. Undefined for every other picture.
 */
export function eightBitSteps(data: SampleArray): readonly [number, number] | undefined {
  const values = distinctValues(data)
  if (!values || values.length < FEWEST_LEVELS / 2) return undefined
  const isFloat = data instanceof Float32Array || data instanceof Float64Array
  const gap = medianGap(values)
  if (!isFloat && gap < Math.floor(SMALLEST_STEP)) return undefined
  const lowest = values[0]
  const span = values[values.length - 1] - lowest
  const step = refinedStep(values, gap)
  const levels = Math.round(span / step)
  if (levels < FEWEST_LEVELS || levels >= LEVELS) return undefined
  if (!isFloat && step < SMALLEST_STEP) return undefined
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

function medianGap(values: readonly number[]): number {
  const gaps = values.slice(1).map((value, i) => value - values[i])
  return gaps.sort((a, b) => a - b)[gaps.length >> 1]
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
