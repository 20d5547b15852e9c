import sharp from 'sharp'
import { DataError } from '../errors.ts'
import { formatOf, unreadable } from './stored-image.ts'

/** Where a bitmap's header says how wide and high it is: after the file's own header of 14 bytes and its length. */
const BITMAP = { width: 18, height: 22, end: 26 }

/** Pixels along the sides of an image as it is stored, by its header: none are decoded. Throws `DataError` for what is no image. */
export async function imageSize(
  bytes: Uint8Array,
  where: string,
): Promise<{ width: number; height: number }> {
  if (formatOf(bytes, where) === 'bmp') {
    if (bytes.length < BITMAP.end) throw new DataError('the bitmap ends in its header', { where })
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    // Rows from the top have a negative height.
    const side = (at: number) => Math.abs(view.getInt32(at, true))
    return { width: side(BITMAP.width), height: side(BITMAP.height) }
  }
  try {
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata()
    return { width, height }
  } catch (cause) {
    throw unreadable(where, cause)
  }
}
