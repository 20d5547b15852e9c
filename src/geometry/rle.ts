import { DataError, ShapeError } from '../errors.ts'
import type { Box, Size } from './boxes.ts'

/**
 * A binary mask as run lengths in column-major order, COCO's form: `counts` alternates background and
 * foreground, starts with background (possibly 0 long), and adds up to h * w.
 */
export interface Rle {
  readonly size: readonly [height: number, width: number]
  readonly counts: readonly number[] | Uint32Array<ArrayBuffer>
}

/** The same with COCO's printable coding of the counts. */
export interface CompressedRle {
  readonly size: readonly [height: number, width: number]
  readonly counts: string
}

/** Code of the character that stands for 0; the other 63 follow. */
const OFFSET = 48
/** Bits a number may have: enough for every run, few enough for exact arithmetic. */
const LONGEST = 50
/** Room for the text and the runs at work, so that a mask costs one allocation of its own size. */
let characters = new Uint8Array(4096)
let scratch = new Uint32Array(1024)
const ascii = new TextDecoder()

/** Runs of a row-major [H, W] bitmap (zero is background, anything else foreground). Inverse: `decodeRle`. */
export function encodeRle(bitmap: ArrayLike<number | boolean>, { height, width }: Size): Rle {
  if (bitmap.length !== height * width) {
    throw new ShapeError('bitmap does not fit its size', {
      expected: `${height * width} elements for [${height}, ${width}]`,
      got: `${bitmap.length}`,
    })
  }
  const counts: number[] = []
  let inside = false
  let run = 0
  for (let x = 0; x < width; x++) {
    for (let y = 0, at = x; y < height; y++, at += width) {
      if (!bitmap[at] === inside) {
        counts.push(run)
        run = 0
        inside = !inside
      }
      run++
    }
  }
  if (run > 0 || counts.length === 0) counts.push(run)
  return { size: [height, width], counts }
}

/** Pixels of the largest bitmap: one byte each. A run-length mask of a few bytes may say any size. */
const MOST_PIXELS = 2 ** 30

/**
 * Row-major [H, W] bitmap of zeros and ones. Throws `DataError` where the counts do not add up to h * w, and for more than
 * 2^30 pixels.
 */
export function decodeRle(rle: Rle): Uint8Array<ArrayBuffer> {
  checkRle(rle)
  const [height, width] = rle.size
  if (height * width > MOST_PIXELS) {
    throw new DataError('mask is too large to become a bitmap', {
      expected: `at most ${MOST_PIXELS} pixels`,
      got: `${width} x ${height}`,
    })
  }
  const bitmap = new Uint8Array(height * width)
  let end = 0
  for (let i = 1; i < rle.counts.length; i += 2) {
    const start = end + rle.counts[i - 1]
    end = start + rle.counts[i]
    let x = Math.floor(start / height)
    let y = start - x * height
    for (let left = end - start; left > 0; x++, y = 0) {
      const rows = Math.min(left, height - y)
      const stop = (y + rows) * width
      for (let at = y * width + x; at < stop; at += width) bitmap[at] = 1
      left -= rows
    }
  }
  return bitmap
}

/** Throws `DataError` where the counts are not lengths that add up to h * w. */
export function checkRle({ size, counts }: Rle, where?: string): void {
  let total = 0
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]
    if (!Number.isInteger(count) || count < 0) {
      throw new DataError('run length of a mask is not a count', { where, got: `${count}` })
    }
    total += count
  }
  requireFilled(size, total, where)
}

function requireFilled([height, width]: Rle['size'], total: number, where: string | undefined): void {
  if (total === height * width) return
  throw new DataError('run lengths of a mask do not fill it', {
    where,
    expected: `${height * width} pixels for [${height}, ${width}]`,
    got: `${total}`,
  })
}

/** COCO's printable counts: differences to the run two before, five bits a character. Inverse: `decodeCounts`. */
export function encodeCounts(counts: Rle['counts']): string {
  if (characters.length < 7 * counts.length) characters = new Uint8Array(14 * counts.length)
  let length = 0
  for (let i = 0; i < counts.length; i++) {
    let rest = i > 2 ? counts[i] - counts[i - 2] : counts[i]
    while (rest < -16 || rest > 15) {
      characters[length++] = OFFSET + 32 + (rest & 31)
      rest = Math.floor(rest / 32)
    }
    characters[length++] = OFFSET + (rest & 31)
  }
  return ascii.decode(characters.subarray(0, length))
}

/** Counts from COCO's printable coding. Throws `DataError` for a character or an ending that cannot be. */
export function decodeCounts(text: string, where?: string): Uint32Array<ArrayBuffer> {
  const runs = decodeIntoScratch(text, where)
  return scratch.slice(0, runs)
}

/** The number of runs, which lie in `scratch` afterwards: it may be another one than before. */
function decodeIntoScratch(text: string, where: string | undefined): number {
  if (scratch.length < text.length) scratch = new Uint32Array(2 * text.length)
  let runs = 0
  let before = 0
  let twoBefore = 0
  for (let at = 0; at < text.length; ) {
    let code = text.charCodeAt(at++) - OFFSET
    let value = (code << 27) >> 27
    if (code >= 32 && code < 64) {
      let bits = 5
      value = code & 31
      do {
        code = text.charCodeAt(at++) - OFFSET
        if (!(code >= 0 && code < 64) || bits === LONGEST) throw malformed(text, at, where)
        value += bits < 30 ? (code & 31) << bits : (code & 31) * 2 ** bits
        bits += 5
      } while (code & 32)
      if (code & 16) value -= bits <= 30 ? 1 << bits : 2 ** bits
    } else if (!(code >= 0 && code < 64)) throw malformed(text, at, where)
    if (runs > 2) value += twoBefore
    if (value < 0 || value > 0xffffffff) {
      throw new DataError('mask is not a COCO run-length string', { where, got: `a run of length ${value}` })
    }
    scratch[runs++] = value
    twoBefore = before
    before = value
  }
  return runs
}

function malformed(text: string, at: number, where?: string): DataError {
  const code = text.charCodeAt(at - 1) - OFFSET
  const known = code >= 0 && code < 64
  const character = known
    ? 'a number of more than ten characters'
    : `character ${JSON.stringify(text[at - 1])}`
  return new DataError('mask is not a COCO run-length string', {
    where,
    got: at > text.length ? 'a string that ends within a number' : character,
  })
}

export function compressRle({ size, counts }: Rle): CompressedRle {
  return { size, counts: encodeCounts(counts) }
}

/** Throws `DataError` where the string is malformed or does not fill the mask; `where` names the mask. */
export function decompressRle({ size, counts }: CompressedRle, where?: string): Rle {
  const runs = decodeIntoScratch(counts, where)
  let total = 0
  for (let i = 0; i < runs; i++) total += scratch[i]
  requireFilled(size, total, where)
  return { size, counts: scratch.slice(0, runs) }
}

/** Number of foreground pixels. */
export function rleArea({ counts }: Rle): number {
  let area = 0
  for (let i = 1; i < counts.length; i += 2) area += counts[i]
  return area
}

/**
 * Smallest box around the foreground, [0, 0, 0, 0] for an empty mask. A run that reaches from one column
 * into the next counts as full height, which it is.
 */
export function rleToBox({ size: [height, width], counts }: Rle): Box {
  let [x1, y1, x2, y2] = [width, height, 0, 0]
  let end = 0
  // The column that a run starts in; most runs start in the one after the run before.
  let column = 0
  let columnStart = 0
  for (let i = 1; i < counts.length; i += 2) {
    const start = end + counts[i - 1]
    end = start + counts[i]
    if (end === start) continue
    const ahead = start - columnStart
    if (ahead >= height) {
      const columns = ahead < 2 * height ? 1 : Math.floor(ahead / height)
      column += columns
      columnStart += columns * height
    }
    const bottom = end - columnStart
    if (column < x1) x1 = column
    if (bottom <= height) {
      if (column >= x2) x2 = column + 1
      if (start - columnStart < y1) y1 = start - columnStart
      if (bottom > y2) y2 = bottom
    } else {
      x2 = Math.max(x2, column + Math.ceil(bottom / height))
      y1 = 0
      y2 = height
    }
  }
  return x2 === 0 ? [0, 0, 0, 0] : [x1, y1, x2, y2]
}
