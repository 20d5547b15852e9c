import { defineOp, type Inputs } from '../graph/op.ts'
import { constant, type Value } from '../graph/value.ts'
import { float32, int64 } from '../tensor/tensor.ts'
import {
  abs,
  add,
  and,
  cast,
  ceil,
  clamp,
  div,
  floor,
  greaterOrEqual,
  less,
  maximum,
  minimum,
  mul,
  sign,
  sub,
  where,
} from './elementwise.ts'
import { gather, gatherElements, scatterElements } from './gather.ts'
import { emitOne, scalar } from './infer.ts'
import {
  concat,
  expand,
  range,
  reshape,
  type Size,
  sizeMul,
  sizeOf,
  sizes,
  slice,
  transpose,
  unsqueeze,
} from './layout.ts'
import { argMax, reduceMax } from './reduce.ts'
import { checkRoiInputs, type RoiInputs } from './roi-align.ts'
import { type Axis, mapSizes, ofLevel } from './roi-align-geometry.ts'
import { mapsOfTable, pixelTable } from './roi-pixel-table.ts'

export interface RoiPoolAttributes {
  readonly outputHeight: number
  readonly outputWidth: number
  readonly spatialScales: readonly number[]
  readonly [name: string]: number | readonly number[] | undefined
}

/**
 * RoIPool (Girshick, Fast R-CNN, section 2.1) over L maps, as torchvision computes it: the largest pixel of every
 * bin; RoIs and bins are rounded to whole pixels, bins without a pixel give 0. Inputs as RoIAlign's.
 */
export const MultiLevelRoiPool = defineOp<RoiPoolAttributes>({
  name: 'MultiLevelRoiPool',
  floats: ['spatialScales'],
  infer(inputs, { outputHeight, outputWidth, spatialScales }) {
    const { rois, channels } = checkRoiInputs(inputs, spatialScales.length)
    return [{ dtype: 'float32', shape: [rois.shape[0], channels, outputHeight, outputWidth] }]
  },
  expand: (inputs, attributes) => [pool(roiPoolProblem(inputs, attributes))],
})

export interface RoiPoolOptions {
  readonly outputSize: readonly [height: number, width: number]
  /** Map pixels per image pixel, one per map. */
  readonly spatialScales: readonly number[]
}

export interface RoiPoolProblem extends RoiInputs, RoiPoolOptions {}

/** RoIPool over one map or several, `[R, C, h, w]`. R may be 0. */
export function roiPool(
  { features, rois, batchIndices, levels }: RoiInputs,
  { outputSize, spatialScales }: RoiPoolOptions,
): Value<'float32'> {
  return emitOne(MultiLevelRoiPool, [rois, batchIndices, levels, ...features], {
    outputHeight: outputSize[0],
    outputWidth: outputSize[1],
    spatialScales,
  })
}

/** The op's inputs and attributes by their meaning. */
export function roiPoolProblem(inputs: Inputs, attributes: RoiPoolAttributes): RoiPoolProblem {
  return {
    rois: inputs[0] as Value<'float32'>,
    batchIndices: inputs[1] as Value<'int64'>,
    levels: inputs[2] as Value<'int64'> | undefined,
    features: inputs.slice(3) as Value<'float32'>[],
    outputSize: [attributes.outputHeight, attributes.outputWidth],
    spatialScales: attributes.spatialScales,
  }
}

function pool(problem: RoiPoolProblem): Value<'float32'> {
  const [count, channels] = [sizeOf(problem.rois, 0), sizeOf(problem.features[0], 1)]
  const width = problem.outputSize[1]
  const { table, rows } = binPixels(problem)
  const pooled = rows.map((row) => {
    const largest = reduceMax(pixelValues(table, row), [2])
    return reshape(where(row.isFilled, largest, 0), [count, 1, width, channels])
  })
  return transpose(concat(pooled, 1), [0, 3, 1, 2])
}

/**
 * Gradients by the maps: the gradient of a bin goes to its largest pixel, the first in row-major order where
 * several are. `gradient` is `[R, C, h, w]`.
 */
export function roiPoolGradients(problem: RoiPoolProblem, gradient: Value<'float32'>): Value<'float32'>[] {
  const { features, outputSize } = problem
  const [count, channels] = [sizeOf(problem.rois, 0), sizeOf(features[0], 1)]
  const [height, width] = outputSize
  const { table, rows } = binPixels(problem)
  const winners = rows.map((row) => {
    const winner = gatherElements(row.index, argMax(pixelValues(table, row), 2), 2)
    return reshape(winner, [count, 1, width, channels])
  })
  const filled = rows.map((row) => reshape(row.isFilled, [count, 1, width, 1]))
  const ofBins = where(concat(filled, 1), transpose(gradient, [0, 2, 3, 1]), 0)
  const flat: readonly Size[] = [sizeMul(count, height * width), channels]
  const zeros = expand(scalar('float32', 0), [sizeOf(table, 0), channels])
  const sums = scatterElements(zeros, reshape(concat(winners, 1), flat), reshape(ofBins, flat), {
    axis: 0,
    reduction: 'add',
  })
  return mapsOfTable(sums, features)
}

/** The pixels of one row of bins; every bin has as many places as the largest one needs. */
interface BinRow {
  /** Rows of the pixel table, int64 `[R, w, places]`, row-major within a bin. */
  readonly index: Value<'int64'>
  /** `[R, w, places, 1]`: the place is within the bin and the map. */
  readonly isInside: Value<'bool'>
  /** `[R, w, 1]`: the bin has a pixel. */
  readonly isFilled: Value<'bool'>
}

/** Memory is bounded by R * w * (pixels of the largest bin) * C floats: one row of bins at a time. */
function binPixels(problem: RoiPoolProblem): { table: Value<'float32'>; rows: readonly BinRow[] } {
  const { features, rois, batchIndices, levels, outputSize } = problem
  const [height, width] = outputSize
  const count = sizeOf(rois, 0)
  const { table, rowsPerImage, offsets } = pixelTable(features)
  const mapWidth = ofLevel(mapSizes(features, 3), levels)
  const y = axisPixels(problem, 'y')
  const x = axisPixels(problem, 'x')
  const image = mul(reshape(batchIndices, [count, 1]), sizes([rowsPerImage]))
  const origin = unsqueeze(add(image, ofLevel(offsets, levels)), 2)
  const rowStart = add(origin, mul(y.pixel, unsqueeze(mapWidth, 2)))
  const places = sizeMul(y.places, x.places)
  const rows = Array.from({ length: height }, (_, i) => {
    const ofRow = <D extends 'int64' | 'bool'>(value: Value<D>) =>
      reshape(slice(value, 1, i, i + 1), [count, 1, y.places, 1])
    const isInside = and(ofRow(y.isInside), unsqueeze(x.isInside, 2))
    return {
      index: reshape(add(ofRow(rowStart), unsqueeze(x.pixel, 2)), [count, width, places]),
      isInside: reshape(isInside, [count, width, places, 1]),
      // A bin has a pixel exactly if it has its first one.
      isFilled: reshape(slice(slice(isInside, 2, 0, 1), 3, 0, 1), [count, width, 1]),
    }
  })
  return { table, rows }
}

function pixelValues(table: Value<'float32'>, { index, isInside }: BinRow): Value<'float32'> {
  return where(isInside, gather(table, index), constant(float32([-3.4028234663852886e38], [])))
}

/** Pixels of every bin along one axis, `[R, bins, places]`; those outside the bin are marked and moved into the map. */
function axisPixels({ features, rois, levels, outputSize, spatialScales }: RoiPoolProblem, axis: Axis) {
  const bins = outputSize[axis === 'y' ? 0 : 1]
  const column = axis === 'x' ? 0 : 1
  const size = ofLevel(mapSizes(features, axis === 'y' ? 2 : 3), levels)
  const scale = ofLevel(constant(float32(spatialScales)), levels)
  const at = (index: number) => roundAwayFromZero(mul(slice(rois, 1, index, index + 1), scale))
  const start = at(column)
  const bin = div(maximum(add(sub(at(column + 2), start), 1), 1), bins)
  const edge = (index: number) =>
    constant(
      float32(
        Array.from({ length: bins }, (_, i) => i + index),
        [1, bins],
      ),
    )
  const onMap = (position: Value<'float32'>) => clamp(cast(position, 'int64'), scalar('int64', 0), size)
  const from = onMap(add(floor(mul(edge(0), bin)), start))
  const to = onMap(add(ceil(mul(edge(1), bin)), start))
  const largest = concat([reshape(sub(to, from), [sizeMul(sizeOf(rois, 0), bins)]), constant(int64([1]))], 0)
  const pixel = add(unsqueeze(from, 2), range(reduceMax(largest, [0], { keepDims: true })))
  return {
    places: sizeOf(pixel, 2),
    pixel: minimum(pixel, unsqueeze(sub(size, 1), 2)),
    isInside: less(pixel, unsqueeze(to, 2)),
  }
}

/** C's `round`: halves away from zero. */
function roundAwayFromZero(x: Value<'float32'>): Value<'float32'> {
  const magnitude = abs(x)
  const whole = floor(magnitude)
  const carry = cast(greaterOrEqual(sub(magnitude, whole), 0.5), 'float32')
  return mul(sign(x), add(whole, carry))
}
