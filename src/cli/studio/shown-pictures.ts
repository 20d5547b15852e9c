import { type ImageFormat, imageFormatOf } from '../../data/image-format.ts'
import { decodeImage, encodePng } from '../../node/decode-image.ts'
import { loadFile } from '../../node/files.ts'
import type { ShownPicture } from '../../studio/studio-server.ts'

/** What browsers show as it is read here; the bits of a PNG stand in its header. */
const AS_THEY_ARE: readonly ImageFormat[] = ['jpeg', 'webp', 'gif', 'avif']
const PNG_BITS = 24

/** A file as browsers show it: others than theirs, and those of more than 8 bits, as a model sees them. Throws `DataError`. */
export async function shownPicture(path: string): Promise<ShownPicture> {
  const bytes = await loadFile(path)
  const format = imageFormatOf(bytes)
  const isShown = format !== undefined && AS_THEY_ARE.includes(format)
  if (isShown || (format === 'png' && bytes[PNG_BITS] <= 8)) return { bytes, type: `image/${format}` }
  return { bytes: await encodePng(await decodeImage(bytes, { name: path })), type: 'image/png' }
}
