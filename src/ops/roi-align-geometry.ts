import { constant, type Value } from '../graph/value.ts'
import { float32 } from '../tensor/tensor.ts'
import {
  add,
  and,
  cast,
  clamp,
  div,
  floor,
  greaterOrEqual,
  lessOrEqual,
  maximum,
  minimum,
  mul,
  sub,
  where,
} from './elementwise.ts'
import { gather } from './gather.ts'
import { reshape, type Size, sizeOf, sizes, slice } from './layout.ts'

/** What every lowering of RoIAlign reads; the op's inputs and attributes by their meaning. */
export interface RoiAlignProblem {
  /** L maps `[N, C, Hl, Wl]`. */
  readonly features: readonly Value<'float32'>[]
  /** `[R, 4]` in image pixels. */
  readonly rois: Value<'float32'>
  /** `[R]`, image of each RoI. */
  readonly batchIndices: Value<'int64'>
  /** `[R]`, map of each RoI; absent for one map. */
  readonly levels?: Value<'int64'>
  readonly outputSize: readonly [height: number, width: number]
  /** Map pixels per image pixel, one per map. */
  readonly spatialScales: readonly number[]
  /** Samples per bin and axis; 0: ceil(RoI size / bins), different for every RoI. */
  readonly samplingRatio: number
  readonly aligned: boolean
  /** What is kept of the samples of a bin; their mean where not said. */
  readonly reduce?: 'mean' | 'max'
}

export type Axis = 'y' | 'x'

/** One axis of the RoIs on their maps, `[R, 1]` each, in map pixels. */
export interface RoiSpan {
  readonly start: Value<'float32'>
  readonly bin: Value<'float32'>
  readonly length: Value<'float32'>
}

/**
 * Where the bins of the RoIs lie along one axis. Pixel centres are at i + 0.5 when `aligned`, else at i, and a
 * RoI then is at least one pixel long. The order of operations is torchvision's, so that samples on the
 * very border of a map fall on the same side of it.
 */
export function roiSpan(
  rois: Value<'float32'>,
  axis: Axis,
  bins: number,
  { scale, aligned }: { readonly scale: Value<'float32'>; readonly aligned: boolean },
): RoiSpan {
  const column = axis === 'x' ? 0 : 1
  const at = (index: number) => {
    const scaled = mul(slice(rois, 1, index, index + 1), scale)
    return aligned ? sub(scaled, 0.5) : scaled
  }
  const start = at(column)
  const extent = sub(at(column + 2), start)
  const length = aligned ? extent : maximum(extent, 1)
  return { start, bin: div(length, bins), length }
}

/** Positions of `samples` points in each of `bins` bins, `[R, bins * samples]`, bin by bin. */
export function samplePositions({ start, bin }: RoiSpan, bins: number, samples: number): Value<'float32'> {
  const points = Array.from({ length: bins * samples }, (_, i) => i)
  const binIndex = constant(
    float32(
      points.map((i) => Math.floor(i / samples)),
      [1, points.length],
    ),
  )
  const within = constant(
    float32(
      points.map((i) => (i % samples) + 0.5),
      [1, points.length],
    ),
  )
  return add(add(start, mul(binIndex, bin)), div(mul(within, bin), samples))
}

/** A pixel beside every sample along one axis, and its weight: `[R, bins, samples]` each. */
export interface Neighbour {
  readonly index: Value<'int64'>
  readonly weight: Value<'float32'>
}

/**
 * Linear interpolation along one axis: every sample reads the pixels below and above it, whose weights sum to `share`. Samples
 * beyond [-1, size] weigh nothing (nor do those that are not a number); the others are clamped to the map.
 */
export function sampleNeighbours(
  { rois, outputSize, samplingRatio, aligned }: RoiAlignProblem,
  axis: Axis,
  {
    scale,
    size,
    share,
  }: { readonly scale: Value<'float32'>; readonly size: Value<'int64'>; readonly share: number },
): readonly [below: Neighbour, above: Neighbour] {
  const bins = outputSize[axis === 'y' ? 0 : 1]
  const position = samplePositions(roiSpan(rois, axis, bins, { scale, aligned }), bins, samplingRatio)
  const end = cast(size, 'float32')
  const last = sub(end, 1)
  const inside = and(greaterOrEqual(position, -1), lessOrEqual(position, end))
  const clamped = clamp(where(inside, position, 0), 0, last)
  const low = floor(clamped)
  const upper = sub(clamped, low)
  const whole = mul(cast(inside, 'float32'), share)
  const perBin = <D extends 'float32' | 'int64'>(value: Value<D>) =>
    reshape(value, [sizeOf(rois, 0), bins, samplingRatio])
  return [
    { index: perBin(cast(low, 'int64')), weight: perBin(mul(whole, sub(1, upper))) },
    { index: perBin(cast(minimum(add(low, 1), last), 'int64')), weight: perBin(mul(whole, upper)) },
  ]
}

/** Per-RoI entry of a table with one entry per level, `[R, 1]`; `[1, 1]` for one map. */
export function ofLevel<D extends 'float32' | 'int64'>(
  table: Value<D>,
  levels: Value<'int64'> | undefined,
): Value<D> {
  return levels ? reshape(gather(table, levels), [sizeOf(levels, 0), 1]) : reshape(table, [1, 1])
}

/** Sizes of one axis of all maps as an int64 vector `[L]`. */
export function mapSizes(features: readonly Value[], axis: number): Value<'int64'> {
  return sizes(features.map((map) => sizeOf(map, axis)))
}

export function asFloat(size: Size): Value<'float32'> {
  return cast(sizes([size]), 'float32')
}
