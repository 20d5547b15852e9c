/** Resampling of one axis by gathers: exact about coordinates where a runtime's resize is not, and independent of it. */
import { constant, constantTensor, type Value } from '../graph/value.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { float32, int64 } from '../tensor/tensor.ts'
import { add, cast, clamp, div, floor, maximum, mul, sub } from './elementwise.ts'
import { inUnits, UNIT } from './exact-scale.ts'
import { gather } from './gather.ts'
import { scalar } from './infer.ts'
import { range, reshape, type Size, sizeOf, sizeSub, sizes } from './layout.ts'

export type ResampleMode = 'nearest' | 'bilinear' | 'bicubic'

export interface Resampling {
  /** Outputs along the axis. */
  readonly size: Size
  /** Inputs an output advances by, float32: a scalar or `[1]`. */
  readonly ratio: Value<'float32'>
  readonly mode: ResampleMode
}

type Floats = Value<'float32'>

/** No place lies so far before the first cell. */
const MOST_BEFORE = 1

/** Keys' parameter, PyTorch's. */
const A = -0.75

/**
 * x resampled along one axis without antialiasing: output i reads at `(i + 0.5) * ratio - 0.5`, for `nearest` the input
 * `floor(i * ratio)`; places beyond the border read the border. The ratio is float32; after it nothing is rounded, except
 * the product of `nearest`: as measured of PyTorch's `interpolate` (`align_corners=False`).
 */
export function resample(x: Floats, axis: number, { size, ratio, mode }: Resampling): Floats {
  if (mode === 'nearest') return resampleNearest(x, axis, { size, ratio })
  const read = cells(x, axis)
  const shape = x.shape.map((_, i) => (i === axis ? size : 1))
  const { first, past } = placesOf(size, ratio, mode === 'bilinear' ? 0 : Number.NEGATIVE_INFINITY)
  const share = reshape(past, shape)
  const weights = mode === 'bilinear' ? [sub(1, share), share] : cubicWeights(share)
  const before = mode === 'bilinear' ? 0 : 1
  return weights
    .map((weight, tap) => mul(read(add(first, scalar('int64', tap - before))), weight))
    .reduce((sum, part) => add(sum, part))
}

interface Places {
  /** Cell at or before each place. */
  readonly first: Value<'int64'>
  /** How far past it, of the way to the next. */
  readonly past: Floats
}

/** Places that outputs are read at, none before `least`; of a known size they are constants, which every runtime takes. */
function placesOf(size: Size, ratio: Floats, least: number): Places {
  const step = constantTensor(ratio)
  if (typeof size === 'number' && step) {
    const places = Array.from({ length: size }, (_, i) =>
      Math.max(least, (i + 0.5) * Number(step.data[0]) - 0.5),
    )
    const cells = places.map(Math.floor)
    return {
      first: constant(int64(cells)),
      past: constant(float32(places.map((place, i) => place - cells[i]))),
    }
  }
  // Twice `(i + 0.5) * ratio - 0.5`, in units: exact, as float64 would be, which not every runtime has.
  const centre = sub(mul(add(mul(range(size), 2), 1), inUnits(ratio)), UNIT)
  const before = least === 0 ? 0 : MOST_BEFORE
  const places = maximum(add(centre, before * 2 * UNIT), 0)
  const first = div(places, 2 * UNIT)
  const past = mul(cast(sub(places, mul(first, 2 * UNIT)), 'float32'), 1 / (2 * UNIT))
  return { first: sub(first, before), past }
}

/** `resample` of mode `nearest`, which invents no numbers and so serves maps of any dtype. */
export function resampleNearest<D extends Dtype>(
  x: Value<D>,
  axis: number,
  { size, ratio }: Omit<Resampling, 'mode'>,
): Value<D> {
  return cells(x, axis)(cast(floor(mul(cast(range(size), 'float32'), ratio)), 'int64'))
}

/** Reads cells of an axis by their numbers; those beyond the border are the border's. */
function cells<D extends Dtype>(x: Value<D>, axis: number): (cell: Value<'int64'>) => Value<D> {
  const last = sizes([sizeSub(sizeOf(x, axis), 1)])
  return (cell) => gather(x, clamp(cell, 0, last), axis)
}

/** Weights of the cells before, at, after and beyond a place that lies `share` past a cell (Keys 1981). */
function cubicWeights(share: Floats): Floats[] {
  const near = (t: Floats) => add(mul(mul(sub(mul(t, A + 2), A + 3), t), t), 1)
  const far = (t: Floats) => sub(mul(add(mul(sub(mul(t, A), 5 * A), t), 8 * A), t), 4 * A)
  const rest = sub(1, share)
  return [far(add(share, 1)), near(share), near(rest), far(add(rest, 1))]
}
