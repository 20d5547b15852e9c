import { constant, type Value } from '../graph/value.ts'
import { concat, expand, type Size, sizeAdd, sizeOf, slice } from '../ops/layout.ts'
import { missingRows, withStandIn } from '../ops/stand-in.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { float32, int64 } from '../tensor/tensor.ts'

/**
 * Boxes of several images one after the other, to go through a head together. Where there is none a row stands in for them, since
 * runtimes compute no convolution of no rows, and is left out of what the head says.
 */
export interface JoinedImages {
  /** `[R, 4]`, R at least 1. */
  readonly boxes: Value<'float32'>
  /** Which image each lies in, int64 `[R]`. */
  readonly images: Value<'int64'>
  /** Numbers of other boxes' parts in the same rows, `[D]` of each image -> `[R]`. */
  with<D extends 'float32' | 'int64'>(parts: readonly Value<D>[]): Value<D>
  /** What a head says of one image's boxes, of what it says of all rows. */
  of<D extends Dtype>(said: Value<D>, image: number): Value<D>
}

/** Large enough for every way of pooling. */
const SOME_BOX = [0, 0, 32, 32]

interface WithBoxes {
  readonly boxes: Value<'float32'>
}

export function joinImages(images: readonly WithBoxes[]): JoinedImages {
  const counts = images.map(({ boxes }) => sizeOf(boxes, 0))
  const starts: Size[] = [0]
  for (const count of counts) starts.push(sizeAdd(starts[starts.length - 1], count))
  const missing = missingRows(starts[images.length])
  return {
    boxes: withStandIn(
      images.map(({ boxes }) => boxes),
      constant(float32(SOME_BOX, [1, 4])),
      missing,
    ),
    images: withStandIn(ownersOf(counts), constant(int64([0])), missing),
    with: (parts) => {
      const one = parts[0].dtype === 'int64' ? constant(int64([1])) : constant(float32([1]))
      return withStandIn(parts, one as Value as (typeof parts)[0], missing)
    },
    of: (said, image) => slice(said, 0, starts[image], starts[image + 1]),
  }
}

/** Which image each of their boxes lies in, int64 `[R]`. */
export function imagesOf(images: readonly WithBoxes[]): Value<'int64'> {
  return concat(ownersOf(images.map(({ boxes }) => sizeOf(boxes, 0))), 0)
}

function ownersOf(counts: readonly Size[]): Value<'int64'>[] {
  return counts.map((count, image) => expand(constant(int64([image])), [count]))
}
