/**
 * Balanced sampling of positives and negatives. The random choice is an input: candidates of the highest priority
 * are taken, so numbers drawn uniformly by the host give a uniform sample, and any other sampler can be replayed.
 */
import type { Value } from '../graph/value.ts'
import { add, cast, div, greater, maximum, minimum, sub, where } from '../ops/elementwise.ts'
import { scalar } from '../ops/infer.ts'
import { expand, reshape, sizeOf, sizes, slice } from '../ops/layout.ts'
import { reduceSum } from '../ops/reduce.ts'
import { topK } from '../ops/select.ts'

export interface SampleOptions {
  /** Candidates taken of one image. */
  readonly size: number
  /** Part of them that is positive, where there are enough. */
  readonly positiveFraction: number
}

export interface BalancedSample {
  /** `[S+]` with `S+ = min(positives, floor(size * positiveFraction))`, but one row of weight 0 where there is none. */
  readonly positive: Value<'int64'>
  /** `[S+]`: 1, or 0 in the row that stands for none. */
  readonly positiveWeight: Value<'float32'>
  /** `[S-]` with `S- = min(negatives, size - positives taken)`; may be empty. */
  readonly negative: Value<'int64'>
}

/** Lower than every priority. */
const NEVER = -1

/** Samples of `[A]` candidates; `priority` `[A]` is not negative. */
export function sampleBalanced(
  isPositive: Value<'bool'>,
  isNegative: Value<'bool'>,
  priority: Value<'float32'>,
  { size, positiveFraction }: SampleOptions,
): BalancedSample {
  const limit = Math.floor(size * positiveFraction)
  const taken = minimum(countOf(isPositive), limit)
  const positive = highest(priority, isPositive, maximum(taken, 1))
  const negative = highest(priority, isNegative, minimum(countOf(isNegative), sub(sizes([size]), taken)))
  const weight = cast(greater(taken, 0), 'float32')
  return { positive, positiveWeight: expand(weight, [sizeOf(positive, 0)]), negative }
}

/** Real positives an image, on average. */
export function meanPositives(samples: readonly Pick<BalancedSample, 'positiveWeight'>[]): Value<'float32'> {
  const counts = samples.map(({ positiveWeight }) => reduceSum(positiveWeight))
  return div(
    counts.reduce((a, b) => add(a, b)),
    samples.length,
  )
}

/** The rows of positives without the one that stands for none. */
export function realRows(positives: Value, { positiveWeight }: BalancedSample): Value {
  return slice(positives, 0, 0, reshape(cast(reduceSum(positiveWeight), 'int64'), [1]))
}

function highest(priority: Value<'float32'>, allowed: Value<'bool'>, count: Value<'int64'>) {
  return topK(where(allowed, priority, scalar('float32', NEVER)), count, { axis: 0 }).indices
}

/** int64 `[1]`. */
function countOf(condition: Value<'bool'>): Value<'int64'> {
  return reshape(reduceSum(cast(condition, 'int64')), [1])
}
