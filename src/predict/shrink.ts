import type { Size } from '../geometry/boxes.ts'
import { decodeRle, encodeRle, type Rle, rleToBox } from '../geometry/rle.ts'
import type { Picture } from './render.ts'

/** The picture at a smaller size: every pixel is the mean of those it stands for. */
export function shrinkPicture({ data, width, height }: Picture, size: Size): Picture {
  const out = new Uint8Array(size.width * size.height * 3)
  for (let y = 0; y < size.height; y++) {
    const [top, bottom] = span(y, size.height, height)
    for (let x = 0; x < size.width; x++) {
      const [left, right] = span(x, size.width, width)
      const sums = [0, 0, 0]
      for (let row = top; row < bottom; row++) {
        for (let at = (row * width + left) * 3; at < (row * width + right) * 3; at += 3) {
          for (let c = 0; c < 3; c++) sums[c] += data[at + c]
        }
      }
      const count = (bottom - top) * (right - left)
      for (let c = 0; c < 3; c++) out[(y * size.width + x) * 3 + c] = Math.round(sums[c] / count)
    }
  }
  return { data: out, ...size }
}

/** Source pixels [from, to) that pixel `i` of `small` stands for, at least one. */
function span(i: number, small: number, large: number): [number, number] {
  const from = Math.floor((i * large) / small)
  return [from, Math.max(from + 1, Math.floor(((i + 1) * large) / small))]
}

/** A mask times `scale`, cut or filled up to `size`: every pixel is what lies under its centre. */
export function scaleMask(mask: Rle, scale: number, size: Size): Rle {
  const [height, width] = mask.size
  const source = decodeRle(mask)
  const [x1, y1, x2, y2] = rleToBox(mask)
  const bitmap = new Uint8Array(size.width * size.height)
  for (let y = Math.floor(y1 * scale); y < Math.min(Math.ceil(y2 * scale), size.height); y++) {
    const row = Math.floor((y + 0.5) / scale)
    if (row >= height) break
    for (let x = Math.floor(x1 * scale); x < Math.min(Math.ceil(x2 * scale), size.width); x++) {
      const column = Math.floor((x + 0.5) / scale)
      if (column < width) bitmap[y * size.width + x] = source[row * width + column]
    }
  }
  return encodeRle(bitmap, size)
}
