import { heldReader, type ImageReader } from '../data/image-reading.ts'
import type { RawImage } from '../data/picture.ts'
import { toRgb } from './predictor.ts'

/** Regions of a picture that is in memory. Throws `DataError` for what is no usable picture. */
export function rawReader(image: RawImage, name?: string): ImageReader {
  const { width, height, notes } = image
  return heldReader({ data: toRgb(image, name).data, width, height, notes })
}

/** The picture as a whole, with its notes. */
export async function readWhole(picture: ImageReader): Promise<RawImage> {
  const { width, height, notes } = picture
  const { data } = await picture.read({ left: 0, top: 0, width, height })
  return { data, width, height, channels: 3, notes }
}
