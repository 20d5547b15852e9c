import { ShapeError } from '../errors.ts'
import { formatShape, isKnown } from '../graph/dim.ts'
import { at } from '../graph/path.ts'
import { constant, type Value } from '../graph/value.ts'
import { add, cast, clamp, equal, floor, mul, stopGradient, sub } from '../ops/elementwise.ts'
import { gather, pick } from '../ops/gather.ts'
import { range, reshape, type Size, sizeMul, sizeOf, sizes, transpose, unsqueeze } from '../ops/layout.ts'
import { matMul } from '../ops/linear.ts'
import { float32 } from '../tensor/tensor.ts'
import { type ConvLayerOptions, convBias, convWeight } from './conv.ts'
import type { Scope } from './scope.ts'

type Floats = Value<'float32'>

/** How the taps of a deformable convolution are moved, for each place of its output. */
export interface Deformation {
  /** `[N, G * taps * 2, Ho, Wo]`: for each tap how far down, then how far right, in cells of x. */
  readonly offset: Floats
  /** `[N, G * taps, Ho, Wo]`: a factor for each tap (version 2, Zhu et al. 2019); 1 where absent. */
  readonly mask?: Floats
}

export interface DeformConvInputs extends Deformation {
  /** `[O, C / groups, kh, kw]`: kh * kw taps. */
  readonly weight: Floats
  /** `[O]`. */
  readonly bias?: Floats
}

export interface DeformConvOptions {
  readonly stride?: number
  readonly padding?: number
  readonly dilation?: number
  /** Groups of channels that the weight keeps apart, as in `conv`. */
  readonly groups?: number
}

/** What the shapes of a deformable convolution say. */
interface Sizes {
  readonly images: Size
  readonly outputs: number
  readonly channels: number
  readonly groups: number
  readonly kernel: readonly [rows: number, columns: number]
  readonly taps: number
  /** G. */
  readonly offsetGroups: number
  /** Of the output. */
  readonly height: Size
  readonly width: Size
}

/**
 * Deformable convolution (Dai et al. 2017): a convolution whose taps are moved by offsets that vary from place to place and
 * read the map bilinearly; cells outside count as 0. x `[N, C, H, W]` -> `[N, O, Ho, Wo]`. The G groups of offsets share
 * the channels equally; G follows from their number. Numbers and layouts as torchvision.ops.deform_conv2d. Gathers and
 * one matrix product, so map, offsets, mask, weight and bias all have gradients. Throws `ShapeError` where the parts do
 * not fit.
 */
export function deformConv(x: Floats, inputs: DeformConvInputs, options: DeformConvOptions = {}): Floats {
  const shape = sizesOf(x, inputs, options)
  const { images, outputs, channels, groups, taps, offsetGroups, height, width } = shape
  const places = sizeMul(height, width)
  const rows = sampledRows(x, inputs, options, shape)
  const perTap = reshape(rows, [sizeMul(images, offsetGroups), taps, places, channels / offsetGroups])
  const inner = (channels / groups) * taps
  const patches = reshape(transpose(perTap, [0, 3, 1, 2]), [images, groups, inner, places])
  const product = matMul(reshape(inputs.weight, [groups, outputs / groups, inner]), patches)
  const out = reshape(product, [images, outputs, height, width])
  return inputs.bias ? add(out, reshape(inputs.bias, [1, outputs, 1, 1])) : out
}

/** Deformable convolution with its weights, named as those of `conv2d`; the deformation is given with every map. */
export function deformConv2d(
  scope: Scope,
  options: ConvLayerOptions,
): (x: Floats, deformation: Deformation) => Floats {
  const weight = convWeight(scope, options)
  const bias = convBias(scope, options)
  return (x, deformation) => at(scope.path, () => deformConv(x, { ...deformation, weight, bias }, options))
}

/** What each tap reads of the channels of its group, `[N * G, taps, Ho, Wo, C / G]`. */
function sampledRows(
  x: Floats,
  { offset, mask }: Deformation,
  options: DeformConvOptions,
  { images, channels, kernel, taps, offsetGroups, height, width }: Sizes,
): Floats {
  const { stride = 1, padding = 0, dilation = 1 } = options
  const count = sizeMul(images, offsetGroups)
  const moved = reshape(offset, [count, taps, 2, height, width])
  const taken = (axis: 0 | 1) => {
    const places = Array.from({ length: taps }, (_, tap) =>
      axis === 0 ? Math.floor(tap / kernel[1]) : tap % kernel[1],
    )
    const first = float32(
      places.map((place) => place * dilation - padding),
      [taps, 1, 1],
    )
    const steps = mul(cast(range(axis === 0 ? height : width), 'float32'), stride)
    const grid = add(constant(first), axis === 0 ? unsqueeze(steps, 1) : steps)
    return neighbours(add(grid, pick(moved, 2, axis)), sizeOf(x, axis + 2))
  }
  const [mapHeight, mapWidth] = [sizeOf(x, 2), sizeOf(x, 3)]
  const area = sizeMul(mapHeight, mapWidth)
  const perGroup = channels / offsetGroups
  const planes = reshape(x, [count, perGroup, area])
  const table = reshape(transpose(planes, [0, 2, 1]), [sizeMul(count, area), perGroup])
  const start = reshape(mul(range(count), sizes([area])), [count, 1, 1, 1])
  const factor = mask && reshape(mask, [count, taps, height, width])
  const columns = taken(1)
  return taken(0)
    .flatMap((row) =>
      columns.map((column) => {
        const cell = add(add(mul(row.cell, sizes([mapWidth])), column.cell), start)
        const weight = mul(row.weight, column.weight)
        return mul(gather(table, cell), unsqueeze(factor ? mul(weight, factor) : weight, 4))
      }),
    )
    .reduce((sum, part) => add(sum, part))
}

/** The two cells of an axis of `size` cells on either side of a position and their shares; 0 for cells outside. */
function neighbours(position: Floats, size: Size) {
  const limit = cast(sizes([size]), 'float32')
  const last = sub(limit, 1)
  // Farther out nothing is read either, and every position can become an index.
  const held = clamp(position, -1, limit)
  const low = stopGradient(floor(held))
  const share = sub(held, low)
  const cell = (at: Floats, part: Floats) => {
    const inside = clamp(at, 0, last)
    return { cell: cast(inside, 'int64'), weight: mul(part, cast(equal(at, inside), 'float32')) }
  }
  return [cell(low, sub(1, share)), cell(add(low, 1), share)]
}

function sizesOf(
  x: Floats,
  { weight, offset, mask }: DeformConvInputs,
  { groups = 1 }: DeformConvOptions,
): Sizes {
  for (const [name, part] of Object.entries({ x, weight, offset, mask })) {
    if (part) check(part.shape.length === 4, name, 'rank 4', part)
  }
  const dims = weight.shape
  if (!dims.every(isKnown)) throw new ShapeError('the shape of the weight must be known', { got: `${dims}` })
  const [outputs, perGroup, rows, columns] = dims
  const [channels, taps] = [perGroup * groups, rows * columns]
  check(outputs % groups === 0, 'weight', `outputs in ${groups} groups`, weight)
  check(x.shape[1] === channels, 'x', `${channels} channels`, x)
  const offsetGroups = Number(offset.shape[1]) / (2 * taps)
  const isShared = Number.isInteger(offsetGroups) && channels % offsetGroups === 0
  check(isShared, 'offset', `${2 * taps} channels for each of its groups`, offset)
  if (mask) check(mask.shape[1] === offsetGroups * taps, 'mask', `${offsetGroups * taps} channels`, mask)
  const [images, height, width] = [sizeOf(x, 0), sizeOf(offset, 2), sizeOf(offset, 3)]
  return { images, outputs, channels, groups, kernel: [rows, columns], taps, offsetGroups, height, width }
}

function check(holds: boolean, where: string, expected: string, { shape }: Value): void {
  if (holds) return
  throw new ShapeError('a part of a deformable convolution does not fit', {
    where,
    expected,
    got: formatShape(shape),
  })
}
