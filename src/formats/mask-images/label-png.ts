import { decode, encode } from 'fast-png'
import { DataError } from '../../errors.ts'
import type { Size } from '../../geometry/boxes.ts'

/**
 * Pixels of a PNG or TIFF file as they are stored: row by row, channels interleaved, no colour management. Palette
 * images hold indices, one channel; samples below 8 bits are not scaled up.
 */
export interface LabelRaster extends Size {
  readonly data: ArrayLike<number>
  readonly channels: number
  /** RGB or RGBA of each index, where the file has a palette. */
  readonly palette?: readonly (readonly number[])[]
}

/** Pixels to store: 8 bits a sample for a `Uint8Array`, 16 for a `Uint16Array`. */
export interface LabelPixels extends Size {
  readonly data: Uint8Array | Uint16Array
  readonly channels: 1 | 3
  /** RGB of each index, at most 256: makes a palette image of one channel. */
  readonly palette?: readonly (readonly [number, number, number])[]
}

/** libvips, browsers and this reader hold a whole image in memory; a header that claims more is damaged. */
const MAX_PIXELS = 2 ** 29

/** Exact pixels of a PNG file. Throws `DataError` naming `where` for what is no PNG, damaged or cut short. */
export function decodeLabelPng(png: Uint8Array, where: string): LabelRaster {
  const header = new DataView(png.buffer, png.byteOffset, png.byteLength)
  if (png.length < 33) throw damaged(where, 'the file ends within its header')
  const [width, height] = [header.getUint32(16), header.getUint32(20)]
  if (!(width > 0 && height > 0 && width * height <= MAX_PIXELS)) {
    throw damaged(where, `it claims ${width} x ${height} pixels`)
  }
  const depth = header.getUint8(24)
  if (depth < 8 && header.getUint8(28) === 1) {
    throw new DataError('PNG is interlaced with less than 8 bits a pixel, which is not supported', {
      where,
      hint: 'Save it without interlacing',
    })
  }
  try {
    const { data, channels, palette } = decode(png, { checkCrc: true })
    const pixels = depth < 8 ? unpackBits(data, { height, width }, depth) : data
    if (palette) checkIndices(pixels, palette.length, where)
    return { width, height, channels, data: pixels, palette }
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw damaged(where, cause instanceof Error ? cause.message.replace(/\s+/g, ' ') : String(cause), cause)
  }
}

/** A PNG file of these pixels, lossless, in any browser or Node. Inverse: `decodeLabelPng`. */
export function encodeLabelPng({ data, width, height, channels, palette }: LabelPixels): Uint8Array {
  const depth = data instanceof Uint16Array ? 16 : 8
  const colours = palette?.map((colour) => [...colour])
  return encode({ data, width, height, channels, depth, palette: colours }, { zlib: { level: 6 } })
}

/** Samples of 1, 2 or 4 bits, rows padded to bytes, one to an element. */
function unpackBits(packed: ArrayLike<number>, { height, width }: Size, depth: number): Uint8Array {
  const samples = new Uint8Array(height * width)
  const stride = Math.ceil((width * depth) / 8)
  const mask = 2 ** depth - 1
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth
      samples[at++] = (packed[y * stride + (bit >> 3)] >> (8 - depth - (bit & 7))) & mask
    }
  }
  return samples
}

function checkIndices(indices: ArrayLike<number>, colours: number, where: string): void {
  for (let at = 0; at < indices.length; at++) {
    if (indices[at] >= colours) {
      throw damaged(where, `a pixel has index ${indices[at]} of a palette of ${colours}`)
    }
  }
}

function damaged(where: string, reason: string, cause?: unknown): DataError {
  const parts = { where, hint: 'Copy or export it again' }
  return new DataError(`PNG is damaged or cut short: ${reason}`, parts, { cause })
}
