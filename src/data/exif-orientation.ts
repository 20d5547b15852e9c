/** How EXIF turns a picture, by the bytes of its file. */

const ORIENTATION_TAG = 0x0112
const SHORT = 3
/** Of JPEG: segments with EXIF, and where compressed pixels begin. */
const [APP1, START_OF_SCAN] = [0xe1, 0xda]
const EXIF_MARK = 'Exif\0\0'

/**
 * Orientation, 1 to 8, of a JPEG, PNG or WebP file; 1 where it says none, and of files of other kinds. Never throws: what is cut
 * short says none. (Exif 3.0, 4.6.5.1.6; PNG's chunk `eXIf`; WebP's `EXIF`.)
 */
export function exifOrientation(file: Uint8Array): number {
  const bytes = new DataView(file.buffer, file.byteOffset, file.byteLength)
  try {
    const at = exifAt(bytes)
    return at === undefined ? 1 : orientationIn(bytes, at)
  } catch (error) {
    if (error instanceof RangeError) return 1
    throw error
  }
}

/** Where the TIFF header of the EXIF is. */
function exifAt(bytes: DataView): number | undefined {
  if (bytes.getUint16(0) === 0xffd8) return inJpeg(bytes)
  if (bytes.getUint32(0) === 0x89504e47) return inPng(bytes)
  return textAt(bytes, 0, 4) === 'RIFF' && textAt(bytes, 8, 4) === 'WEBP' ? inWebp(bytes) : undefined
}

function inJpeg(bytes: DataView): number | undefined {
  for (let at = 2; at + 4 <= bytes.byteLength; at += 2 + bytes.getUint16(at + 2)) {
    if (bytes.getUint8(at) !== 0xff || bytes.getUint8(at + 1) === START_OF_SCAN) return undefined
    if (bytes.getUint8(at + 1) === APP1 && textAt(bytes, at + 4, 6) === EXIF_MARK) return at + 10
  }
  return undefined
}

function inPng(bytes: DataView): number | undefined {
  for (let at = 8; at + 8 <= bytes.byteLength; at += 12 + bytes.getUint32(at)) {
    if (textAt(bytes, at + 4, 4) === 'eXIf') return at + 8
  }
  return undefined
}

function inWebp(bytes: DataView): number | undefined {
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const size = bytes.getUint32(at + 4, true)
    // Some programs write the mark of JPEG before it.
    if (textAt(bytes, at, 4) === 'EXIF') {
      return textAt(bytes, at + 8, 6) === EXIF_MARK ? at + 14 : at + 8
    }
    at += 8 + size + (size % 2)
  }
  return undefined
}

/** Of the first directory of a TIFF header. */
function orientationIn(bytes: DataView, start: number): number {
  const order = textAt(bytes, start, 2)
  if (order !== 'II' && order !== 'MM') return 1
  const isLittle = order === 'II'
  const directory = start + bytes.getUint32(start + 4, isLittle)
  const count = bytes.getUint16(directory, isLittle)
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i
    if (bytes.getUint16(entry, isLittle) !== ORIENTATION_TAG) continue
    const value = bytes.getUint16(entry + 8, isLittle)
    return bytes.getUint16(entry + 2, isLittle) === SHORT && value >= 1 && value <= 8 ? value : 1
  }
  return 1
}

function textAt(bytes: DataView, at: number, length: number): string {
  return String.fromCharCode(...Array.from({ length }, (_, i) => bytes.getUint8(at + i)))
}
