import { DataError } from '../errors.ts'
import { fetchBytes } from './files.ts'

/** Anything with pixels in a browser: a URL, the bytes of an image file, or what a page holds already. */
export type ImageSource = string | URL | Uint8Array | ImageBitmapSource

/** Pixels by row, RGB interleaved: the byte of channel c at (x, y) is `data[(y * width + x) * 3 + c]`. */
export interface DecodedImage {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/**
 * Pixels as the viewer shows them: EXIF orientation is applied, colour profiles of files are ignored, alpha is
 * dropped (fully transparent pixels are black: browsers do not keep their colour). Of a video it is the frame
 * shown now. Throws `DataError` for files that cannot be fetched or are no image, for videos and images that have
 * nothing to show yet, and for pixels another site keeps to itself.
 */
export async function decodeImage(source: ImageSource): Promise<DecodedImage> {
  if (source instanceof ImageData) return dropAlpha(source)
  const { drawable, where, close } = await toDrawable(source)
  try {
    return readPixels(drawable, where)
  } finally {
    close?.()
  }
}

interface Drawable {
  readonly drawable: ImageBitmap
  /** What to call it in messages. */
  readonly where: string
  /** Frees the memory, where it is ours. */
  readonly close?: () => void
}

async function toDrawable(source: Exclude<ImageSource, ImageData>): Promise<Drawable> {
  if (source instanceof ImageBitmap) return { drawable: source, where: 'bitmap' }
  const { encoded, where } = await toBlob(source)
  const drawable = await createImageBitmap(encoded, {
    imageOrientation: 'from-image',
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  }).catch((cause) => {
    throw unreadable(cause, where, encoded)
  })
  return { drawable, where, close: () => drawable.close() }
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
