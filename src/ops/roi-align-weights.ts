import type { Value } from '../graph/value.ts'
import {
  abs,
  add,
  and,
  cast,
  ceil,
  clamp,
  div,
  equal,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  maximum,
  mul,
  not,
  or,
  sub,
  where,
} from './elementwise.ts'
import { range, reshape, type Size, sizeAdd, sizeOf, slice } from './layout.ts'
import { asFloat, type RoiSpan, samplePositions } from './roi-align-geometry.ts'

/**
 * RoIAlign is separable: out = Wy F Wx' for one RoI, map F `[H, W]`, Wy `[h, H]`, Wx `[w, W]`. A row of
 * either is the mean of the hat functions max(0, 1 - |pixel - sample|) of the bin's samples, where
 * samples beyond [-1, size] count as zero and the others are clamped to the map. Gives `[R, bins, size]`.
 */
export function axisWeights(
  span: RoiSpan,
  bins: number,
  size: Size,
  samplingRatio: number,
): Value<'float32'> {
  return samplingRatio > 0 ? fixedWeights(span, bins, size, samplingRatio) : adaptiveWeights(span, bins, size)
}

function fixedWeights(span: RoiSpan, bins: number, size: Size, samples: number): Value<'float32'> {
  const rois = sizeOf(span.start, 0)
  const end = asFloat(size)
  const position = samplePositions(span, bins, samples)
  const inside = and(greaterOrEqual(position, -1), lessOrEqual(position, end))
  const perBin = (value: Value<'float32'>) => reshape(value, [rois, bins, samples])
  const clamped = perBin(clamp(where(inside, position, 0), 0, sub(end, 1)))
  const share = perBin(mul(cast(inside, 'float32'), 1 / samples))
  const pixel = cast(range(size), 'float32')
  return Array.from({ length: samples }, (_, i) => {
    const hat = maximum(sub(1, abs(sub(pixel, slice(clamped, 2, i, i + 1)))), 0)
    return mul(hat, slice(share, 2, i, i + 1))
  }).reduce((a, b) => add(a, b))
}

/**
 * The same for ceil(bin) samples a bin, a count that differs per RoI and has no bound: without a sample axis. Samples are
 * an arithmetic progression, so those between pixel k-1 and pixel k, the cell k, are told by
 * their number c and the sum m of their distances from pixel k-1; they give m to pixel k and c - m to pixel k-1.
 */
function adaptiveWeights({ start, bin }: RoiSpan, bins: number, size: Size): Value<'float32'> {
  const rois = sizeOf(start, 0)
  const column = (value: Value<'float32'>) => reshape(value, [rois, 1, 1])
  const count = column(where(greater(bin, 0), ceil(bin), 0))
  const divisor = maximum(count, 1)
  const length = column(where(greater(bin, 0), bin, 1))
  const step = div(length, divisor)
  const binIndex = reshape(cast(range(bins), 'float32'), [1, bins, 1])
  const origin = add(column(start), mul(binIndex, length))
  const positionOf = (sample: Value<'float32'>) => add(origin, div(mul(add(sample, 0.5), length), divisor))

  const edge = sub(cast(range(sizeAdd(size, 2)), 'float32'), 1)
  const isLast = equal(edge, asFloat(size))
  const isBelow = (sample: Value<'float32'>) => {
    const position = positionOf(sample)
    // The cell beyond the last pixel includes its far end.
    return or(less(position, edge), and(isLast, equal(position, edge)))
  }
  // Number of samples below each edge; the quotient is rounded, so its neighbours are compared as the samples are.
  const estimate = clamp(ceil(sub(div(sub(edge, origin), step), 0.5)), 0, count)
  const before = sub(estimate, 1)
  const isOver = and(greaterOrEqual(before, 0), not(isBelow(before)))
  const isUnder = and(less(estimate, count), isBelow(estimate))
  const below = add(sub(estimate, cast(isOver, 'float32')), cast(isUnder, 'float32'))

  const cells = sizeAdd(size, 1)
  const first = slice(below, 2, 0, cells)
  const inCell = sub(slice(below, 2, 1, sizeAdd(size, 2)), first)
  const offset = sub(positionOf(first), slice(edge, 0, 0, cells))
  const progression = mul(step, mul(inCell, mul(sub(inCell, 1), 0.5)))
  const distance = add(mul(inCell, offset), progression)
  const cell = range(cells)
  // Clamping: all of the cell before pixel 0 goes to pixel 0, all of the cell beyond the last pixel to that pixel.
  const clamped = where(
    equal(cell, 0),
    inCell,
    where(greater(asFloat(size), cast(cell, 'float32')), distance, 0),
  )
  const toUpper = slice(clamped, 2, 0, size)
  const toLower = slice(sub(inCell, clamped), 2, 1, cells)
  return where(greater(count, 0), div(add(toUpper, toLower), divisor), 0)
}
