/** What the places of a fully convolutional one-stage detector learn (Tian et al. 2019, FCOS, section 3.1 and 3.2). */
import { ConfigError } from '../errors.ts'
import { constant, type Value } from '../graph/value.ts'
import {
  abs,
  add,
  and,
  cast,
  div,
  greater,
  greaterOrEqual,
  less,
  maximum,
  minimum,
  mul,
  neg,
  not,
  sqrt,
  sub,
  where,
} from '../ops/elementwise.ts'
import { gather } from '../ops/gather.ts'
import { concat, expand, type Size, sizeOf, slice, squeeze, transpose, unsqueeze } from '../ops/layout.ts'
import { argMax, reduceMax } from '../ops/reduce.ts'
import { float32 } from '../tensor/tensor.ts'
import { levelAnchors } from './anchors.ts'
import { encodeSideDistances } from './box-linear-coding.ts'
import type { FeatureMap } from './feature-map.ts'
import { ignoredShare } from './ignored-area.ts'
import type { GroundTruth } from './match.ts'

/**
 * In what two implementations differ. `torchvision`: places are the corners of cells, the ends of a range are in neither of the
 * levels that they part, and areas are compared in steps of 8 square pixels. `centermask`: places are the middles of cells, the
 * ends of a range are in both levels, areas are exact.
 */
export type FcosConvention = 'torchvision' | 'centermask'

export interface FcosTargetOptions {
  readonly convention: FcosConvention
  /**
   * Sides of a cell from the centre of an object, along each axis, within which a place may stand for it (centre sampling); null:
   * anywhere in its box.
   */
  readonly radius: number | null
  /**
   * Pixels to the farthest side of a box that part each level from the next: rising, one less than there are levels. Eight strides of
   * each level where not given.
   */
  readonly ranges?: readonly number[]
}

/** What the R places of one image learn. */
export interface FcosTargets {
  /** `[R]`: whether a place stands for an object. */
  readonly isPositive: Value<'bool'>
  /** Its class, int64 `[R]`; 0 where there is none. */
  readonly labels: Value<'int64'>
  /** Its row, int64 `[R]`; 0 where there is none. */
  readonly matched: Value<'int64'>
  /** `[R]`: whether it stands for background; absent where all that are not positive do. */
  readonly isNegative?: Value<'bool'>
  /** To its left, top, right and bottom side, in strides, `[R, 4]`; all 1 where there is none. */
  readonly distances: Value<'float32'>
}

/**
 * Squares of a stride about the places of each map, `[H * W, 4]`, by rows: places are told by squares so that distances are in sides
 * of them. A step is the stride, but between torchvision's places image size // grid size, as its anchors' are.
 */
export function fcosSquares(
  maps: readonly FeatureMap[],
  image: { readonly height: Size; readonly width: Size },
  convention: FcosConvention,
): Value<'float32'>[] {
  const config = { sizes: maps.map(({ stride }) => [stride]), aspectRatios: maps.map(() => [1]) }
  return levelAnchors(config, maps, image, { legacyBoxes: convention === 'centermask' })
}

/** Least and largest distance of each level. Throws `ConfigError` for ranges that do not fit the levels. */
export function levelRanges(
  strides: readonly number[],
  { ranges = strides.slice(0, -1).map((stride) => 8 * stride) }: Pick<FcosTargetOptions, 'ranges'>,
): (readonly [low: number, high: number])[] {
  if (new Set(strides).size < strides.length) {
    throw new ConfigError('two maps of one stride would stand for the same objects', {
      where: 'model.backbone.stages',
      expected: 'stages of different strides',
      got: `strides ${strides.join(', ')}`,
    })
  }
  const ends = [0, ...ranges, Number.POSITIVE_INFINITY]
  const isRising = ends.every((end, i) => i === 0 || end > ends[i - 1])
  if (isRising && ranges.length === strides.length - 1)
    return strides.map((_, level) => [ends[level], ends[level + 1]])
  throw new ConfigError('ranges do not part the levels', {
    where: 'model.fcos.targets.ranges',
    expected: `${strides.length - 1} rising numbers, between strides ${strides.join(', ')}`,
    got: ranges.join(', ') || 'none',
  })
}

/** Share of the square about a place from which it is no background. */
const IGNORED_SHARE = 0.5

/**
 * Which object each place stands for: one whose box it lies in, near whose centre it is, and whose farthest side is in the range of
 * its level; of several the one of the smallest area, of equals the first. `squares` are those of all levels of one image.
 */
export function fcosTargets(
  truth: GroundTruth,
  squares: readonly Value<'float32'>[],
  ranges: readonly (readonly [low: number, high: number])[],
  { convention, radius }: FcosTargetOptions,
): FcosTargets {
  const all = concat(squares, 0)
  const [x1, y1, x2, y2] = sidesOf(truth.boxes, 1)
  const places = sidesOf(transpose(all, [1, 0]), 0)
  const [x, y] = [middle(places[0], places[2]), middle(places[1], places[3])]
  const [across, along] = [
    [sub(x, x1), sub(x2, x)],
    [sub(y, y1), sub(y2, y)],
  ]
  const nearest = minimum(minimum(across[0], across[1]), minimum(along[0], along[1]))
  const farthest = maximum(maximum(across[0], across[1]), maximum(along[0], along[1]))
  const isBeyond = convention === 'torchvision' ? greater<'float32'> : greaterOrEqual<'float32'>
  const [low, high] = [0, 1].map((end) => byLevel(squares, ranges, end))
  const isOfLevel = and(isBeyond(farthest, low), isBeyond(high, farthest))
  const candidates = and(and(greater(nearest, 0), isOfLevel), unsqueeze(truth.isReal, 1))
  const offCentre = maximum(abs(sub(x, middle(x1, x2))), abs(sub(y, middle(y1, y2))))
  const matches =
    radius === null ? candidates : and(candidates, less(offCentre, mul(sub(places[2], places[0]), radius)))
  const area = mul(sub(x2, x1), sub(y2, y1))
  // Near 1e8 the numbers of float32 are 8 apart: torchvision does not tell smaller differences.
  const smallness = convention === 'torchvision' ? sub(1e8, area) : neg(area)
  const matched = argMax(where(matches, smallness, Number.NEGATIVE_INFINITY), 0)
  const isPositive = greater(reduceMax(cast(matches, 'float32'), [0]), 0)
  const distances = encodeSideDistances(gather(truth.boxes, matched), all)
  return {
    isPositive,
    ...(truth.ignored && {
      isNegative: and(not(isPositive), less(ignoredShare(truth.ignored, all), IGNORED_SHARE)),
    }),
    labels: where(isPositive, gather(truth.labels, matched), 0),
    matched,
    distances: where(unsqueeze(isPositive, 1), distances, 1),
  }
}

/** How central a place is between sides at these distances `[..., 4]`: 1 in the middle, 0 on a side (the paper, eq. 3), `[...]`. */
export function centernessOf(distances: Value<'float32'>): Value<'float32'> {
  const [left, top, right, bottom] = sidesOf(distances, -1)
  const across = div(minimum(left, right), maximum(left, right))
  const along = div(minimum(top, bottom), maximum(top, bottom))
  return squeeze(sqrt(mul(across, along)), -1)
}

/** An end of the range of the level that each place is of, `[1, R]`. */
function byLevel(
  squares: readonly Value[],
  ranges: readonly (readonly [number, number])[],
  end: number,
): Value<'float32'> {
  const levels = squares.map((level, i) =>
    expand(constant(float32([ranges[i][end]], [1, 1])), [1, sizeOf(level, 0)]),
  )
  return concat(levels, 1)
}

function middle(low: Value<'float32'>, high: Value<'float32'>): Value<'float32'> {
  return mul(add(low, high), 0.5)
}

/** The four numbers of boxes, each with `axis` of size 1. */
function sidesOf(boxes: Value<'float32'>, axis: number): Value<'float32'>[] {
  return [0, 1, 2, 3].map((side) => slice(boxes, axis, side, side + 1))
}
