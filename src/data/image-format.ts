/** Formats of images that are read, by the first bytes of a file: an ending may lie. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'tiff' | 'gif' | 'avif' | 'bmp'

/** For messages. */
export const IMAGE_FORMATS = 'PNG, JPEG, WebP, TIFF, GIF, AVIF or BMP'

/** As many bytes of a file as are looked at. */
export const MAGIC_LENGTH = 32

/** What a file is by its first bytes; undefined for anything that is not read, such as SVG, PDF and HEIC. */
export function imageFormatOf(head: Uint8Array): ImageFormat | undefined {
  const text = String.fromCharCode(...head.subarray(0, MAGIC_LENGTH))
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp'
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return 'tiff'
  if (/^GIF8[79]a/.test(text)) return 'gif'
  // An ISO file of the brand AVIF, or of a general one with AVIF among the compatible ones.
  if (text.slice(4, 8) === 'ftyp' && /avi[fs]/.test(text.slice(8))) return 'avif'
  if (text.startsWith('BM')) return 'bmp'
  return undefined
}
