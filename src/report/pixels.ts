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

/** Means of blocks of `by` x `by` pixels, smaller ones at the right and lower edge. */
export function shrinkByBlocks(picture: Picture, by: number): Picture {
  if (by === 1) return picture
  const [width, height] = [Math.ceil(picture.width / by), Math.ceil(picture.height / by)]
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const bottom = Math.min((y + 1) * by, picture.height)
    for (let x = 0; x < width; x++) {
      const right = Math.min((x + 1) * by, picture.width)
      const pixels = (bottom - y * by) * (right - x * by)
      for (let c = 0; c < 3; c++) {
        let sum = 0
        for (let row = y * by; row < bottom; row++) {
          for (let column = x * by; column < right; column++) {
            sum += picture.data[(row * picture.width + column) * 3 + c]
          }
        }
        data[(y * width + x) * 3 + c] = Math.round(sum / pixels)
      }
    }
  }
  return { data, width, height }
}
