import type { ImageReader, ReadingOptions } from '../data/image-reading.ts'
import type { RawImage } from '../data/picture.ts'
import { ConfigError } from '../errors.ts'
import { type ModelReading, withNotes } from './model-reading.ts'

/** How a platform makes pixels of an image. */
export interface ImageOpener<Source> {
  readonly decodeImage: (source: Source, options?: ReadingOptions) => Promise<RawImage>
  /** Opens an image that need not be held whole; where a platform has none, `decodeImage` serves. */
  readonly openImage?: (source: Source, options?: ReadingOptions) => Promise<ImageReader>
}

/** A picture made ready to be looked at; close it whatever comes. */
export interface ReadyPicture<T> {
  run(): Promise<T>
  close(): Promise<void>
}

/** Opens a picture and has `work` say how it is looked at. What was opened here is closed with it. */
export async function openPicture<Source, T>(
  { openImage, decodeImage }: ImageOpener<Source>,
  image: Source | RawImage | ImageReader,
  { reading, notes }: ModelReading,
  work: (picture: RawImage | ImageReader) => Promise<() => Promise<T>>,
): Promise<ReadyPicture<T>> {
  const close = async () => {}
  if (isReader(image) || isRawImage(image)) return { run: await work(image), close }
  if (!openImage) return { run: await work(withNotes(await decodeImage(image, reading), notes)), close }
  const reader = await openImage(image, reading)
  try {
    return { run: await work(withNotes(reader, notes)), close: () => reader.close() }
  } catch (error) {
    await reader.close()
    throw error
  }
}

/** Throws `ConfigError` for options of reading files where pixels are given: they would change nothing. */
export function refuseReading(reading: ReadingOptions): void {
  for (const [where, got] of Object.entries(reading)) {
    if (got === undefined) continue
    const hint = 'Leave it out, or give the file or its bytes'
    throw new ConfigError('option is for files of images, and pixels were given', { where, hint })
  }
}

export function isReader(image: unknown): image is ImageReader {
  return typeof image === 'object' && image !== null && 'read' in image && 'width' in image
}

export function isRawImage(image: unknown): image is RawImage {
  return (
    typeof image === 'object' && image !== null && 'data' in image && 'width' in image && 'height' in image
  )
}
