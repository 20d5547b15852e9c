import { leastScaleOf, type ResizeRule, ruledSize, type ScalePrecision } from '../geometry/fitted-size.ts'
import type { Value } from '../graph/value.ts'
import { constant } from '../graph/value.ts'
import { cast, div, greater, maximum, minimum, mul, reciprocal, sub, where } from '../ops/elementwise.ts'
import { quotientScale, scaledDown, scaledDownBy } from '../ops/exact-scale.ts'
import { gather } from '../ops/gather.ts'
import {
  pad,
  reshape,
  type Size,
  sizeAdd,
  sizeDiv,
  sizeMul,
  sizeOf,
  sizeSub,
  sizes,
  transpose,
} from '../ops/layout.ts'
import { resample, resampleNearest } from '../ops/resample.ts'
import { float32, int64 } from '../tensor/tensor.ts'

/** From bytes to the network's input; part of every model file. */
export interface TransformConfig {
  readonly resize: ResizeRule
  /**
   * The numbers that the scale of `shortest-side` and `enlarge` is computed in: float64 as in torchvision since 0.16, or float32
   * as before. What does not say it is of the time before there was a choice: float32.
   */
  readonly scalePrecision?: ScalePrecision
  /** Per channel R, G, B, of values in 0..1. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** Padded sides are multiples of this. */
  readonly sizeDivisible: number
}

/** torchvision's detectors: ImageNet's statistics, 800 to 1333 pixels. */
export const DEFAULT_TRANSFORM: TransformConfig = {
  resize: { kind: 'shortest-side', minSize: 800, maxSize: 1333 },
  scalePrecision: 'float64',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  sizeDivisible: 32,
}

export interface SymbolicSize {
  readonly height: Size
  readonly width: Size
}

/**
 * Bytes to numbers: uint8 `[..., H, W, 3]` RGB -> float32 `[..., 3, H, W]`, `(x / 255 - mean) / std`. Whole planes have one mean: of
 * channels that lie last a runtime computes three numbers at a time.
 */
export function normalizeImage(image: Value<'uint8'>, { mean, std }: TransformConfig): Value<'float32'> {
  const axes = image.shape.map((_, axis) => axis)
  const planes = transpose(image, [...axes.slice(0, -3), ...axes.slice(-1), ...axes.slice(-3, -1)])
  const unit = div(cast(planes, 'float32'), 255)
  return div(sub(unit, perPlane(mean)), perPlane(std))
}

function perPlane(values: readonly number[]): Value<'float32'> {
  return constant(float32(values, [values.length, 1, 1]))
}

/**
 * Size of an image after the resize rule: side times `min(minSize / shorter, maxSize / longer)`, cut to an integer of at
 * least 1, in torchvision's arithmetic (see `fittedSize`).
 */
export function resizedSize(
  size: SymbolicSize,
  { resize: rule, scalePrecision: precision = 'float32' }: Pick<TransformConfig, 'resize' | 'scalePrecision'>,
): SymbolicSize {
  if (rule.kind === 'keep') return size
  if (rule.kind === 'fixed') return { height: rule.height, width: rule.width }
  if (typeof size.height === 'number' && typeof size.width === 'number') {
    return ruledSize({ height: size.height, width: size.width }, rule, precision)
  }
  const { minSize, maxSize } = rule
  const [height, width] = [sizes([size.height]), sizes([size.width])]
  const [shorter, longer] = [minimum(height, width), maximum(height, width)]
  const least = leastScaleOf(rule)
  if (precision === 'float32') {
    const quotient = (limit: number, side: Value) => mul(limit, reciprocal(cast(side, 'float32')))
    const scale = minimum(maximum(quotient(minSize, shorter), least), quotient(maxSize, longer))
    const scaled = (side: Value<'int64'>) => maximum(scaledDownBy(side, scale), 1)
    return { height: scaled(height), width: scaled(width) }
  }
  // The smaller quotient is that of the smaller product crosswise.
  const limit = maximum(mul(shorter, least), minSize)
  const isLong = greater(mul(limit, longer), mul(shorter, maxSize))
  const scale = quotientScale(where(isLong, maxSize, limit), where(isLong, longer, shorter))
  const scaled = (side: Value<'int64'>) => maximum(scaledDown(side, scale), 1)
  return { height: scaled(height), width: scaled(width) }
}

/**
 * Bilinear resampling on pixel centres without antialiasing: x `[C, H, W]` -> `[C, height, width]`. Output pixel i samples
 * the input at `(i + 0.5) * in / out - 0.5`. Gathers keep it independent of a runtime's resize.
 */
export function resizeBilinear(x: Value<'float32'>, { height, width }: SymbolicSize): Value<'float32'> {
  return blended(blended(x, 2, width), 1, height)
}

function blended(x: Value<'float32'>, axis: number, out: Size): Value<'float32'> {
  const size = sizeOf(x, axis)
  if (size === out) return x
  return resample(x, axis, { size: out, ratio: div(asFloat(size), asFloat(out)), mode: 'bilinear' })
}

/** Nearest-neighbour resampling of masks: x `[G, H, W]` -> `[G, height, width]`, source `floor(i * in / out)` in float32. */
export function resizeNearest<D extends 'uint8' | 'float32'>(
  x: Value<D>,
  { height, width }: SymbolicSize,
): Value<D> {
  return nearestAlong(nearestAlong(x, 1, height), 2, width)
}

function nearestAlong<D extends 'uint8' | 'float32'>(x: Value<D>, axis: number, out: Size): Value<D> {
  const size = sizeOf(x, axis)
  if (size === out) return x
  return resampleNearest(x, axis, { size: out, ratio: div(asFloat(size), asFloat(out)) })
}

function scaledSize({ height, width }: SymbolicSize, scale: Value<'float32'>): SymbolicSize {
  const scaled = (side: Size) => maximum(cast(mul(asFloat(side), scale), 'int64'), 1)
  return { height: scaled(height), width: scaled(width) }
}

/** A size rounded up to a multiple of `divisor`. */
export function paddedSize({ height, width }: SymbolicSize, divisor: number): SymbolicSize {
  const up = (side: Size) => sizeMul(sizeDiv(sizeAdd(side, divisor - 1), divisor), divisor)
  return { height: up(height), width: up(width) }
}

/** x `[C, H, W]` -> `[1, C, height, width]`, zeros at the bottom and at the right. */
export function padToBatch(x: Value<'float32'>, { height, width }: SymbolicSize): Value<'float32'> {
  const below = sizeSub(height, sizeOf(x, 1))
  const right = sizeSub(width, sizeOf(x, 2))
  const padded = pad(x, [0, 0, 0], [0, below, right], constant(float32([0], [])))
  return reshape(padded, [1, sizeOf(x, 0), height, width])
}

/** An image on its way through the network, and what leads its boxes back. */
export interface TransformedImage {
  /** `[1, 3, H, W]`, padded. */
  readonly batch: Value<'float32'>
  /** Float32 `[2]`: height and width after resizing, without padding. */
  readonly size: Value<'float32'>
  /** Float32 `[2]`: height and width as given. */
  readonly originalSize: Value<'float32'>
}

/**
 * uint8 `[H, W, 3]` RGB of any size -> the network's input. Normalised, resized, padded, in this order; with `scale`, float32
 * `[1]`, to so many times the size that the rule gives.
 */
export function transformImage(
  image: Value<'uint8'>,
  config: TransformConfig,
  scale?: Value<'float32'>,
): TransformedImage {
  const original = { height: sizeOf(image, 0), width: sizeOf(image, 1) }
  const usual = resizedSize(original, config)
  const size = scale ? scaledSize(usual, scale) : usual
  const normal = normalizeImage(image, config)
  const resized = config.resize.kind === 'keep' && !scale ? normal : resizeBilinear(normal, size)
  return {
    batch: padToBatch(resized, paddedSize(size, config.sizeDivisible)),
    size: sizeVector(size),
    originalSize: sizeVector(original),
  }
}

/** Boxes `[..., 4]` in an image of size `from` (float32 `[2]`: height, width) as they lie in one of size `to`. */
export function rescaleBoxes(
  boxes: Value<'float32'>,
  from: Value<'float32'>,
  to: Value<'float32'>,
): Value<'float32'> {
  const ratio = gather(div(to, from), constant(int64([1, 0, 1, 0])))
  return mul(boxes, ratio)
}

/** Float32 `[2]` of height and width. */
export function sizeVector({ height, width }: SymbolicSize): Value<'float32'> {
  return cast(sizes([height, width]), 'float32')
}

function asFloat(size: Size): Value<'float32'> {
  return cast(sizes([size]), 'float32')
}
