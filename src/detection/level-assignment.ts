import type { Value } from '../graph/value.ts'
import { add, cast, clamp, div, floor, log, mul, sqrt, sub } from '../ops/elementwise.ts'
import { reshape, sizeOf } from '../ops/layout.ts'
import { type BoxConvention, boxSides } from './box-coding.ts'

/** Which pyramid level a region is pooled from. Level l has stride 2^l. */
export interface LevelRange {
  readonly minLevel: number
  readonly maxLevel: number
}

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
  const clamped = sub(clamp(level, minLevel, maxLevel), minLevel)
  return cast(reshape(clamped, [sizeOf(boxes, 0)]), 'int64')
}
