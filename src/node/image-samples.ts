import { imageFormatOf } from '../data/image-format.ts'
import { chosenPart } from '../data/image-parts.ts'
import type { ReadingOptions } from '../data/image-reading.ts'
import { type PixelSize, tiffPixelSize } from '../data/pixel-size.ts'
import type { Samples } from '../data/samples.ts'
import { readTiffPages } from '../data/tiff-pages.ts'
import { DataError } from '../errors.ts'
import { openStored, unreadable } from './stored-image.ts'

/** An image in its own numbers, for measuring. */
export interface MeasurableImage {
  readonly samples: Samples
  /** What the file says of it, where it says anything. */
  readonly pixelSize?: PixelSize
}

/** The numbers that an image file stores, of the page and channels that `decodeImage` shows. Throws `DataError` as that does. */
export async function readMeasurable(
  bytes: Uint8Array,
  where: string,
  reading: Pick<ReadingOptions, 'page' | 'channels'> = {},
): Promise<MeasurableImage> {
  try {
    const file = await openStored(bytes, where)
    const { parts } = chosenPart(file, reading, where)
    const samples = await file.read(parts)
    if (imageFormatOf(bytes) !== 'tiff') return { samples }
    const pages = await readTiffPages((offset, length) => bytes.subarray(offset, offset + length), where)
    return { samples, pixelSize: tiffPixelSize(pages[0], pages[parts[0].page]) }
  } catch (cause) {
    throw cause instanceof DataError ? cause : unreadable(where, cause)
  }
}
