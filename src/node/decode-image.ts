import sharp, { type Sharp } from 'sharp'
import { readBmpSize } from '../data/bmp.ts'
import { chosenPart, pageNumbers } from '../data/image-parts.ts'
import { checkReadingOptions, type ReadingOptions } from '../data/image-reading.ts'
import { intensityRange, shownDepth, shownNote, shownRgb } from '../data/intensity.ts'
import { jpegWithin } from '../data/jpeg-within.ts'
import type { DecodedImage, RawImage, RgbImage } from '../data/picture.ts'
import { DataError } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import { loadFile, loadPart } from './files.ts'
import { formatOf, openStored, unreadable } from './stored-image.ts'

/** How a file becomes one picture, and what to call it in messages. */
export interface DecodeOptions extends ReadingOptions {
  /** What stands for bytes in messages. Default `image`. */
  readonly name?: string
}

const SMALLEST_SIDE = 2
/** Enough of a file for its magic bytes and the header of a bitmap. */
const HEADER_LENGTH = 2048

/**
 * Pixels of an image file (a path, or the bytes of one) as the viewer shows them: EXIF orientation is applied; grey,
 * palette and CMYK images become 8-bit RGB, and pictures of more than 8 bits what `intensity` says. Alpha is dropped and colour
 * profiles are ignored, as in the loaders the published weights were trained with. Of several pages, frames or channels
 * it is the first, unless `page` or `channels` choose; `notes` then tell of the others. Throws `DataError` for files that are
 * missing, no image, damaged, cut short, or smaller than 2 pixels on a side, and for pages and channels that are not there;
 * `ConfigError` for options that are none.
 */
export async function decodeImage(
  source: Uint8Array | string,
  { name = 'image', ...reading }: DecodeOptions = {},
): Promise<DecodedImage> {
  const where = typeof source === 'string' ? source : name
  checkReadingOptions(reading)
  const bytes = typeof source === 'string' ? await loadFile(source) : source
  try {
    const file = await openStored(bytes, where)
    const chosen = chosenPart(file, reading, where)
    const samples = await file.read(chosen.parts)
    const { width, height } = samples
    if (width < SMALLEST_SIDE || height < SMALLEST_SIDE) {
      throw new DataError('image is too small', {
        where,
        expected: `at least ${SMALLEST_SIDE} pixels on a side`,
        got: `${width} x ${height}`,
      })
    }
    const range = intensityRange(samples, reading.intensity)
    const note = shownNote(samples, range)
    const notes = note ? [...chosen.notes, note] : chosen.notes
    const depth = shownDepth(samples, range)
    const data = shownRgb(samples, range)
    return { data, width, height, ...(notes.length > 0 && { notes }), ...(depth && { depth }) }
  } catch (cause) {
    throw cause instanceof DataError ? cause : unreadable(where, cause)
  }
}

/**
 * Numbers of the pages of an image file, each a picture of its own; where channels are chosen, planes of the other channels are
 * none. Throws `DataError` as `decodeImage` does.
 */
export async function listPages(path: string, channels?: ReadingOptions['channels']): Promise<number[]> {
  try {
    return pageNumbers(await openStored(path, path), channels)
  } catch (cause) {
    throw cause instanceof DataError ? cause : unreadable(path, cause)
  }
}

/** Size of an image as `decodeImage` gives it, from its header alone. Throws `DataError` as that does. */
export async function loadImageSize(path: string): Promise<Size> {
  const head = await loadPart(path, 0, HEADER_LENGTH)
  const format = formatOf(head, path)
  if (format === 'bmp') return readBmpSize(head, path)
  try {
    const { autoOrient } = await sharp(path, { ignoreIcc: true, limitInputPixels: false }).metadata()
    return { height: autoOrient.height, width: autoOrient.width }
  } catch (cause) {
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

/** What is left of an image after it was a JPEG file of that quality. */
export async function recompressJpeg(image: RgbImage, quality: number): Promise<RgbImage> {
  const { data, width, height } = await decodeImage(await encodeJpeg(image, quality))
  return { data, width, height }
}

/** A JPEG file of at most `bytes`, where that can be; see `jpegWithin`. */
export function encodeJpegWithin(image: RawImage, bytes: number): Promise<Uint8Array> {
  return jpegWithin(bytes, (quality) => encodeJpeg(image, quality))
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
