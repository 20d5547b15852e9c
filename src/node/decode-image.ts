import sharp, { type Sharp } from 'sharp'
import { DataError } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import { loadFile } from './files.ts'

/** Pixels by row, RGB interleaved: the byte of channel c at (x, y) is `data[(y * width + x) * 3 + c]`. */
export interface DecodedImage {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** Pixels to encode: grey (1), RGB (3) or RGBA (4) interleaved. */
export interface RawImage extends DecodedImage {
  /** Default 3. */
  readonly channels?: 1 | 3 | 4
}

const SMALLEST_SIDE = 2

/**
 * Pixels of an image file (a path, or the bytes of one) as the viewer shows them: EXIF orientation is applied; grey,
 * 16-bit, palette and CMYK images become 8-bit RGB. Alpha is dropped and colour profiles are ignored, as in the
 * loaders the published weights were trained with. Of several pages or frames it is the first.
 * `name` stands for the bytes in messages. Throws `DataError` for files that are missing, no image, damaged, cut
 * short, or smaller than 2 pixels on a side.
 */
export async function decodeImage(source: Uint8Array | string, name = 'image'): Promise<DecodedImage> {
  const where = typeof source === 'string' ? source : name
  const bytes = typeof source === 'string' ? await loadFile(source) : source
  if (bytes.length === 0) throw new DataError('image file is empty', { where })
  try {
    const { data, info } = await sharp(bytes, { failOn: 'error', ignoreIcc: true })
      .autoOrient()
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const { width, height } = info
    if (width < SMALLEST_SIDE || height < SMALLEST_SIDE) {
      throw new DataError('image is too small', {
        where,
        expected: `at least ${SMALLEST_SIDE} pixels on a side`,
        got: `${width} x ${height}`,
      })
    }
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height }
  } catch (cause) {
    throw cause instanceof DataError ? cause : unreadable(where, cause)
  }
}

/** Size of an image as `decodeImage` gives it, from its header alone. Throws `DataError` as that does. */
export async function loadImageSize(path: string): Promise<Size> {
  try {
    const { autoOrient } = await sharp(path, { ignoreIcc: true }).metadata()
    return { height: autoOrient.height, width: autoOrient.width }
  } catch (cause) {
    if ((await loadFile(path)).length === 0) throw new DataError('image file is empty', { where: path })
    throw unreadable(path, cause)
  }
}

/** The bytes of a PNG file. */
export async function encodePng(image: RawImage): Promise<Uint8Array> {
  return raw(image).png().toBuffer()
}

/** The bytes of a JPEG file; `quality` is 1 to 100. */
export async function encodeJpeg(image: RawImage, quality = 90): Promise<Uint8Array> {
  return raw(image).jpeg({ quality }).toBuffer()
}

function raw({ data, width, height, channels = 3 }: RawImage): Sharp {
  if (data.length !== width * height * channels) {
    throw new DataError('pixels do not fit the size of the image', {
      expected: `${width * height * channels} bytes for ${width} x ${height} x ${channels}`,
      got: `${data.length}`,
    })
  }
  return sharp(data, { raw: { width, height, channels } })
}

function unreadable(where: string, cause: unknown): DataError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  if (reason.includes('unsupported image format')) {
    return new DataError('file is not an image of a known format', {
      where,
      expected: 'PNG, JPEG, WebP, TIFF, GIF or AVIF',
    })
  }
  if (reason.includes('pixel limit')) return new DataError('image has too many pixels', { where })
  // libvips tells everything that happened, a line each; the last names the reason, after the part that saw it.
  const lines = reason.replace('Input buffer has corrupt header:', '').split('\n')
  const last = lines.findLast((line) => /^\s*[^\s(]/.test(line))
  const detail = last?.trim().replace(/^\w+: /, '') ?? 'unreadable header'
  return new DataError(
    `image is damaged or cut short: ${detail}`,
    { where, hint: 'Copy or export it again' },
    { cause },
  )
}
