import { checkRle, type Rle } from './rle.ts'

/** The foreground of a mask column by column: column x has the spans `starts[x]` to `starts[x + 1]`. */
export interface Columns {
  readonly starts: Uint32Array
  /** First row and row after the last of each span, from top to bottom. */
  readonly rows: Uint32Array
}

/** Runs cut at the borders of columns. Throws `DataError` where the counts do not fill the mask. */
export function columnsOf(rle: Rle): Columns {
  checkRle(rle)
  const {
    size: [height, width],
    counts,
  } = rle
  const starts = new Uint32Array(width + 1)
  const rows: number[] = []
  let next = 0
  let end = 0
  for (let i = 1; i < counts.length; i += 2) {
    const start = end + counts[i - 1]
    end = start + counts[i]
    if (start === end) continue
    let x = Math.floor(start / height)
    for (let top = start - x * height, left = end - start; left > 0; x++, top = 0) {
      const length = Math.min(left, height - top)
      while (next <= x) starts[next++] = rows.length / 2
      rows.push(top, top + length)
      left -= length
    }
  }
  starts.fill(rows.length / 2, next)
  return { starts, rows: Uint32Array.from(rows) }
}

/** Collects foreground in ascending order into runs; stretches that touch become one. */
export class RunWriter {
  private readonly counts: number[] = []
  private readonly size: Rle['size']
  private end = 0

  constructor(size: Rle['size']) {
    this.size = size
  }

  /** Foreground from pixel `from` (column-major) up to `to`; a stretch without pixels adds nothing. */
  add(from: number, to: number): void {
    if (from >= to) return
    if (from === this.end && this.counts.length > 0) this.counts[this.counts.length - 1] += to - from
    else this.counts.push(from - this.end, to - from)
    this.end = to
  }

  finish(): Rle {
    const rest = this.size[0] * this.size[1] - this.end
    if (rest > 0 || this.counts.length === 0) this.counts.push(rest)
    return { size: this.size, counts: this.counts }
  }
}
