import type { ImageReader } from '../data/image-reading.ts'
import { type RawImage, toRgb } from './predictor.ts'

/** Regions of a picture that is in memory. Throws `DataError` for what is no usable picture. */
export function rawReader(image: RawImage, name?: string): ImageReader {
  const { width, height, notes = [] } = image
  const rgb = toRgb(image, name).data
  return {
    ...{ width, height, notes, close: async () => {} },
    read: async ({ left, top, ...size }) => {
      if (size.width === width && size.height === height) return { data: rgb, width, height }
      const row = 3 * size.width
      const data = new Uint8Array(row * size.height)
      for (let y = 0; y < size.height; y++) {
        const from = 3 * ((top + y) * width + left)
        data.set(rgb.subarray(from, from + row), y * row)
      }
      return { data, ...size }
    },
  }
}

/** The picture as a whole, with its notes. */
export async function readWhole(picture: ImageReader): Promise<RawImage> {
  const { width, height, notes } = picture
  const { data } = await picture.read({ left: 0, top: 0, width, height })
  return { data, width, height, channels: 3, notes }
}
