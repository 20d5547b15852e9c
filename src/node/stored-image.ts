import sharp, { type SharpOptions } from 'sharp'
import { decodeBmp } from '../data/bmp.ts'
import { IMAGE_FORMATS, type ImageFormat, imageFormatOf, MAGIC_LENGTH } from '../data/image-format.ts'
import type { ImagePart, ImageParts } from '../data/image-parts.ts'
import { planesAsPages } from '../data/planar-tiff.ts'
import { joinChannels, type Samples } from '../data/samples.ts'
import { type ReadAt, readTiffPages, type TiffPage } from '../data/tiff-pages.ts'
import { tiffPlanes } from '../data/tiff-planes.ts'
import { DataError } from '../errors.ts'
import { loadFile, loadPart } from './files.ts'
import { isDeep, isUnusualFloat, readPage, readUnusualFloats, type StoredPage } from './stored-samples.ts'

/** An image file whose header has been read. */
export interface StoredImage extends ImageParts {
  /** Samples of one channel, or of three that become red, green and blue, as they are stored. */
  read(parts: readonly ImagePart[]): Promise<Samples>
  /** The page that libvips can read by regions; undefined for what others read. */
  page(index: number): Promise<StoredPage | undefined>
}

/** The most pixels that are held at once: those of a square of 16,384. */
export const MAX_PIXELS = 2 ** 28

const OPTIONS: SharpOptions = { ignoreIcc: true, limitInputPixels: MAX_PIXELS }
const BITS_READ: readonly number[] = [1, 2, 4, 8, 16, 32, 64]
/** `sampleFormat` of TIFF files. */
const FLOAT = 3
/** `photometric` of TIFF files. */
export const [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB] = [0, 1, 2]

/**
 * Reads what an image file holds: its bytes, or a path where it is not to be held whole. Throws `DataError` naming `where`
 * for what is no image.
 */
export async function openStored(
  input: Uint8Array | string,
  where: string,
  reading: SharpOptions = OPTIONS,
): Promise<StoredImage> {
  const format = formatOf(await readerOf(input)(0, MAGIC_LENGTH), where)
  // libtiff warns of unusual tags; the others of pixels that are lost.
  const options: SharpOptions = { ...reading, failOn: format === 'tiff' ? 'error' : 'warning' }
  if (format === 'bmp') return openBitmap(input, where)
  if (format === 'tiff') return openTiff(input, where, options)
  const metadata = await sharp(input, options).metadata()
  const { pages = 1, channels, hasAlpha, orientation = 1 } = metadata
  const colours = channels - (hasAlpha ? 1 : 0)
  const page = async (index: number): Promise<StoredPage> => ({
    input,
    options: { ...options, page: index },
    metadata,
    isUpright: orientation === 1,
    keepsChannels: isDeep(metadata),
    isInverted: false,
    isTiled: false,
  })
  return {
    pages,
    channels: Math.min(3, colours),
    isColour: colours >= 3,
    saysColours: true,
    read: (parts) => readParts(parts, async (index, chosen) => readPage(await page(index), chosen)),
    page,
  }
}

/** Reads from a place on, in bytes or in a file. */
function readerOf(input: Uint8Array | string): ReadAt {
  if (typeof input !== 'string') return (offset, length) => input.subarray(offset, offset + length)
  return (offset, length) => loadPart(input, offset, length)
}

/** The format of a file by its first bytes. Throws `DataError` naming `where` for one that is not read. */
export function formatOf(head: Uint8Array, where: string): ImageFormat {
  if (head.length === 0) throw new DataError('image file is empty', { where })
  const format = imageFormatOf(head)
  if (format) return format
  throw new DataError('file is not an image of a known format', { where, expected: IMAGE_FORMATS })
}

function openBitmap(input: Uint8Array | string, where: string): StoredImage {
  return {
    pages: 1,
    channels: 3,
    isColour: true,
    saysColours: true,
    read: async (parts) => {
      const bytes = typeof input === 'string' ? await loadFile(input) : input
      const samples = { ...decodeBmp(bytes, where), channels: 3 }
      return joinChannels(parts.map(({ channel }) => ({ samples, channel })))
    },
    page: async () => undefined,
  }
}

async function openTiff(
  input: Uint8Array | string,
  where: string,
  options: SharpOptions,
): Promise<StoredImage> {
  const pages = await readTiffPages(readerOf(input), where)
  const [first] = pages
  const { samplesPerPixel, extraSamples, photometric } = first
  checkKind(first, where)
  for (const page of pages) checkPlanes(page, where)
  const alpha = extraSamples.filter((kind) => kind === 1 || kind === 2).length
  const isGrey = photometric === WHITE_IS_ZERO || photometric === BLACK_IS_ZERO
  const channels = isGrey || photometric === RGB ? samplesPerPixel - alpha : 3
  const page = async (index: number): Promise<StoredPage | undefined> => {
    const tags = pages[index]
    if (isUnusualFloat(tags) || isApart(tags)) return undefined
    const ofPage = { ...options, page: tags.index }
    const metadata = await sharp(input, ofPage).metadata()
    const isMany = channels > 3 || (tags.photometric <= BLACK_IS_ZERO && channels > 1)
    return {
      input,
      options: ofPage,
      metadata,
      isUpright: (metadata.orientation ?? 1) === 1,
      keepsChannels: isMany || isDeep(metadata),
      isTiled: tags.isTiled,
      isInverted: tags.photometric === WHITE_IS_ZERO && metadata.depth !== 'uchar',
    }
  }
  const readTiffPage = async (index: number, chosen: readonly number[]) => {
    const stored = await page(index)
    if (stored) return readPage(stored, chosen)
    const bytes = typeof input === 'string' ? await loadFile(input) : input
    if (isApart(pages[index])) {
      const planes = await openTiff(planesAsPages(bytes, pages[index]), where, options)
      return planes.read(chosen.map((page) => ({ page, channel: 0 })))
    }
    const isInverted = pages[index].photometric === WHITE_IS_ZERO
    const samples = { ...readUnusualFloats(bytes, pages[index]), isInverted }
    return joinChannels(chosen.map((channel) => ({ samples, channel })))
  }
  return {
    pages: pages.length,
    planes: tiffPlanes(pages),
    channels,
    isColour: !isGrey || channels === 3,
    saysColours: !isGrey,
    read: (parts) => readParts(parts, readTiffPage),
    page,
  }
}

/**
 * Whether the channels of a page are to be read one by one: libvips mixes the rows of planes that are no red, green and blue,
 * and the reader of unusual floats knows no planes.
 */
export function isApart(page: TiffPage): boolean {
  return page.isPlanar && (page.photometric !== RGB || isUnusualFloat(page))
}

/** Throws `DataError` for planes that are no colours by themselves, as those of CMYK and Lab. */
export function checkPlanes(page: TiffPage, where: string): void {
  const { isPlanar, photometric, index } = page
  if (!isPlanar || photometric <= RGB) return
  throw new DataError('TIFF file keeps the parts of its colours apart, which is not read', {
    where,
    expected: 'planes of grey, or of red, green and blue, or interleaved channels (PlanarConfiguration 1)',
    got: `planes of another kind (PlanarConfiguration 2, PhotometricInterpretation ${photometric}) on page ${index + 1}`,
    hint: 'Save it with interleaved channels',
  })
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
  readOf: (page: number, channels: readonly number[]) => Promise<Samples>,
): Promise<Samples> {
  const pages = [...new Set(parts.map(({ page }) => page))]
  const channels = parts.map(({ channel }) => channel)
  if (pages.length === 1) return readOf(pages[0], channels)
  const read = new Map<number, Samples>()
  for (const page of pages) read.set(page, await readOf(page, [channels[0]]))
  return joinChannels(parts.map(({ page }) => ({ samples: read.get(page)!, channel: 0 })))
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
