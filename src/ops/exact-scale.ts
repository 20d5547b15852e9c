/**
 * Sizes times a scale, cut to integers, as float64 computes them and without it: not every runtime has that dtype (ONNX Runtime's
 * WebGPU build has none), and the last bit of a product decides about a pixel. Integers of 64 bits are everywhere.
 */
import { constant, type Value } from '../graph/value.ts'
import { int64 } from '../tensor/tensor.ts'
import { add, and, cast, div, equal, greater, lessOrEqual, mul, or, sub } from './elementwise.ts'
import { gather } from './gather.ts'
import { unsqueeze } from './layout.ts'
import { reduceSum } from './reduce.ts'

type Whole = Value<'int64'>

/** A scale as float64 holds it, `(high * 2^31 + low) / (2^31 * unit)`, the numerator of 53 bits. All are `[N]`. */
export interface ExactScale {
  readonly high: Whole
  readonly low: Whole
  readonly unit: Whole
  /** Numbers below `2^(octave - MOST_BITS + 1)` and not below half of that have this one. */
  readonly octave: Whole
}

/** Sides and limits have fewer bits. */
const MOST_BITS = 20
const HALF = 2 ** 31
/** Of float32 numbers as integers. */
export const UNIT = 2 ** 40
const POWERS = constant(int64(Array.from({ length: 2 * MOST_BITS + 23 }, (_, i) => 2 ** i)))
/** Of a quotient of two sides: from `2^-MOST_BITS` on. */
const OCTAVES = constant(int64(Array.from({ length: 2 * MOST_BITS }, (_, i) => 2 ** i)))

/**
 * `limit / side` rounded to float64, of positive integers `[N]` below 2^20: a long division of two digits of 31 bits, of which the
 * second is rounded to even.
 */
export function quotientScale(limit: Whole, side: Whole): ExactScale {
  const octave = countBelow(mul(unsqueeze(side, 1), OCTAVES), mul(limit, 2 ** MOST_BITS))
  const unit = gather(POWERS, sub(2 * MOST_BITS + 1, octave))
  const first = mul(limit, unit)
  const high = div(first, side)
  const second = mul(sub(first, mul(high, side)), HALF)
  const digit = div(second, side)
  const twice = mul(sub(second, mul(digit, side)), 2)
  const isOdd = equal(sub(digit, mul(div(digit, 2), 2)), 1)
  const isUp = or(greater(twice, side), and(equal(twice, side), isOdd))
  return { high, low: add(digit, cast(isUp, 'int64')), unit, octave }
}

/** A number as it is: not below 2^-20, and below 2^20. */
export function constantScale(scale: number): ExactScale {
  const octave = Math.floor(Math.log2(scale))
  const numerator = scale * 2 ** (52 - octave)
  const high = Math.floor(numerator / HALF)
  const [low, unit] = [numerator - high * HALF, 2 ** (21 - octave)]
  const one = (value: number) => constant(int64([value]))
  return { high: one(high), low: one(low), unit: one(unit), octave: one(octave + MOST_BITS) }
}

/** `floor(side * scale)` where the product is rounded to float64 first. Sides `[N]` and results are below 2^20. */
export function scaledDown(side: Whole, { high, low, unit, octave }: ExactScale): Whole {
  const cut = (more: Whole | number) => div(add(mul(side, high), div(add(mul(side, low), more), HALF)), unit)
  const octaveOf = countBelow(OCTAVES, cut(0))
  // What lies half a last place below an integer is rounded to it; to the left of a power of two places are half as far apart.
  const halfPlace = div(gather(POWERS, add(octaveOf, MOST_BITS)), mul(gather(POWERS, octave), 2))
  return asSize(cut(halfPlace))
}

/** A float32, not negative and below 2^20, in units of 2^-40: exact, but for numbers below 2^-16. */
export function inUnits(x: Value<'float32'>): Whole {
  return cast(mul(x, UNIT), 'int64')
}

/** `floor(side * scale)`, exactly: a side of 20 bits and a float32 have a product that float64 holds. */
export function scaledDownBy(side: Whole, scale: Value<'float32'>): Whole {
  return asSize(div(mul(side, inUnits(scale)), UNIT))
}

/** With a name of its own in the shapes that are made from it. */
function asSize(x: Whole): Whole {
  return cast(cast(x, 'int32'), 'int64')
}

/** Of ascending thresholds, the number of the last that `value` reaches; -1 where it reaches none. */
function countBelow(thresholds: Whole, value: Whole): Whole {
  const reached = cast(lessOrEqual(thresholds, unsqueeze(value, 1)), 'int64')
  return sub(reduceSum(reached, [1]), 1)
}
