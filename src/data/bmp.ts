import { DataError } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import type { RgbImage } from './picture.ts'

const FILE_HEADER = 14
const CORE_HEADER = 12
const INFO_HEADER = 40
/** `compression` of the header. */
const [RLE8, RLE4, BIT_FIELDS, ALPHA_BIT_FIELDS] = [1, 2, 3, 6]
const MAX_PIXELS = 2 ** 28

interface Header extends Size {
  readonly bits: number
  readonly compression: number
  /** Whether the first row of the file is that at the top. */
  readonly isTopDown: boolean
  /** Where pixels begin. */
  readonly start: number
  /** RGB of each index. */
  readonly palette: Uint8Array
  /** Bits of red, green and blue in a pixel of 16 or 32 bits. */
  readonly masks: readonly [number, number, number]
}

/** Size of a Windows bitmap, from its header alone. Throws `DataError` as `decodeBmp` does. */
export function readBmpSize(bmp: Uint8Array, where: string): Size {
  const { width, height } = readHeader(bmp, where)
  return { width, height }
}

/**
 * Pixels of a Windows bitmap (BMP, headers of OS/2 and of all versions of Windows): 1, 4 and 8 bits with a palette, run
 * lengths of 4 and 8 bits, and 16, 24 and 32 bits; alpha is dropped. Throws `DataError` naming `where` for others and for
 * files that are damaged or cut short.
 */
export function decodeBmp(bmp: Uint8Array, where: string): RgbImage {
  const header = readHeader(bmp, where)
  const { width, height, bits, compression, isTopDown, start, palette } = header
  if (width * height > MAX_PIXELS) {
    throw new DataError('image has too many pixels', { where, got: `${width} x ${height}` })
  }
  const indexed = bits <= 8
  const isRunLength = compression === RLE8 || compression === RLE4
  const stride = Math.ceil((width * bits) / 32) * 4
  if (!isRunLength && bmp.length < start + stride * (height - 1) + Math.ceil((width * bits) / 8)) {
    throw damaged(where, 'the file ends before its last row')
  }
  const indices = isRunLength ? unpackRuns(bmp, header, where) : undefined
  const view = viewOf(bmp)
  const data = new Uint8Array(width * height * 3)
  const parts = header.masks.map(fieldOf)
  for (let y = 0; y < height; y++) {
    const row = isTopDown ? y : height - 1 - y
    for (let x = 0, to = y * width * 3; x < width; x++, to += 3) {
      if (indexed) {
        const index = indices?.[row * width + x] ?? packedIndex(bmp, start + row * stride, x, bits)
        if (3 * index >= palette.length) throw damaged(where, `a pixel has index ${index} beyond the palette`)
        for (let c = 0; c < 3; c++) data[to + c] = palette[3 * index + c]
      } else if (bits === 24) {
        const from = start + row * stride + 3 * x
        for (let c = 0; c < 3; c++) data[to + c] = bmp[from + 2 - c]
      } else {
        const from = start + row * stride + (bits / 8) * x
        const value = bits === 16 ? view.getUint16(from, true) : view.getUint32(from, true)
        for (let c = 0; c < 3; c++) data[to + c] = parts[c](value)
      }
    }
  }
  return { data, width, height }
}

function readHeader(bmp: Uint8Array, where: string): Header {
  const view = viewOf(bmp)
  if (bmp.length < FILE_HEADER + CORE_HEADER) throw damaged(where, 'the file ends within its header')
  const length = view.getUint32(14, true)
  if (bmp.length < FILE_HEADER + length) throw damaged(where, 'the file ends within its header')
  if (length !== CORE_HEADER && length < INFO_HEADER)
    throw damaged(where, `it has a header of ${length} bytes`)
  const isCore = length === CORE_HEADER
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true)
  const rows = isCore ? view.getUint16(20, true) : view.getInt32(22, true)
  const bits = view.getUint16(isCore ? 24 : 28, true)
  const compression = isCore ? 0 : view.getUint32(30, true)
  const hasMasks = compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS
  const fits =
    compression === 0
      ? [1, 4, 8, 16, 24, 32].includes(bits)
      : (compression === RLE8 && bits === 8) ||
        (compression === RLE4 && bits === 4) ||
        (hasMasks && (bits === 16 || bits === 32))
  if (!fits || width <= 0 || rows === 0) {
    throw new DataError('BMP file is of a kind that is not read', {
      where,
      expected: '1 to 32 bits a pixel, plain or run-length',
      got: `${width} x ${rows} pixels of ${bits} bits, compression ${compression}`,
    })
  }
  const start = view.getUint32(10, true)
  // Headers of 40 bytes have the masks behind them, longer ones inside: at the same place.
  const masks = FILE_HEADER + INFO_HEADER
  if (hasMasks && bmp.length < masks + 12) throw damaged(where, 'the file ends within its header')
  const maskBytes = length === INFO_HEADER && hasMasks ? (compression === BIT_FIELDS ? 12 : 16) : 0
  return {
    width,
    height: Math.abs(rows),
    bits,
    compression,
    isTopDown: rows < 0,
    start,
    palette:
      bits <= 8
        ? readPalette(bmp, { at: FILE_HEADER + length + maskBytes, end: start, bytes: isCore ? 3 : 4, bits })
        : new Uint8Array(0),
    masks: hasMasks
      ? [view.getUint32(masks, true), view.getUint32(masks + 4, true), view.getUint32(masks + 8, true)]
      : bits === 16
        ? [0x7c00, 0x03e0, 0x001f]
        : [0xff0000, 0xff00, 0xff],
  }
}

/** RGB of as many colours as lie before the pixels, at most what the bits can name. */
function readPalette(
  bmp: Uint8Array,
  { at, end, bytes, bits }: { at: number; end: number; bytes: number; bits: number },
): Uint8Array {
  const count = Math.max(0, Math.min(2 ** bits, Math.floor((Math.min(end, bmp.length) - at) / bytes)))
  return Uint8Array.from({ length: count * 3 }, (_, i) => bmp[at + Math.floor(i / 3) * bytes + 2 - (i % 3)])
}

function packedIndex(bmp: Uint8Array, row: number, x: number, bits: number): number {
  const bit = x * bits
  return (bmp[row + (bit >> 3)] >> (8 - bits - (bit & 7))) & (2 ** bits - 1)
}

/** The bits of a mask as a byte. */
function fieldOf(mask: number): (value: number) => number {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask)
  const most = mask >>> shift
  return (value) => (most === 0 ? 0 : Math.round((((value & mask) >>> shift) * 255) / most))
}

/** Indices of run lengths, row by row as in the file: pixels that are skipped stay 0. */
function unpackRuns(
  bmp: Uint8Array,
  { width, height, compression, start }: Header,
  where: string,
): Uint8Array {
  const indices = new Uint8Array(width * height)
  const isNibbles = compression === RLE4
  let [x, y, at] = [0, 0, start]
  const put = (index: number) => {
    if (x < width && y < height) indices[y * width + x] = index
    x++
  }
  const next = () => {
    if (at >= bmp.length) throw damaged(where, 'the file ends within its runs')
    return bmp[at++]
  }
  for (;;) {
    const count = next()
    const value = next()
    if (count > 0) {
      for (let i = 0; i < count; i++) put(isNibbles ? (i % 2 === 0 ? value >> 4 : value & 15) : value)
    } else if (value === 0) {
      x = 0
      y++
    } else if (value === 1) return indices
    else if (value === 2) {
      x += next()
      y += next()
    } else {
      let pair = 0
      for (let i = 0; i < value; i++) {
        if (!isNibbles || i % 2 === 0) pair = next()
        put(isNibbles ? (i % 2 === 0 ? pair >> 4 : pair & 15) : pair)
      }
      // What is written out fills whole pairs of bytes.
      if ((isNibbles ? Math.ceil(value / 2) : value) % 2 === 1) next()
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function damaged(where: string, what: string): DataError {
  return new DataError(`image is damaged or cut short: ${what}`, { where, hint: 'Copy or export it again' })
}
