import { join } from 'node:path'
import type { SharpOptions } from 'sharp'
import { chosenPart } from '../data/image-parts.ts'
import { checkReadingOptions, heldReader, type ImageReader } from '../data/image-reading.ts'
import { intensityRange, shownNote, shownRgb } from '../data/intensity.ts'
import type { Samples } from '../data/samples.ts'
import { DataError } from '../errors.ts'
import type { Region } from '../geometry/regions.ts'
import { type DecodeOptions, decodeImage } from './decode-image.ts'
import { openStored, type StoredImage, unreadable } from './stored-image.ts'
import { canCopy, copyPage, readPage, type StoredPage } from './stored-samples.ts'
import { temporaryFolder } from './temporary-files.ts'

/** How a picture is opened. */
export interface OpenOptions extends DecodeOptions {
  /** Up to this many pixels it is decoded at once and held, 3 bytes each. Default 2^25. */
  readonly heldPixels?: number
}

const HELD_PIXELS = 2 ** 25
/** The most pixels of a picture that is copied to a temporary file first. */
const COPIED_PIXELS = 2 ** 30
const OPTIONS: SharpOptions = { ignoreIcc: true, limitInputPixels: false }
/** Windows of a picture that its range of intensities is taken from: a row and a column of so many. */
const WINDOWS = 16
const WINDOW_SIDE = 256

/**
 * A picture that is read region by region, in memory that does not grow with it: small ones, and those given as bytes, are
 * decoded at once as `decodeImage` does; of tiled TIFF files only the tiles of a region are read; all others are unpacked
 * once into a temporary file (3 bytes a pixel, in the folder for temporary files), which `close` removes. One range of
 * intensities holds for all regions. Throws as `decodeImage` does, and for more than 2^30 pixels that do not lie in tiles.
 */
export async function openImage(
  source: Uint8Array | string,
  { name = 'image', heldPixels = HELD_PIXELS, ...reading }: OpenOptions = {},
): Promise<ImageReader> {
  checkReadingOptions(reading)
  const whole = async () => heldReader(await decodeImage(source, { name, ...reading }))
  if (typeof source !== 'string') return whole()
  try {
    const file = await openStored(source, source, OPTIONS)
    const { parts, notes } = chosenPart(file, reading, source)
    const page = await singlePage(file, parts)
    if (!page || pixelsOf(page) <= heldPixels) return await whole()
    const reader = await regionSource(page, source)
    if (!reader) return await whole()
    const channels = parts.map(({ channel }) => channel)
    return await regionReader(reader, { ...reading, channels, notes, where: source })
  } catch (cause) {
    throw cause instanceof DataError ? cause : unreadable(source, cause)
  }
}

interface RegionSource {
  readonly page: StoredPage
  close(): Promise<void>
}

interface RegionOptions extends Pick<DecodeOptions, 'intensity'> {
  readonly channels: readonly number[]
  readonly notes: readonly string[]
  readonly where: string
}

/** The only page that is read. */
async function singlePage(file: StoredImage, parts: readonly { readonly page: number }[]) {
  const pages = new Set(parts.map(({ page }) => page))
  return pages.size === 1 ? file.page(parts[0].page) : undefined
}

function pixelsOf({ metadata }: StoredPage): number {
  return metadata.width * metadata.height
}

/** Something regions can be read from at random; undefined where that is not possible. */
async function regionSource(page: StoredPage, where: string): Promise<RegionSource | undefined> {
  if (page.isTiled && page.isUpright) {
    const options = { ...page.options, sequentialRead: false }
    return { page: { ...page, options }, close: async () => {} }
  }
  if (!canCopy(page)) return undefined
  if (pixelsOf(page) > COPIED_PIXELS) {
    throw new DataError('image has too many pixels', {
      where,
      expected: `at most ${Math.round(COPIED_PIXELS / 1e6)} million, or a TIFF file in tiles`,
      got: `${page.metadata.width} x ${page.metadata.height}`,
    })
  }
  const folder = temporaryFolder()
  try {
    return { page: await copyPage(page, join(folder.path, 'picture.v')), close: folder.remove }
  } catch (cause) {
    await folder.remove()
    throw cause
  }
}

async function regionReader(
  { page, close }: RegionSource,
  { channels, intensity, notes, where }: RegionOptions,
): Promise<ImageReader> {
  const { width, height } = page.metadata
  const read = async (region: Region) => {
    try {
      return await readPage(page, channels, region)
    } catch (cause) {
      throw cause instanceof DataError ? cause : unreadable(where, cause)
    }
  }
  try {
    const sample = await sampleOf(read, { width, height })
    const range = intensityRange(sample, intensity)
    const note = shownNote(sample, range)
    return {
      width,
      height,
      notes: note ? [...notes, note] : notes,
      close,
      read: async (region) => {
        const data = shownRgb(await read(region), range)
        return { data, width: region.width, height: region.height }
      },
    }
  } catch (cause) {
    await close()
    throw cause
  }
}

/** Windows spread over a picture, one below the other. */
async function sampleOf(
  read: (region: Region) => Promise<Samples>,
  { width, height }: { width: number; height: number },
): Promise<Samples> {
  const side = Math.min(WINDOW_SIDE, width, height)
  const places = (length: number) =>
    Array.from({ length: WINDOWS }, (_, i) => Math.round((i * (length - side)) / (WINDOWS - 1)))
  const windows: Samples[] = []
  for (const top of new Set(places(height))) {
    for (const left of new Set(places(width)))
      windows.push(await read({ left, top, width: side, height: side }))
  }
  const [first] = windows
  const length = first.data.length
  const data = new (first.data.constructor as new (length: number) => Samples['data'])(
    length * windows.length,
  )
  for (const [i, window] of windows.entries()) data.set(window.data, i * length)
  return { ...first, data, height: side * windows.length }
}
