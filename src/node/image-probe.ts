import { createHash } from 'node:crypto'
import { join } from 'node:path'
import sharp from 'sharp'
import { type ImageProbe, type ProbeImage, THUMBNAIL_SIDE } from '../doctor/image-probe.ts'
import { DataError } from '../errors.ts'
import { decodeImage } from './decode-image.ts'
import { loadFile } from './files.ts'
import { fileFinder } from './image-folder.ts'
import { formatOf } from './stored-image.ts'

/** Decodes images by their names in a folder to the last pixel, in the threads of the decoder. */
export function probeImageIn(folder: string): ProbeImage {
  const find = fileFinder(folder)
  return async (fileName) => {
    const path = await find(fileName)
    if (path === undefined) return { kind: 'missing' }
    try {
      return await probe(await loadFile(join(folder, path)))
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      return { kind: 'unreadable', reason: error.message.replace(/^image: /, '') }
    }
  }
}

async function probe(bytes: Uint8Array): Promise<ImageProbe> {
  const image = await decodeImage(bytes)
  const { data, width, height } = image
  // A bitmap is never turned, and libvips does not read it.
  const { orientation = 1 } = formatOf(bytes, 'image') === 'bmp' ? {} : await sharp(bytes).metadata()
  const thumbnail = await sharp(data, { raw: { width, height, channels: 3 } })
    .greyscale()
    .resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, { fit: 'fill' })
    .raw()
    .toBuffer()
  const isTurned = orientation >= 5
  return {
    kind: 'image',
    stored: isTurned ? { width: height, height: width } : { width, height },
    shown: { width, height },
    orientation,
    pixels: createHash('sha256').update(`${width}x${height}`).update(data).digest('hex'),
    thumbnail: new Uint8Array(thumbnail.buffer, thumbnail.byteOffset, thumbnail.length),
    ...(image.depth && { depth: image.depth }),
  }
}
