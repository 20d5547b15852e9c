import type { ReadingOptions } from '../data/image-reading.ts'
import { DataError } from '../errors.ts'
import { decodeImage } from './decode-image.ts'
import { isUrl, loadUrl } from './files.ts'
import { keptGraphs } from './kept-graphs.ts'
import { openImage } from './open-image.ts'
import { loadModelBytes, modelOfRun } from './package-files.ts'
import { createSession } from './session.ts'

/** An image: a path, a URL (`file:`, `http:`, `https:`) or the bytes of an image file. */
export type ImageSource = string | URL | Uint8Array

/** What a detector needs of Node. */
export const nodePlatform = {
  createSession,
  takesFiles: true,
  keptGraphs,
  loadModelBytes,
  modelOfRun,
  decodeImage: async (source: ImageSource, options?: ReadingOptions) => {
    const { file, name } = await imageFile(source)
    return decodeImage(file, { ...options, name })
  },
  openImage: async (source: ImageSource, options?: ReadingOptions) => {
    const { file, name } = await imageFile(source)
    return openImage(file, { ...options, name })
  },
}

/** A path or bytes, and what to call them. */
async function imageFile(source: ImageSource): Promise<{ file: string | Uint8Array; name?: string }> {
  if (source instanceof URL || (typeof source === 'string' && isUrl(source))) {
    return { file: await loadUrl(source), name: String(source) }
  }
  if (typeof source === 'string' || source instanceof Uint8Array) return { file: source }
  throw new DataError('not an image', {
    expected: 'a path, a URL, the bytes of an image file, or { data, width, height }',
    got: source === null ? 'null' : `${(source as object | undefined)?.constructor.name}`,
  })
}
