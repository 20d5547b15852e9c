import { constant, type Value } from '../graph/value.ts'
import { concat, expand, type Size, sizeAdd, sizeOf, slice } from '../ops/layout.ts'
import { int64 } from '../tensor/tensor.ts'

/** Boxes of several images one after the other, to go through a head together. */
export interface JoinedImages {
  /** `[R, 4]`. */
  readonly boxes: Value<'float32'>
  /** Which image each lies in, int64 `[R]`. */
  readonly images: Value<'int64'>
  /** Where each image's begin, and where the last one's end. */
  readonly starts: readonly Size[]
}

export function joinImages(images: readonly { readonly boxes: Value<'float32'> }[]): JoinedImages {
  const counts = images.map(({ boxes }) => sizeOf(boxes, 0))
  const starts: Size[] = [0]
  for (const count of counts) starts.push(sizeAdd(starts[starts.length - 1], count))
  const boxes = concat(
    images.map((image) => image.boxes),
    0,
  )
  const owners = counts.map((count, image) => expand(constant(int64([image])), [count]))
  return { boxes, images: concat(owners, 0), starts }
}

/** The rows of one image in what a head says of joined boxes. */
export function rowsOfImage(
  joined: Value<'float32'>,
  starts: JoinedImages['starts'],
  image: number,
): Value<'float32'> {
  return starts.length === 2 ? joined : slice(joined, 0, starts[image], starts[image + 1])
}
