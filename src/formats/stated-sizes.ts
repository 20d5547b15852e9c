import type { DatasetImage } from '../data/dataset.ts'
import type { Losses } from '../data/losses.ts'
import { DataError } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import type { Split } from './format.ts'

/** Size of an image as it lies on disk; undefined where it was not found. */
export type ImageSizeOf = (split: Split, fileName: string) => Promise<Size | undefined>

/** Headers that are read at once. */
const AT_ONCE = 8

/**
 * Notes images whose size is not what their labels state, in whose place labels would be moved once they are written as
 * fractions, and those that are missing or damaged. Where none is found, the labels were meant to be alone.
 */
export async function noteImages(
  splits: readonly Split[],
  sizeOf: ImageSizeOf,
  losses: Losses,
  signal?: AbortSignal,
): Promise<void> {
  const missing: string[] = []
  let found = 0
  const look = async (split: Split, { fileName, width, height }: DatasetImage) => {
    try {
      const size = await sizeOf(split, fileName)
      if (!size) return missing.push(fileName)
      found++
      if (size.width === width && size.height === height) return
      const sizes = `${width} x ${height} stated, ${size.width} x ${size.height} in the file`
      losses.note(
        'images of another size than their labels state, which may lie wrongly',
        `${fileName}: ${sizes}`,
      )
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      losses.note('images that cannot be read', error.message)
    }
  }
  for (const split of splits) {
    const { images } = split.dataset
    for (let at = 0; at < images.length; at += AT_ONCE) {
      signal?.throwIfAborted()
      await Promise.all(images.slice(at, at + AT_ONCE).map((image) => look(split, image)))
    }
  }
  if (found > 0) for (const fileName of missing) losses.note('images that were not found', fileName)
}
