/** Which rows of a table of pixels RoIs read, and what each counts. */
import { constant, type Value } from '../graph/value.ts'
import { float32 } from '../tensor/tensor.ts'
import { add, mul } from './elementwise.ts'
import { concat, reshape, sizeOf, sizes } from './layout.ts'
import { reduceMax, reduceMin } from './reduce.ts'
import { type Axis, mapSizes, ofLevel, type RoiAlignProblem, sampleNeighbours } from './roi-align-geometry.ts'
import { ofGroup, type RoiMembers } from './roi-groups.ts'
import type { PixelTable } from './roi-pixel-table.ts'

/** Map rows or columns that the bins read, int64 `[R, bins, 2 * samples]`, and their weights. */
export interface AxisTaps {
  readonly index: Value<'int64'>
  readonly weight: Value<'float32'>
  /** The first and the last of each RoI, int64 `[R, 1]`. */
  readonly first: Value<'int64'>
  readonly last: Value<'int64'>
  /** Rows or columns of each RoI's map, int64 `[R, 1]`; `[1, 1]` where there is one map. */
  readonly size: Value<'int64'>
}

/** What RoIs read of a table of pixels. */
export interface RoiTaps {
  readonly y: AxisTaps
  readonly x: AxisTaps
  /** Row of the table where each RoI's map begins, int64 `[R, 1]`. */
  readonly origin: Value<'int64'>
}

export function roiTaps(problem: RoiAlignProblem, { rowsPerImage, offsets }: PixelTable): RoiTaps {
  const { batchIndices, levels, spatialScales } = problem
  const scale = ofLevel(constant(float32(spatialScales)), levels)
  const image = mul(reshape(batchIndices, [sizeOf(batchIndices, 0), 1]), sizes([rowsPerImage]))
  return {
    y: axisTaps(problem, 'y', scale),
    x: axisTaps(problem, 'x', scale),
    origin: add(image, ofLevel(offsets, levels)),
  }
}

function axisTaps(problem: RoiAlignProblem, axis: Axis, scale: Value<'float32'>): AxisTaps {
  const { features, levels } = problem
  const size = ofLevel(mapSizes(features, axis === 'y' ? 2 : 3), levels)
  const [below, above] = sampleNeighbours(problem, axis, { scale, size, share: 1 / problem.samplingRatio })
  const index = concat([below.index, above.index], 2)
  const [bins, taps] = index.shape.slice(1) as number[]
  const ofRoi = reshape(index, [sizeOf(index, 0), bins * taps])
  return {
    index,
    weight: concat([below.weight, above.weight], 2),
    first: reduceMin(ofRoi, [1], { keepDims: true }),
    last: reduceMax(ofRoi, [1], { keepDims: true }),
    size,
  }
}

/** Those of a group of RoIs. */
export function tapsOf({ y, x, origin }: RoiTaps, group: RoiMembers): RoiTaps {
  const axis = ({ index, weight, first, last, size }: AxisTaps): AxisTaps => ({
    index: ofGroup(index, group),
    weight: ofGroup(weight, group),
    first: ofGroup(first, group),
    last: ofGroup(last, group),
    size: size.shape[0] === 1 ? size : ofGroup(size, group),
  })
  return { y: axis(y), x: axis(x), origin: ofGroup(origin, group) }
}
