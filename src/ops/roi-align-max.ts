import { constant, type Value } from '../graph/value.ts'
import { float32 } from '../tensor/tensor.ts'
import { add, mul } from './elementwise.ts'
import { gather, gatherElements, scatterElements } from './gather.ts'
import { scalar } from './infer.ts'
import { concat, expand, reshape, type Size, sizeMul, sizeOf, sizes, slice, transpose } from './layout.ts'
import { argMax, reduceMax } from './reduce.ts'
import {
  mapSizes,
  type Neighbour,
  ofLevel,
  type RoiAlignProblem,
  sampleNeighbours,
} from './roi-align-geometry.ts'
import { mapsOfTable, pixelTable } from './roi-pixel-table.ts'

/** One of the four pixels around every sample of a row of bins: rows of the pixel table, and weights, `[R, w, samples]`. */
type Corner = Neighbour

/**
 * RoIAlign that keeps the largest of a bin's samples instead of their mean (He et al., Mask R-CNN, table 2c), `[R, C, h, w]`, for a
 * fixed number of samples. One row of bins at a time bounds the memory: R * w * (2s)^2 * C floats.
 */
export function maxRoiAlign(problem: RoiAlignProblem): Value<'float32'> {
  const [count, channels] = [sizeOf(problem.rois, 0), sizeOf(problem.features[0], 1)]
  const { table, rows } = binCorners(problem)
  const pooled = rows.map((corners) =>
    reshape(reduceMax(sampleValues(table, corners), [2]), [count, 1, problem.outputSize[1], channels]),
  )
  return transpose(concat(pooled, 1), [0, 3, 1, 2])
}

/**
 * Its gradients by the maps: what comes to a bin goes to the corners of its largest sample, the first in row-major order where
 * several are. `gradient` is `[R, C, h, w]`.
 */
export function maxRoiAlignGradients(
  problem: RoiAlignProblem,
  gradient: Value<'float32'>,
): Value<'float32'>[] {
  const { features, outputSize } = problem
  const [count, channels] = [sizeOf(problem.rois, 0), sizeOf(features[0], 1)]
  const [height, width] = outputSize
  const { table, rows } = binCorners(problem)
  const ofBins = transpose(gradient, [0, 2, 3, 1])
  const flat: readonly Size[] = [sizeMul(count, width), channels]
  const places: Value<'int64'>[] = []
  const shares: Value<'float32'>[] = []
  for (let i = 0; i < height; i++) {
    const winner = argMax(sampleValues(table, rows[i]), 2)
    const ofRow = reshape(slice(ofBins, 1, i, i + 1), [count, width, channels])
    for (const { index, weight } of rows[i]) {
      places.push(reshape(gatherElements(index, winner, 2), flat))
      shares.push(reshape(mul(ofRow, gatherElements(weight, winner, 2)), flat))
    }
  }
  const zeros = expand(scalar('float32', 0), [sizeOf(table, 0), channels])
  const sums = scatterElements(zeros, concat(places, 0), concat(shares, 0), { axis: 0, reduction: 'add' })
  return mapsOfTable(sums, features)
}

/** Bilinear values `[R, w, samples, C]`; samples beyond [-1, size] are zero. */
function sampleValues(table: Value<'float32'>, corners: readonly Corner[]): Value<'float32'> {
  return corners
    .map(({ index, weight }) =>
      mul(gather(table, index), reshape(weight, [...[0, 1, 2].map((axis) => sizeOf(weight, axis)), 1])),
    )
    .reduce((a, b) => add(a, b))
}

/** The four corners of the samples of every row of bins. */
function binCorners(problem: RoiAlignProblem) {
  const { features, rois, batchIndices, levels, outputSize, spatialScales, samplingRatio } = problem
  const [height, width] = outputSize
  const count = sizeOf(rois, 0)
  const { table, rowsPerImage, offsets } = pixelTable(features)
  const scale = ofLevel(constant(float32(spatialScales)), levels)
  const mapWidth = ofLevel(mapSizes(features, 3), levels)
  const ys = sampleNeighbours(problem, 'y', { scale, size: ofLevel(mapSizes(features, 2), levels), share: 1 })
  const xs = sampleNeighbours(problem, 'x', { scale, size: mapWidth, share: 1 })
  const image = mul(reshape(batchIndices, [count, 1]), sizes([rowsPerImage]))
  const origin = reshape(add(image, ofLevel(offsets, levels)), [count, 1, 1])
  const perMap = reshape(mapWidth, [sizeOf(mapWidth, 0), 1, 1])
  const rows = Array.from({ length: height }, (_, i) =>
    ys.flatMap((y) => {
      const ofRow = <D extends 'float32' | 'int64'>(value: Value<D>) =>
        reshape(slice(value, 1, i, i + 1), [count, 1, samplingRatio, 1])
      const start = ofRow(add(origin, mul(y.index, perMap)))
      return xs.map((x): Corner => {
        const across = <D extends 'float32' | 'int64'>(value: Value<D>) =>
          reshape(value, [count, width, 1, samplingRatio])
        const all: readonly Size[] = [count, width, samplingRatio ** 2]
        return {
          index: reshape(add(start, across(x.index)), all),
          weight: reshape(mul(ofRow(y.weight), across(x.weight)), all),
        }
      })
    }),
  )
  return { table, rows }
}
