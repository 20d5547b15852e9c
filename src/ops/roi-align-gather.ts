import type { Value } from '../graph/value.ts'
import { add, mul } from './elementwise.ts'
import { gather } from './gather.ts'
import { concat, reshape, type Size, sizeOf, slice, transpose, unsqueeze } from './layout.ts'
import { matMul } from './linear.ts'
import type { RoiAlignProblem } from './roi-align-geometry.ts'
import { patchPooled, splitBySpan } from './roi-align-patches.ts'
import { type RoiTaps, roiTaps, tapsOf } from './roi-align-taps.ts'
import { joinGroups } from './roi-groups.ts'
import { pixelTable } from './roi-pixel-table.ts'

/**
 * RoIAlign with a fixed number of samples, `[R, C, h, w]`: the pixels of all maps are the rows of one table. RoIs that touch few
 * pixels read each of them once (`patchPooled`), the others once for every sample that touches it.
 */
export function gatherRoiAlign(problem: RoiAlignProblem): Value<'float32'> {
  const pixels = pixelTable(problem.features)
  const { table } = pixels
  const taps = roiTaps(problem, pixels)
  // As many pixels as a row of bins has taps, so that patches need no more memory.
  const [rowTaps, columnTaps] = [taps.y, taps.x].map(({ index }) => index.shape[2] as number)
  const side = Math.floor(Math.sqrt(problem.outputSize[1] * rowTaps * columnTaps))
  const groups = splitBySpan(taps, side)
  const pooled = [
    patchPooled(table, tapsOf(taps, groups.compact), side),
    binsPooled(table, tapsOf(taps, groups.wide)),
  ]
  return transpose(joinGroups([groups.compact, groups.wide], pooled, problem.rois), [0, 3, 1, 2])
}

/**
 * Every bin gathers the rows of the table that its samples touch, (2s)^2 of them, and a product with their weights combines them:
 * `[R, h, w, C]`. One row of bins at a time bounds the memory: R * w * (2s)^2 * C floats, whatever R is.
 */
function binsPooled(table: Value<'float32'>, { y, x, origin }: RoiTaps): Value<'float32'> {
  const [height, width] = [y, x].map(({ index }) => index.shape[1] as number)
  const count: Size = sizeOf(y.index, 0)
  const [taps, channels] = [sizeOf(y.index, 2), sizeOf(table, 1)]
  const allTaps = (taps as number) ** 2
  const rowStart = add(unsqueeze(origin, 2), mul(y.index, unsqueeze(x.size, 2)))
  const columns = reshape(x.index, [count, width, 1, taps])
  const columnWeights = reshape(x.weight, [count, width, 1, taps])
  const rows = Array.from({ length: height }, (_, i) => {
    const ofRow = <D extends 'float32' | 'int64'>(values: Value<D>) =>
      reshape(slice(values, 1, i, i + 1), [count, 1, taps, 1])
    const index = reshape(add(ofRow(rowStart), columns), [count, width, allTaps])
    const weight = reshape(mul(ofRow(y.weight), columnWeights), [count, width, 1, allTaps])
    return reshape(matMul(weight, gather(table, index)), [count, 1, width, channels])
  })
  return concat(rows, 1)
}
