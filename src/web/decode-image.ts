import { imageFormatOf } from '../data/image-format.ts'
import { chosenPart } from '../data/image-parts.ts'
import { checkReadingOptions, type ReadingOptions } from '../data/image-reading.ts'
import { intensityRange, shownDepth, shownNote, shownRgb } from '../data/intensity.ts'
import type { DecodedImage } from '../data/picture.ts'
import { joinChannels, type Samples } from '../data/samples.ts'
import { ConfigError, DataError } from '../errors.ts'
import { decodeLabelPng } from '../formats/mask-images/label-png.ts'
import { fetchBytes } from './files.ts'

/** Anything with pixels in a browser: a URL, the bytes of an image file, or what a page holds already. */
export type ImageSource = string | URL | Uint8Array | ImageBitmapSource

/**
 * Pixels as the viewer shows them: EXIF orientation is applied, colour profiles of files are ignored, alpha is
 * dropped (fully transparent pixels are black: browsers do not keep their colour). Of a video it is the frame
 * shown now. PNG files of 16 bits are read as Node reads them; TIFF files are not read. How a file is read (`intensity`, `page`,
 * `channels`) counts for files alone. Throws `DataError` for files that cannot be fetched or are no image, for videos and images
 * that have nothing to show yet, and for pixels another site keeps to itself; `ConfigError` for pages and channels that browsers
 * do not give.
 */
export async function decodeImage(source: ImageSource, reading: ReadingOptions = {}): Promise<DecodedImage> {
  checkReadingOptions(reading)
  if (source instanceof ImageData) return dropAlpha(source)
  if (source instanceof ImageBitmap) return readPixels(source, 'bitmap')
  const { encoded, where } = await toBlob(source)
  if (!(encoded instanceof Blob)) return drawn(encoded, where)
  const head = new Uint8Array(await encoded.slice(0, PNG_HEADER).arrayBuffer())
  const format = imageFormatOf(head)
  if (format === 'tiff') {
    throw new DataError('browsers do not read TIFF files', {
      where,
      hint: 'Save it as PNG, which keeps 16 bits, or give its pixels as { data, width, height }',
    })
  }
  if (format === 'png' && head[PNG_DEPTH] === 16) {
    return deepPng(new Uint8Array(await encoded.arrayBuffer()), reading, where)
  }
  requireGiven(reading)
  const { data, width, height } = await drawn(encoded, where)
  return shown({ data, width, height, channels: 3 }, reading)
}

/** Bytes of a PNG file up to what says how many bits its samples have. */
const [PNG_DEPTH, PNG_HEADER] = [24, 32]

/** Browsers would make 8 bits of it, by a range of their own. */
function deepPng(png: Uint8Array, reading: ReadingOptions, where: string): DecodedImage {
  const { data, width, height, channels } = decodeLabelPng(png, where)
  const isColour = channels >= 3
  const file = { pages: 1, channels: isColour ? 3 : 1, isColour, saysColours: true }
  const samples: Samples = { data: data as Uint16Array, width, height, channels }
  const { parts } = chosenPart(file, reading, where)
  return shown(joinChannels(parts.map(({ channel }) => ({ samples, channel }))), reading)
}

function shown(samples: Samples, { intensity }: ReadingOptions): DecodedImage {
  const range = intensityRange(samples, intensity)
  const note = shownNote(samples, range)
  const depth = shownDepth(samples, range)
  const { width, height } = samples
  const data = shownRgb(samples, range)
  return { data, width, height, ...(note && { notes: [note] }), ...(depth && { depth }) }
}

/** Of what the browser itself decodes, it gives the first page alone, as red, green and blue. */
function requireGiven({ page = 1, channels }: ReadingOptions): void {
  if (page === 1 && !channels) return
  const [where, got] = page === 1 ? ['channels', JSON.stringify(channels)] : ['page', `${page}`]
  throw new ConfigError('a browser does not give other pages or channels of this file', {
    where,
    got,
    hint: 'Leave it out, or take the page or channel before, in a file of its own',
  })
}

/** As the browser draws it. */
async function drawn(encoded: ImageBitmapSource, where: string): Promise<DecodedImage> {
  const drawable = await createImageBitmap(encoded, {
    imageOrientation: 'from-image',
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  }).catch((cause) => {
    throw unreadable(cause, where, encoded)
  })
  try {
    return readPixels(drawable, where)
  } finally {
    drawable.close()
  }
}

async function toBlob(source: Exclude<ImageSource, ImageData>) {
  if (typeof source === 'string' || source instanceof URL) {
    return { encoded: new Blob([await fetchBytes(source)]), where: shortened(String(source)) }
  }
  if (source instanceof Uint8Array) return { encoded: new Blob([Uint8Array.from(source)]), where: 'image' }
  if (source instanceof File) return { encoded: source, where: source.name }
  return { encoded: source, where: source instanceof Blob ? 'image' : 'picture of the page' }
}

function readPixels(drawable: ImageBitmap, where: string): DecodedImage {
  const { width, height } = drawable
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (!context) throw new DataError('image has too many pixels for this browser', { where })
  try {
    context.drawImage(drawable, 0, 0)
    return dropAlpha(context.getImageData(0, 0, width, height))
  } catch (cause) {
    throw unreadable(cause, where, drawable)
  }
}

function dropAlpha({ data, width, height }: ImageData): DecodedImage {
  const rgb = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = data[from]
    rgb[to + 1] = data[from + 1]
    rgb[to + 2] = data[from + 2]
  }
  return { data: rgb, width, height }
}

function unreadable(cause: unknown, where: string, source: ImageBitmapSource): DataError {
  const { name, message } = cause instanceof Error ? cause : { name: '', message: String(cause) }
  if (name === 'SecurityError') {
    return new DataError('pixels of another site cannot be read', {
      where,
      hint: 'Load it with crossorigin="anonymous" from a server that allows it.',
    })
  }
  if (source instanceof Blob) {
    const expected = 'PNG, JPEG, WebP, GIF, AVIF or another format of this browser'
    return new DataError('file is damaged or not an image this browser knows', { where, expected }, { cause })
  }
  return new DataError(`has no pixels to read: ${message}`, { where, hint: 'Has it loaded?' }, { cause })
}

/** Data URLs are as long as the files they hold. */
function shortened(url: string): string {
  return url.length > 100 ? `${url.slice(0, 100)}...` : url
}
