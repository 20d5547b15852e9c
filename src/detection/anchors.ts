import { ConfigError } from '../errors.ts'
import { constant, type Value } from '../graph/value.ts'
import { add, and, cast, greaterOrEqual, less, mul, sub } from '../ops/elementwise.ts'
import {
  concat,
  expand,
  range,
  reshape,
  type Size,
  sizeDiv,
  sizeMul,
  sizeOf,
  sizes,
  slice,
  squeeze,
  transpose,
} from '../ops/layout.ts'
import { float32 } from '../tensor/tensor.ts'
import type { BoxConvention } from './box-coding.ts'
import type { FeatureMap } from './feature-map.ts'

/** Anchors of a pyramid: for every level the square root of their areas in pixels, and height / width. */
export interface AnchorConfig {
  readonly sizes: readonly (readonly number[])[]
  readonly aspectRatios: readonly (readonly number[])[]
  /** Whether sides stay as they are, and cells lie a stride apart (detectron2). By default both are rounded, as torchvision has them. */
  readonly exact?: boolean
}

/** torchvision's anchors of a five-level pyramid P2..P6: one size a level, three ratios. */
export const PYRAMID_ANCHORS: AnchorConfig = {
  sizes: [[32], [64], [128], [256], [512]],
  aspectRatios: Array.from({ length: 5 }, () => [0.5, 1, 2]),
}

/**
 * Anchors of one cell around (0, 0), ratio outermost; corners rounded half to even, as torchvision does
 * (`AnchorGenerator.generate_anchors`).
 */
export function cellAnchors(
  sizes: readonly number[],
  aspectRatios: readonly number[],
): [number, number, number, number][] {
  return aspectRatios.flatMap((ratio) => {
    const tall = Math.fround(Math.sqrt(ratio))
    const wide = Math.fround(1 / tall)
    return sizes.map((size): [number, number, number, number] => {
      const halfWidth = roundHalfToEven(Math.fround(wide * size) / 2)
      const halfHeight = roundHalfToEven(Math.fround(tall * size) / 2)
      return [-halfWidth, -halfHeight, halfWidth, halfHeight]
    })
  })
}

/** The same without rounding, as detectron2's. */
function exactCellAnchors(
  sizes: readonly number[],
  aspectRatios: readonly number[],
): [number, number, number, number][] {
  return aspectRatios.flatMap((ratio) =>
    sizes.map((size): [number, number, number, number] => {
      const width = Math.sqrt(size ** 2 / ratio)
      const [halfWidth, halfHeight] = [width / 2, (width * ratio) / 2]
      return [-halfWidth, -halfHeight, halfWidth, halfHeight]
    }),
  )
}

/**
 * Anchors of one cell as Detectron made them (see `BoxConvention`): a square of the stride is given each ratio, its sides are
 * rounded half to even and scaled to the size, about the centre of the cell.
 */
function legacyCellAnchors(
  sizes: readonly number[],
  aspectRatios: readonly number[],
  stride: number,
): [number, number, number, number][] {
  return aspectRatios.flatMap((ratio) => {
    const width = roundHalfToEven(Math.sqrt(stride ** 2 / ratio))
    const height = roundHalfToEven(width * ratio)
    return sizes.map((size): [number, number, number, number] => {
      const [halfWidth, halfHeight] = [width, height].map((side) => (side * size) / stride / 2)
      const centre = stride / 2
      return [centre - halfWidth, centre - halfHeight, centre + halfWidth, centre + halfHeight]
    })
  })
}

/** Anchors per cell of every level. */
export function anchorsPerCell(config: AnchorConfig): number[] {
  if (config.sizes.length !== config.aspectRatios.length) {
    throw new ConfigError('anchors need aspect ratios for every level', {
      where: 'anchors',
      expected: `${config.sizes.length}`,
      got: `${config.aspectRatios.length}`,
    })
  }
  return config.sizes.map((level, i) => level.length * config.aspectRatios[i].length)
}

/** Throws `ConfigError` for anchors of another number of maps than there are, or of unequal numbers: one head serves all maps. */
export function requireAnchors(config: AnchorConfig, strides: readonly number[]): void {
  const counts = anchorsPerCell(config)
  if (counts.length !== strides.length) {
    throw new ConfigError('there must be anchors for every feature map', {
      where: 'model.anchors',
      expected: `a list of sizes and one of aspectRatios for each stride: ${strides.join(', ')}`,
      got: `${counts.length}`,
    })
  }
  if (counts.some((count) => count !== counts[0])) {
    throw new ConfigError('all levels must have equally many anchors in a cell', {
      where: 'model.anchors',
      got: counts.join(', '),
    })
  }
}

/**
 * Anchors of every level for feature maps of a padded image: per level `[Hl * Wl * A, 4]`, by rows,
 * columns, anchors of the cell. Cell (i, j) has its anchors' centre at its corner (j * step, i * step), the step being image
 * size // grid size per axis: the stride, but for grids that were rounded up (torchvision's `AnchorGenerator`). Of `exact` anchors
 * it is the stride. With `legacyBoxes` it is the stride too, and anchors have their centre at the cell's.
 */
export function levelAnchors(
  config: AnchorConfig,
  maps: readonly FeatureMap[],
  image: { readonly height: Size; readonly width: Size },
  { legacyBoxes = false }: BoxConvention = {},
): Value<'float32'>[] {
  const strides = maps.map(({ stride }) => stride)
  requireAnchors(config, strides)
  return maps.map(({ value, stride }, level) => {
    const [sides, ratios] = [config.sizes[level], config.aspectRatios[level]]
    const ofCell = config.exact ? exactCellAnchors : cellAnchors
    const cell = legacyBoxes ? legacyCellAnchors(sides, ratios, stride) : ofCell(sides, ratios)
    const step = (size: Size, cells: Size) => (legacyBoxes || config.exact ? stride : sizeDiv(size, cells))
    const [height, width] = [sizeOf(value, 2), sizeOf(value, 3)]
    const grid: Size[] = [height, width, 1, 1]
    const x = expand(axisShifts(width, step(image.width, width), [1, width, 1, 1]), grid)
    const y = expand(axisShifts(height, step(image.height, height), [height, 1, 1, 1]), grid)
    const boxes = add(concat([x, y, x, y], 3), constant(float32(cell.flat(), [1, 1, cell.length, 4])))
    return reshape(boxes, [sizeMul(sizeMul(height, width), cell.length), 4])
  })
}

/**
 * How many anchors every level has for an image padded to this size: what the host needs to draw priorities for the
 * sampler. A level of stride s has a grid of ceil(size / s).
 */
export function anchorCounts(
  config: AnchorConfig,
  strides: readonly number[],
  image: { readonly height: number; readonly width: number },
): number[] {
  return anchorsPerCell(config).map(
    (count, level) =>
      count * Math.ceil(image.height / strides[level]) * Math.ceil(image.width / strides[level]),
  )
}

/** What a head says of A anchors in every cell, `[N, A * C, H, W]` -> `[N, H * W * A, C]`, in the order of `levelAnchors`. */
export function rowsOfAnchors(map: Value<'float32'>, perCell: number, channels: Size): Value<'float32'> {
  const [images, height, width] = [0, 2, 3].map((axis) => sizeOf(map, axis))
  const count = sizeMul(sizeMul(height, width), perCell)
  return reshape(transpose(map, [0, 2, 3, 1]), [images, count, channels])
}

function axisShifts(count: Size, stride: Size, shape: readonly Size[]): Value<'float32'> {
  return reshape(cast(mul(range(count), sizes([stride])), 'float32'), shape)
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

/**
 * `[A]`: whether anchors `[A, 4]` learn in an image of `size` float32 `[2]` (height, width, without padding). All do, but with
 * `legacyBoxes` those alone that lie in the image, the corner of their last pixel being within it (maskrcnn-benchmark, straddle
 * threshold 0); undefined for all.
 */
export function learningAnchors(
  anchors: Value<'float32'>,
  size: Value<'float32'>,
  { legacyBoxes = false }: BoxConvention = {},
): Value<'bool'> | undefined {
  if (!legacyBoxes) return undefined
  const [x1, y1, x2, y2] = [0, 1, 2, 3].map((side) => squeeze(slice(anchors, 1, side, side + 1), 1))
  const [height, width] = [0, 1].map((axis) => slice(size, 0, axis, axis + 1))
  const begins = and(greaterOrEqual(x1, 0), greaterOrEqual(y1, 0))
  return and(begins, and(less(sub(x2, 1), width), less(sub(y2, 1), height)))
}
