import { at } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { type Cells, cellPatches } from '../../nn/cell-patches.ts'
import { conv2d, convBias, convWeight } from '../../nn/conv.ts'
import type { Scope } from '../../nn/scope.ts'
import { cast, div, greaterOrEqual, mul, relu, sub } from '../../ops/elementwise.ts'
import { gather } from '../../ops/gather.ts'
import { reshape, type Size, sizeAdd, sizeMul, sizeOf, sizes, unsqueeze } from '../../ops/layout.ts'
import { gemm } from '../../ops/linear.ts'
import { reduceSum } from '../../ops/reduce.ts'
import { rowsOfClass } from './class-rows.ts'
import { type RpnHeadConfig, rpnLayers } from './rpn.ts'

/** What the region proposal head says about S anchors. */
export interface AnchorPredictions {
  /** `[S, 1]`. */
  readonly objectness: Value<'float32'>
  /** `[S, 4]`. */
  readonly deltas: Value<'float32'>
}

/**
 * The head of `rpnHead`, with the same weights, at chosen anchors alone. A few hundred anchors of 200,000 are
 * trained on, so the last convolution and its gradient shrink from whole maps to these cells. `anchors` int64 `[S]`
 * counts those of all levels of the first image, then of the second.
 */
export function rpnHeadAt(
  scope: Scope,
  channels: number,
  anchorsPerCell: number,
  config: RpnHeadConfig,
): (maps: readonly Value<'float32'>[], anchors: Value<'int64'>) => AnchorPredictions {
  const layers = rpnLayers(channels, anchorsPerCell, config)
  const first = layers.convs.slice(0, -1).map(({ name, options }) => conv2d(scope.child(name), options))
  const product = ({ name, options }: (typeof layers)['objectness']) => {
    const inner = scope.child(name)
    const weight = convWeight(inner, options)
    const bias = convBias(inner, options)
    const { out, kernel } = options
    return (rows: Value<'float32'>) =>
      gemm(rows, reshape(weight, [out, options.in * kernel * kernel]), { transB: true, c: bias })
  }
  const last = layers.convs.slice(-1).map(product)
  const objectness = product(layers.objectness)
  const deltas = product(layers.deltas)
  return (maps, anchors) =>
    at(scope.path, () => {
      const inputs = maps.map((map) => first.reduce((x, layer) => relu(layer(x)), map))
      const { cells, anchor } = cellsOf(maps, anchors, anchorsPerCell)
      const patches = cellPatches(inputs, cells, last.length ? layers.convs[0].options.kernel : 1)
      const hidden = last.reduce((x, layer) => relu(layer(x)), patches)
      const count = sizeOf(anchors, 0)
      return {
        objectness: rowsOfClass(reshape(objectness(hidden), [count, anchorsPerCell, 1]), anchor),
        deltas: rowsOfClass(reshape(deltas(hidden), [count, anchorsPerCell, 4]), anchor),
      }
    })
}

/** Undoes the order of `levelAnchors`: the cell of each anchor, and which of the cell's anchors it is. */
function cellsOf(
  maps: readonly Value[],
  anchors: Value<'int64'>,
  perCell: number,
): { readonly cells: Cells; readonly anchor: Value<'int64'> } {
  const starts: Size[] = [0]
  for (const map of maps) {
    const count = sizeMul(sizeMul(sizeOf(map, 2), sizeOf(map, 3)), perCell)
    starts.push(sizeAdd(starts[starts.length - 1], count))
  }
  const image = div(anchors, sizes([starts[maps.length]]))
  const inImage = sub(anchors, mul(image, sizes([starts[maps.length]])))
  const firsts = sizes(starts.slice(0, -1))
  const reached = cast(greaterOrEqual(unsqueeze(inImage, 1), unsqueeze(firsts, 0)), 'int64')
  const level = sub(reduceSum(reached, [1]), 1)
  const inLevel = sub(inImage, gather(firsts, level))
  const cell = div(inLevel, perCell)
  const width = gather(sizes(maps.map((map) => sizeOf(map, 3))), level)
  const y = div(cell, width)
  return {
    cells: { level, image, y, x: sub(cell, mul(y, width)) },
    anchor: sub(inLevel, mul(cell, perCell)),
  }
}
