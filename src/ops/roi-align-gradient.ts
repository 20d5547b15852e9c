import type { Value } from '../graph/value.ts'
import { and, greater } from './elementwise.ts'
import { gather, nonZero } from './gather.ts'
import { concat, reshape, type Size, sizeDiv, sizeMul, sizeOf, slice, transpose } from './layout.ts'
import { gemm, matMul } from './linear.ts'
import { reduceSum } from './reduce.ts'
import type { RoiAlignProblem } from './roi-align-geometry.ts'
import { groupWeights, imageCount } from './roi-align-separable.ts'
import { type ImageRoiGroup, imageGroups, ofGroup } from './roi-groups.ts'

/**
 * Maps are worked on in tiles of about this side: RoIs of a pyramid's level are some 30 to 60 pixels long, so
 * most tiles see few of them.
 */
const TILE = 50

/** Per axis: bounds the size of the graph, some 20 nodes a tile. 2, 3, 4, 5: 335, 260, 230, 205 ms for 512 RoIs on 200x272. */
const MOST_TILES = 4

/** Longer side of an image whose size is not known while building: only the number of tiles depends on it. */
const TYPICAL_IMAGE = 1000

/**
 * Gradients of RoIAlign, however it is lowered, by its maps, from that of its output `[R, C, h, w]`. RoIAlign is
 * separable, out = Wy F Wx' for each RoI, so dF = Wy' dOut Wx: the second product also sums over the RoIs.
 * No scattering, so the result does not depend on the order in which threads finish. `wanted` tells which
 * maps need one.
 */
export function roiAlignGradients(
  problem: RoiAlignProblem,
  gradient: Value<'float32'>,
  wanted: (level: number) => boolean,
): (Value<'float32'> | undefined)[] {
  const groups = imageGroups(problem, imageCount(problem.features[0]))
  const ofBins = transpose(gradient, [0, 2, 3, 1])
  return problem.features.map((_, level) => {
    if (!wanted(level)) return undefined
    const images = groups.filter((group) => group.level === level)
    return concat(
      images.map((group) => imageGradient(problem, group, ofGroup(ofBins, group))),
      0,
    )
  })
}

/** Gradient of one image's map `[1, C, H, W]` from `[K, h, w, C]` of the RoIs on it. */
function imageGradient(
  problem: RoiAlignProblem,
  group: ImageRoiGroup,
  gradient: Value<'float32'>,
): Value<'float32'> {
  const map = problem.features[group.level]
  const scale = problem.spatialScales[group.level]
  const { y, x } = groupWeights(problem, group)
  const columns = tiles(x, tileCount(map.shape[3], scale))
  const rows = tiles(y, tileCount(map.shape[2], scale)).map((row) =>
    concat(
      columns.map((column) => tileGradient(row, column, gradient)),
      3,
    ),
  )
  return reshape(concat(rows, 2), [1, sizeOf(map, 1), sizeOf(map, 2), sizeOf(map, 3)])
}

/** The weights of one stretch of rows or columns, and the RoIs that have any there. */
interface Tile {
  /** `[K, bins, T]` */
  readonly weights: Value<'float32'>
  /** `[K]` */
  readonly isTouched: Value<'bool'>
}

function tiles(weights: Value<'float32'>, count: number): Tile[] {
  const size = sizeOf(weights, 2)
  const edge = (i: number): Size => sizeDiv(sizeMul(size, i), count)
  return Array.from({ length: count }, (_, i) => {
    const part = slice(weights, 2, edge(i), edge(i + 1))
    // Weights are never negative.
    return { weights: part, isTouched: greater(reduceSum(part, [1, 2]), 0) }
  })
}

function tileCount(size: number | string, scale: number): number {
  const expected = typeof size === 'number' ? size : TYPICAL_IMAGE * scale
  return Math.min(Math.max(1, Math.round(expected / TILE)), MOST_TILES)
}

/** Gradient `[1, C, Ty, Tx]` of a tile, by the RoIs that touch it. */
function tileGradient(row: Tile, column: Tile, gradient: Value<'float32'>): Value<'float32'> {
  const found = nonZero(and(row.isTouched, column.isTouched))
  const members = reshape(found, [sizeOf(found, 1)])
  const count = sizeOf(members, 0)
  const [y, x] = [gather(row.weights, members), gather(column.weights, members)]
  const [bins, height] = [sizeOf(y, 1), sizeOf(y, 2)]
  const [width, channels] = [sizeOf(x, 2), sizeOf(gradient, 3)]
  const acrossColumns = reshape(transpose(x, [0, 2, 1]), [count, 1, width, sizeOf(x, 1)])
  const spread = matMul(acrossColumns, gather(gradient, members))
  const lines = sizeMul(count, bins)
  // Also over no lines, for tiles that no RoI touches: on WebGPU a MatMul fails then, and a Gemm gives zeros.
  const pixels = gemm(reshape(y, [lines, height]), reshape(spread, [lines, sizeMul(width, channels)]), {
    transA: true,
  })
  return transpose(reshape(pixels, [1, height, width, channels]), [0, 3, 1, 2])
}
