import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadImage } from '../data/batch-job.ts'
import { decodeImage } from './decode-image.ts'

/** Decodes images by their names in a folder; errors name the whole path. */
export function readImageIn(folder: string): ReadImage {
  return (fileName) => decodeImage(join(folder, fileName))
}

/** Whether a file of that name is in the folder. */
export function existsIn(folder: string): (fileName: string) => Promise<boolean> {
  return (fileName) =>
    access(join(folder, fileName)).then(
      () => true,
      () => false,
    )
}
