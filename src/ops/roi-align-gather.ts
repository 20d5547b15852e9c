import { constant, type Value } from '../graph/value.ts'
import { float32 } from '../tensor/tensor.ts'
import { add, mul } from './elementwise.ts'
import { gather } from './gather.ts'
import { concat, reshape, sizeOf, sizes, slice, transpose } from './layout.ts'
import { matMul } from './linear.ts'
import { type Axis, mapSizes, ofLevel, type RoiAlignProblem, sampleNeighbours } from './roi-align-geometry.ts'
import { pixelTable } from './roi-pixel-table.ts'

/** Map rows or columns that the bins read, int64 `[R, bins, 2 * samples]`, and their weights. */
interface AxisTaps {
  readonly index: Value<'int64'>
  readonly weight: Value<'float32'>
}

/**
 * RoIAlign with a fixed number of samples, `[R, C, h, w]`: the pixels of all maps are the rows of one table, every bin
 * gathers the rows its samples touch, (2s)^2 of them, and a product with their weights combines them.
 * One row of bins at a time bounds the memory: R * w * (2s)^2 * C floats, whatever R is.
 */
export function gatherRoiAlign(problem: RoiAlignProblem): Value<'float32'> {
  const { features, rois, batchIndices, levels, outputSize, spatialScales } = problem
  const [height, width] = outputSize
  const count = sizeOf(rois, 0)
  const channels = sizeOf(features[0], 1)
  const taps = 2 * problem.samplingRatio
  const { table, rowsPerImage, offsets } = pixelTable(features)

  const scale = ofLevel(constant(float32(spatialScales)), levels)
  const mapWidth = ofLevel(mapSizes(features, 3), levels)
  const y = axisTaps(problem, 'y', scale, ofLevel(mapSizes(features, 2), levels))
  const x = axisTaps(problem, 'x', scale, mapWidth)

  const image = mul(reshape(batchIndices, [count, 1]), sizes([rowsPerImage]))
  const origin = reshape(add(image, ofLevel(offsets, levels)), [count, 1, 1])
  const rowStart = add(origin, mul(y.index, reshape(mapWidth, [sizeOf(mapWidth, 0), 1, 1])))
  const columns = reshape(x.index, [count, width, 1, taps])
  const columnWeights = reshape(x.weight, [count, width, 1, taps])

  const rows = Array.from({ length: height }, (_, i) => {
    const ofRow = <D extends 'float32' | 'int64'>(values: Value<D>) =>
      reshape(slice(values, 1, i, i + 1), [count, 1, taps, 1])
    const index = reshape(add(ofRow(rowStart), columns), [count, width, taps * taps])
    const weight = reshape(mul(ofRow(y.weight), columnWeights), [count, width, 1, taps * taps])
    return reshape(matMul(weight, gather(table, index)), [count, 1, width, channels])
  })
  return transpose(concat(rows, 1), [0, 3, 1, 2])
}

function axisTaps(
  problem: RoiAlignProblem,
  axis: Axis,
  scale: Value<'float32'>,
  size: Value<'int64'>,
): AxisTaps {
  const [below, above] = sampleNeighbours(problem, axis, { scale, size, share: 1 / problem.samplingRatio })
  return {
    index: concat([below.index, above.index], 2),
    weight: concat([below.weight, above.weight], 2),
  }
}
