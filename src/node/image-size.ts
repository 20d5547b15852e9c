import sharp from 'sharp'
import { DataError } from '../errors.ts'
import { formatOf, unreadable } from './stored-image.ts'

/** Where a bitmap's header says how wide and high it is: after the file's own header of 14 bytes and its length. */
const BITMAP = { width: 18, height: 22, end: 26 }

/** Bytes of a sample, by what libvips calls its type; of others, 1. */
const SAMPLE_BYTES: Readonly<Record<string, number>> = {
  ...{ ushort: 2, short: 2, uint: 4, int: 4, float: 4 },
  ...{ complex: 8, double: 8, dpcomplex: 16 },
}

/** Pixels along the sides of an image as it is stored, and the bytes that they decode to, by its header: none are decoded. Throws `DataError` for what is no image. */
export async function imageSize(
  bytes: Uint8Array,
  where: string,
): Promise<{ width: number; height: number; bytes: number }> {
  if (formatOf(bytes, where) === 'bmp') {
    if (bytes.length < BITMAP.end) throw new DataError('the bitmap ends in its header', { where })
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    // Rows from the top have a negative height.
    const side = (at: number) => Math.abs(view.getInt32(at, true))
    const [width, height] = [side(BITMAP.width), side(BITMAP.height)]
    return { width, height, bytes: 3 * width * height }
  }
  try {
    const { width, height, channels, depth } = await sharp(bytes, { limitInputPixels: false }).metadata()
    return { width, height, bytes: width * height * channels * (SAMPLE_BYTES[depth] ?? 1) }
  } catch (cause) {
    throw unreadable(where, cause)
  }
}
