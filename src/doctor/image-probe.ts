import type { ShownDepth } from '../data/picture.ts'
import type { Size } from '../geometry/boxes.ts'

/** What an image file turned out to be when it was decoded. */
export type ImageProbe =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | ProbedImage

export interface ProbedImage {
  readonly kind: 'image'
  /** Of the pixels as they lie in the file. */
  readonly stored: Size
  /** Of the pixels as viewers show them: EXIF orientation is applied. */
  readonly shown: Size
  /** EXIF orientation, 1 to 8; 1 where there is none. */
  readonly orientation: number
  /** Digest of the pixels as shown, with their size. */
  readonly pixels: string
  /** The image as shown, grey, squeezed to `THUMBNAIL_SIDE` pixels a side, row by row. */
  readonly thumbnail: Uint8Array
  /** Which values are black and white where they are not 8 bits shown as they are. */
  readonly depth?: ShownDepth
}

export const THUMBNAIL_SIDE = 32

/** Looks at an image file of the folder; never throws for what is wrong with the file. */
export type ProbeImage = (fileName: string) => Promise<ImageProbe>

/** The probe of an image that could be decoded. */
export function decoded(probe: ImageProbe | undefined): ProbedImage | undefined {
  return probe?.kind === 'image' ? probe : undefined
}

/**
 * Probes of files, by name: at most `concurrency` at a time. `onProbe` is told of each that is done. Throws the
 * signal's reason when it is aborted.
 */
export async function probeImages(
  fileNames: readonly string[],
  probe: ProbeImage,
  {
    concurrency,
    signal,
    onProbe,
  }: { concurrency: number; signal?: AbortSignal; onProbe?: (fileName: string) => void },
): Promise<Map<string, ImageProbe>> {
  const probes = new Map<string, ImageProbe>()
  const waiting = fileNames.values()
  const work = async () => {
    for (const fileName of waiting) {
      signal?.throwIfAborted()
      probes.set(fileName, await probe(fileName))
      onProbe?.(fileName)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return probes
}
