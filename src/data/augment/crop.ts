import type { Size } from '../../geometry/boxes.ts'
import type { Random } from '../../tensor/random.ts'
import type { LeastVisible } from './covered.ts'
import type { Window } from './window.ts'

/** The window, and what must be left of objects that it cuts. */
export interface CropConfig extends Size, LeastVisible {
  /** Colour around an image smaller than the crop, RGB bytes; the mean colour unless given. */
  readonly fill?: readonly [number, number, number]
}

/**
 * A window of `crop` size anywhere in an image of `size`; along an axis on which the image is smaller, the image
 * lies anywhere in the window.
 */
export function drawWindow(size: Size, crop: Size, random: Random): Window {
  const draw = (length: number, window: number) =>
    length >= window ? random.integer(length - window + 1) : -random.integer(window - length + 1)
  const x = draw(size.width, crop.width)
  const y = draw(size.height, crop.height)
  return { x, y, height: crop.height, width: crop.width }
}
