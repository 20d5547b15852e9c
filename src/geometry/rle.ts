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

/** Row-major [H, W] bitmap of zeros and ones. Throws `DataError` where the counts do not add up to h * w. */
export function decodeRle(rle: Rle): Uint8Array<ArrayBuffer> {
  checkRle(rle)
  const [height, width] = rle.size
  const bitmap = new Uint8Array(height * width)
  let position = 0
  for (let i = 0; i < rle.counts.length; i++) {
    const end = position + rle.counts[i]
    if (i % 2 === 1) {
      let x = Math.floor(position / height)
      let y = position - x * height
      for (let left = end - position; left > 0; left--) {
        bitmap[y * width + x] = 1
        if (++y === height) {
          y = 0
          x++
        }
      }
    }
    position = end
  }
  return bitmap
}

/** Throws `DataError` where the counts are not lengths that add up to h * w. */
export function checkRle({ size: [height, width], counts }: Rle, where?: string): void {
  let total = 0
  for (const count of counts) {
    if (!Number.isInteger(count) || count < 0) {
      throw new DataError('run length of a mask is not a count', { where, got: `${count}` })
    }
    total += count
  }
  if (total !== height * width) {
    throw new DataError('run lengths of a mask do not fill it', {
      where,
      expected: `${height * width} pixels for [${height}, ${width}]`,
      got: `${total}`,
    })
  }
}

/** COCO's printable counts: differences to the run two before, five bits a character. Inverse: `decodeCounts`. */
export function encodeCounts(counts: Rle['counts']): string {
  let text = ''
  for (let i = 0; i < counts.length; i++) {
    let rest = i > 2 ? counts[i] - counts[i - 2] : counts[i]
    for (let more = true; more; ) {
      const low = ((rest % 32) + 32) % 32
      rest = (rest - low) / 32
      more = low & 16 ? rest !== -1 : rest !== 0
      text += String.fromCharCode(48 + low + (more ? 32 : 0))
    }
  }
  return text
}

/** Counts from COCO's printable coding. Throws `DataError` for a character or an ending that cannot be. */
export function decodeCounts(text: string, where?: string): Uint32Array<ArrayBuffer> {
  const counts = new Uint32Array(text.length)
  let runs = 0
  for (let at = 0; at < text.length; ) {
    let value = 0
    let unit = 1
    for (let more = true; more; unit *= 32) {
      const code = text.charCodeAt(at++) - 48
      if (!(code >= 0 && code < 64)) {
        throw new DataError('mask is not a COCO run-length string', {
          where,
          got:
            at > text.length
              ? 'a string that ends within a number'
              : `character ${JSON.stringify(text[at - 1])}`,
        })
      }
      more = code >= 32
      value += (code & 31) * unit
      if (!more && code & 16) value -= 32 * unit
    }
    if (runs > 2) value += counts[runs - 2]
    if (value < 0 || value > 0xffffffff) {
      throw new DataError('mask is not a COCO run-length string', { where, got: `a run of length ${value}` })
    }
    counts[runs++] = value
  }
  return counts.slice(0, runs)
}

export function compressRle({ size, counts }: Rle): CompressedRle {
  return { size, counts: encodeCounts(counts) }
}

/** Throws `DataError` where the string is malformed or does not fill the mask; `where` names the mask. */
export function decompressRle({ size, counts }: CompressedRle, where?: string): Rle {
  const rle = { size, counts: decodeCounts(counts, where) }
  checkRle(rle, where)
  return rle
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
export function rleToBox({ size: [height], counts }: Rle): Box {
  let [x1, y1, x2, y2] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0]
  let position = 0
  for (let i = 0; i + 1 < counts.length; i += 2) {
    const start = position + counts[i]
    position = start + counts[i + 1]
    if (counts[i + 1] === 0) continue
    const last = position - 1
    const left = Math.floor(start / height)
    const right = Math.floor(last / height)
    x1 = Math.min(x1, left)
    x2 = Math.max(x2, right + 1)
    y1 = left < right ? 0 : Math.min(y1, start - left * height)
    y2 = left < right ? height : Math.max(y2, last - right * height + 1)
  }
  return x2 === 0 ? [0, 0, 0, 0] : [x1, y1, x2, y2]
}

/**
 * Union or intersection of masks, folded from the left. As in COCO's API, no masks or masks of different
 * sizes give a mask of size [0, 0].
 */
export function mergeRles(rles: readonly Rle[], how: 'union' | 'intersection' = 'union'): Rle {
  const nothing: Rle = { size: [0, 0], counts: [] }
  if (rles.length === 0) return nothing
  let merged = rles[0]
  for (const rle of rles.slice(1)) {
    if (rle.size[0] !== merged.size[0] || rle.size[1] !== merged.size[1]) return nothing
    merged = mergePair(merged, rle, how === 'union' ? 1 : 2)
  }
  return merged
}

/** Foreground where at least `needed` of the two masks are. */
function mergePair(a: Rle, b: Rle, needed: number): Rle {
  const counts: number[] = []
  let run = 0
  let inside = false
  walkRuns(a, b, (length, inA, inB) => {
    const now = inA + inB >= needed
    if (now !== inside) {
      counts.push(run)
      run = 0
      inside = now
    }
    run += length
  })
  counts.push(run)
  return { size: a.size, counts }
}

/** Calls back for each stretch on which both masks are constant; the stretches are not empty. */
function walkRuns(a: Rle, b: Rle, visit: (length: number, inA: number, inB: number) => void): void {
  let i = 0
  let j = 0
  let leftA = a.counts[0] ?? 0
  let leftB = b.counts[0] ?? 0
  while (true) {
    while (leftA === 0 && i + 1 < a.counts.length) leftA = a.counts[++i]
    while (leftB === 0 && j + 1 < b.counts.length) leftB = b.counts[++j]
    const step = Math.min(leftA, leftB)
    if (step === 0) return
    visit(step, i & 1, j & 1)
    leftA -= step
    leftB -= step
  }
}
