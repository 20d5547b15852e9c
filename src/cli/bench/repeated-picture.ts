import type { RawImage } from '../../data/picture.ts'
import type { Size } from '../../geometry/boxes.ts'

/** The same RGB picture, cut or repeated to a size: what is in it keeps its scale. */
export function repeatedPicture({ data, width, height }: RawImage, size: Size): RawImage {
  const repeated = new Uint8Array(size.height * size.width * 3)
  for (let y = 0; y < size.height; y++) {
    const row = data.subarray(3 * (y % height) * width, 3 * ((y % height) + 1) * width)
    for (let x = 0; x < size.width; x += width) {
      repeated.set(row.subarray(0, 3 * Math.min(width, size.width - x)), 3 * (y * size.width + x))
    }
  }
  return { data: repeated, ...size }
}
