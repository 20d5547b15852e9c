/** What a photo looks like, by which photos that look the same are found. */
import { exifOrientation } from '../../../../src/data/exif-orientation.ts'
import { type ImageProbe, THUMBNAIL_SIDE } from '../../../../src/doctor/image-probe.ts'
import { DataError } from '../../../../src/errors.ts'
import { decodeImage } from '../../../../src/web/decode-image.ts'
import { canvasOf } from '../site/photo-files.ts'

/** Never throws for what is wrong with the file. */
export async function probePhoto(file: File): Promise<ImageProbe> {
  try {
    const picture = await decodeImage(file)
    const { data, width, height, depth } = picture
    const orientation = exifOrientation(new Uint8Array(await file.arrayBuffer()))
    // The browser has turned it.
    const stored = orientation >= 5 ? { width: height, height: width } : { width, height }
    const shown = { kind: 'image', stored, shown: { width, height }, orientation } as const
    const digest = await crypto.subtle.digest('SHA-256', data as Uint8Array<ArrayBuffer>)
    const pixels = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
    return {
      ...shown,
      pixels: `${width}x${height} ${pixels}`,
      thumbnail: thumbnailOf(picture),
      ...(depth && { depth }),
    }
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    return { kind: 'unreadable', reason: error.message.replace(`${file.name}: `, '') }
  }
}

function thumbnailOf(picture: Parameters<typeof canvasOf>[0]): Uint8Array {
  const small = new OffscreenCanvas(THUMBNAIL_SIDE, THUMBNAIL_SIDE)
  const context = small.getContext('2d', { willReadFrequently: true })!
  context.imageSmoothingQuality = 'high'
  context.drawImage(canvasOf(picture), 0, 0, THUMBNAIL_SIDE, THUMBNAIL_SIDE)
  const { data } = context.getImageData(0, 0, THUMBNAIL_SIDE, THUMBNAIL_SIDE)
  // As the eye weighs red, green and blue (ITU-R BT.601).
  return Uint8Array.from({ length: THUMBNAIL_SIDE ** 2 }, (_, i) =>
    Math.round(0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]),
  )
}
