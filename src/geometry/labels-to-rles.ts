import { ShapeError } from '../errors.ts'
import type { Size } from './boxes.ts'
import type { Rle } from './rle.ts'

/**
 * Masks of all labels of a row-major [H, W] label map at once, by label in ascending order; 0 is background and gets
 * none. One pass that never holds a bitmap: memory goes with the number of runs, not with labels times pixels. Throws
 * `ShapeError` where the labels do not fill the size. Inverse: `rlesToLabels`.
 */
export function labelsToRles(labels: ArrayLike<number>, { height, width }: Size): Map<number, Rle> {
  checkLength(labels.length, { height, width })
  const open = new Map<number, { counts: number[]; end: number }>()
  let label = 0
  let start = 0
  const close = (position: number) => {
    if (label === 0) return
    const mask = open.get(label)
    if (mask) {
      mask.counts.push(start - mask.end, position - start)
      mask.end = position
    } else open.set(label, { counts: [start, position - start], end: position })
  }
  let position = 0
  for (let x = 0; x < width; x++) {
    for (let y = 0, at = x; y < height; y++, at += width, position++) {
      if (labels[at] === label) continue
      close(position)
      label = labels[at]
      start = position
    }
  }
  close(position)
  const rles = new Map<number, Rle>()
  for (const found of [...open.keys()].sort((a, b) => a - b)) {
    const { counts, end } = open.get(found)!
    if (end < position) counts.push(position - end)
    rles.set(found, { size: [height, width], counts })
  }
  return rles
}

/** A label map painted from masks, and what of each mask another one hides. */
export interface PaintedLabels {
  /** Row-major [H, W]: 0 background, i + 1 where mask i is on top. 16 bits a pixel as long as the labels fit. */
  readonly labels: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>
  /** Pixels of mask i that later masks cover. */
  readonly hidden: Uint32Array<ArrayBuffer>
}

/** Paints masks in their order: later ones lie on top. Throws `ShapeError` for a mask of another size. */
export function rlesToLabels(rles: readonly Rle[], { height, width }: Size): PaintedLabels {
  const labels = new (rles.length < 2 ** 16 ? Uint16Array : Uint32Array)(height * width)
  const hidden = new Uint32Array(rles.length)
  rles.forEach(({ size, counts }, i) => {
    if (size[0] !== height || size[1] !== width) {
      throw new ShapeError('mask has another size than the label map', {
        where: `masks[${i}]`,
        expected: `[${height}, ${width}]`,
        got: `[${size.join(', ')}]`,
      })
    }
    let position = 0
    for (let run = 0; run < counts.length; run++) {
      const end = position + counts[run]
      if (run % 2 === 1) {
        let x = Math.floor(position / height)
        let y = position - x * height
        for (; position < end; position++) {
          const at = y * width + x
          const below = labels[at]
          if (below > 0) hidden[below - 1]++
          labels[at] = i + 1
          if (++y === height) {
            y = 0
            x++
          }
        }
      }
      position = end
    }
  })
  return { labels, hidden }
}

function checkLength(length: number, { height, width }: Size): void {
  if (length === height * width) return
  throw new ShapeError('labels do not fill their size', {
    expected: `${height * width} labels for [${height}, ${width}]`,
    got: `${length}`,
  })
}
