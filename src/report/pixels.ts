import type { Picture } from '../predict/render.ts'

/** Whole pixels of an image. */
export interface PixelWindow {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** The part of a picture in a window that lies inside it. */
export function cropPicture(picture: Picture, { left, top, width, height }: PixelWindow): Picture {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * picture.width + left) * 3
    data.set(picture.data.subarray(start, start + width * 3), y * width * 3)
  }
  return { data, width, height }
}

/** Means of blocks of `by` x `by` pixels; what does not fill a block at the right and lower edge is left out. */
export function shrinkPicture(picture: Picture, by: number): Picture {
  const [width, height] = [Math.floor(picture.width / by), Math.floor(picture.height / by)]
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0
        for (let row = y * by; row < (y + 1) * by; row++) {
          const start = (row * picture.width + x * by) * 3 + c
          for (let at = start; at < start + by * 3; at += 3) sum += picture.data[at]
        }
        data[(y * width + x) * 3 + c] = Math.round(sum / (by * by))
      }
    }
  }
  return { data, width, height }
}
