import type { Value } from '../graph/value.ts'
import { add, cast, ceil, clamp, div, floor, log, mul, sqrt, sub } from '../ops/elementwise.ts'
import { gather, pick } from '../ops/gather.ts'
import { reshape, sizeOf, unsqueeze } from '../ops/layout.ts'
import { type BoxConvention, boxSides } from './box-coding.ts'

/** Which pyramid level a region is pooled from. Level l has stride 2^l. */
export interface LevelRange {
  readonly minLevel: number
  readonly maxLevel: number
}

/**
 * How a region's level follows from its size. `canonical`: from its own area (Lin et al. 2017, eq. 1). `area-ratio`: from the
 * share of the image that it covers (Lee and Park 2020, eq. 2), so that it does not depend on how large images are made.
 */
export type LevelRule = 'canonical' | 'area-ratio'

/** A region of this side in pixels goes to level 4. */
const CANONICAL_SIDE = 224
const CANONICAL_LEVEL = 4
/** Keeps regions of exactly a power of two times the canonical side from rounding down; torchvision's number. */
const NUDGE = 1e-6

/**
 * Level of each box by its size (Lin et al. 2017, eq. 1): boxes `[R, 4]` -> int64 `[R]`, counted from `minLevel`:
 * `floor(4 + log2(sqrt(area) / 224) + 1e-6)`, clamped to the levels there are. With `legacyBoxes` the 1e-6 is inside the
 * logarithm.
 */
export function assignLevels(
  boxes: Value<'float32'>,
  { minLevel, maxLevel }: LevelRange,
  { legacyBoxes = false }: BoxConvention = {},
): Value<'int64'> {
  const { width, height } = boxSides(boxes)
  const ratio = div(sqrt(mul(width, height)), CANONICAL_SIDE)
  const levelOf = (side: Value<'float32'>) => add(div(log(side), Math.LN2), CANONICAL_LEVEL)
  const level = floor(legacyBoxes ? levelOf(add(ratio, NUDGE)) : add(levelOf(ratio), NUDGE))
  return counted(level, boxes, { minLevel, maxLevel })
}

/**
 * Level of each box by how much of its image it covers (Lee and Park 2020, eq. 2): boxes `[R, 4]`, as they are and not clipped,
 * the image of each int64 `[R]`, sizes of the images without padding `[N, 2]` -> int64 `[R]`, counted from `minLevel`:
 * `ceil(maxLevel - log2(image area / box area))`, clamped to the levels there are.
 */
export function assignLevelsByRatio(
  boxes: Value<'float32'>,
  images: Value<'int64'>,
  sizes: Value<'float32'>,
  { minLevel, maxLevel }: LevelRange,
): Value<'int64'> {
  const { width, height } = boxSides(boxes)
  const whole = unsqueeze(gather(mul(pick(sizes, 1, 0), pick(sizes, 1, 1)), images), 1)
  const level = ceil(sub(maxLevel, div(log(div(whole, mul(width, height))), Math.LN2)))
  return counted(level, boxes, { minLevel, maxLevel })
}

/** Levels `[R, 1]` clamped to those there are, int64 `[R]` from 0. */
function counted(
  level: Value<'float32'>,
  boxes: Value<'float32'>,
  { minLevel, maxLevel }: LevelRange,
): Value<'int64'> {
  const clamped = sub(clamp(level, minLevel, maxLevel), minLevel)
  return cast(reshape(clamped, [sizeOf(boxes, 0)]), 'int64')
}
