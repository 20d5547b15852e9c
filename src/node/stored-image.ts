import sharp, { type Metadata, type SharpOptions } from 'sharp'
import { decodeBmp } from '../data/bmp.ts'
import { IMAGE_FORMATS, type ImageFormat, imageFormatOf } from '../data/image-format.ts'
import type { ImagePart, ImageParts } from '../data/image-parts.ts'
import { joinChannels, type Samples, typeRange } from '../data/samples.ts'
import { readTiffPages, type TiffPage } from '../data/tiff-pages.ts'
import { tiffPlanes } from '../data/tiff-planes.ts'
import { DataError } from '../errors.ts'
import { isDeep, isUnusualFloat, readChannels, readRgb, readUnusualFloats } from './stored-samples.ts'

/** An image file whose header has been read. */
export interface StoredImage extends ImageParts {
  /** Samples of one channel, or of three that become red, green and blue, as they are stored. */
  read(parts: readonly ImagePart[]): Promise<Samples>
}

/** The most pixels that are held at once: those of a square of 16,383. */
export const MAX_PIXELS = 2 ** 28

const OPTIONS: SharpOptions = { failOn: 'error', ignoreIcc: true, limitInputPixels: MAX_PIXELS }
const BITS_READ: readonly number[] = [1, 2, 4, 8, 16, 32, 64]
/** `sampleFormat` of TIFF files. */
const FLOAT = 3
/** `photometric` of TIFF files. */
const [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB] = [0, 1, 2]

/** Reads what the bytes of an image file hold. Throws `DataError` naming `where` for what is no image. */
export async function openStored(bytes: Uint8Array, where: string): Promise<StoredImage> {
  const format = formatOf(bytes, where)
  if (format === 'bmp') return openBitmap(bytes, where)
  if (format === 'tiff') return openTiff(bytes, where)
  const metadata = await sharp(bytes, OPTIONS).metadata()
  const { pages = 1, channels, hasAlpha } = metadata
  const colours = channels - (hasAlpha ? 1 : 0)
  return {
    ...{ pages, channels: Math.min(3, colours), isColour: colours >= 3, saysColours: true },
    read: (parts) => readParts(parts, (page, chosen) => readPage(bytes, page, metadata, chosen)),
  }
}

/** The format of a file by its first bytes. Throws `DataError` naming `where` for one that is not read. */
export function formatOf(head: Uint8Array, where: string): ImageFormat {
  if (head.length === 0) throw new DataError('image file is empty', { where })
  const format = imageFormatOf(head)
  if (format) return format
  throw new DataError('file is not an image of a known format', { where, expected: IMAGE_FORMATS })
}

function openBitmap(bytes: Uint8Array, where: string): StoredImage {
  return {
    ...{ pages: 1, channels: 3, isColour: true, saysColours: true },
    read: async (parts) => {
      const samples = { ...decodeBmp(bytes, where), channels: 3 }
      return joinChannels(parts.map(({ channel }) => ({ samples, channel })))
    },
  }
}

async function openTiff(bytes: Uint8Array, where: string): Promise<StoredImage> {
  const pages = await readTiffPages((offset, length) => bytes.subarray(offset, offset + length), where)
  const [first] = pages
  const { samplesPerPixel, extraSamples, photometric } = first
  checkKind(first, where)
  const alpha = extraSamples.filter((kind) => kind === 1 || kind === 2).length
  const isGrey = photometric === WHITE_IS_ZERO || photometric === BLACK_IS_ZERO
  const channels = isGrey || photometric === RGB ? samplesPerPixel - alpha : 3
  return {
    ...{ pages: pages.length, planes: tiffPlanes(pages), channels },
    ...{ isColour: !isGrey || channels === 3, saysColours: !isGrey },
    read: (parts) =>
      readParts(parts, async (page, chosen) => readTiffPage(bytes, pages[page], chosen, channels)),
  }
}

function checkKind({ bitsPerSample, sampleFormat }: TiffPage, where: string): void {
  const isRead = BITS_READ.includes(bitsPerSample) && (bitsPerSample < 64 || sampleFormat === FLOAT)
  if (isRead && sampleFormat <= FLOAT) return
  const kind = [
    'whole numbers',
    'signed numbers',
    'floats',
    'undefined',
    'complex numbers',
    'complex numbers',
  ]
  throw new DataError('TIFF file is of a kind that is not read', {
    where,
    expected: 'whole numbers of 1, 2, 4, 8, 16 or 32 bits, or floats',
    got: `${kind[sampleFormat - 1] ?? 'samples'} of ${bitsPerSample} bits`,
    hint: 'Save it with 16 bits',
  })
}

/** Channels that are read of each page, joined in the order of the parts. */
async function readParts(
  parts: readonly ImagePart[],
  readPage: (page: number, channels: readonly number[]) => Promise<Samples>,
): Promise<Samples> {
  const pages = [...new Set(parts.map(({ page }) => page))]
  if (pages.length === 1)
    return readPage(
      pages[0],
      parts.map(({ channel }) => channel),
    )
  const read = new Map<number, Samples>()
  for (const page of pages) read.set(page, await readPage(page, [parts[0].channel]))
  return joinChannels(parts.map(({ page }) => ({ samples: read.get(page)!, channel: 0 })))
}

async function readTiffPage(
  bytes: Uint8Array,
  page: TiffPage,
  channels: readonly number[],
  count: number,
): Promise<Samples> {
  const isInverted = page.photometric === WHITE_IS_ZERO
  if (isUnusualFloat(page)) {
    const samples = { ...readUnusualFloats(bytes, page), isInverted }
    return joinChannels(channels.map((channel) => ({ samples, channel })))
  }
  const metadata = await sharp(bytes, { ...OPTIONS, page: page.index }).metadata()
  const isMany = count > 3 || (page.photometric <= BLACK_IS_ZERO && count > 1)
  const samples = await readPage(bytes, page.index, metadata, channels, isMany)
  return isInverted && !(samples.data instanceof Uint8Array) ? { ...asStored(samples), isInverted } : samples
}

/** Undoes what libvips does where white is zero: unsigned numbers are subtracted from their largest, others are left. */
function asStored(samples: Samples): Samples {
  const { data } = samples
  if (!(data instanceof Uint16Array || data instanceof Uint32Array)) return samples
  const [, largest] = typeRange(data)
  return { ...samples, data: data.map((value) => largest - value) }
}

/** Channels of a page: as they are stored where those are more than 8 bits or no colours, otherwise of its RGB. */
async function readPage(
  bytes: Uint8Array,
  page: number,
  metadata: Metadata,
  channels: readonly number[],
  isMany = false,
): Promise<Samples> {
  const options = { ...OPTIONS, page }
  if (isMany || isDeep(metadata)) return readChannels(bytes, options, { metadata, channels })
  const samples = await readRgb(bytes, options)
  // All three of grey are equal.
  if (channels.length === 1 && metadata.channels <= 2 && channels[0] === 0) return samples
  return joinChannels(channels.map((channel) => ({ samples, channel })))
}

/** Why libvips could not read a file, in a line that names `where`. */
export function unreadable(where: string, cause: unknown): DataError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  if (reason.includes('unsupported image format')) {
    return new DataError('file is not an image of a known format', { where, expected: IMAGE_FORMATS })
  }
  if (reason.includes('pixel limit')) {
    const expected = `at most ${Math.round(MAX_PIXELS / 1e6)} million to be held at once`
    return new DataError('image has too many pixels', { where, expected, hint: 'Read it in tiles' })
  }
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
