import { DataError } from '../errors.ts'
import type { Size } from './boxes.ts'
import type { Rle } from './rle.ts'
import { columnsOf, RunWriter } from './rle-columns.ts'

/**
 * A mask of another size by nearest neighbour at pixel centres: pixel i of the result shows pixel
 * floor((i + 0.5) * in / out). Equal to Pillow's NEAREST and OpenCV's INTER_NEAREST_EXACT pixel by pixel. Throws
 * `DataError` for a size that is not a number of whole pixels, and where pixels are to be made of none.
 */
export function resizeRle(rle: Rle, { height, width }: Size): Rle {
  const [fromHeight, fromWidth] = rle.size
  if (![height, width].every((side) => Number.isSafeInteger(side) && side >= 0)) {
    throw new DataError('mask cannot be resized', { expected: 'whole pixels', got: `[${height}, ${width}]` })
  }
  if (fromHeight * fromWidth === 0 && height * width > 0) {
    throw new DataError('mask without pixels cannot be resized', { got: `[${fromHeight}, ${fromWidth}]` })
  }
  const { starts, rows } = columnsOf(rle)
  const runs = new RunWriter([height, width])
  const firstRow = firstShowing(nearest(fromHeight, height), fromHeight)
  nearest(fromWidth, width).forEach((from, x) => {
    for (let i = starts[from]; i < starts[from + 1]; i++) {
      runs.add(x * height + firstRow[rows[2 * i]], x * height + firstRow[rows[2 * i + 1]])
    }
  })
  return runs.finish()
}

/**
 * The pixel that each pixel of the result shows. A centre can fall on the border of two; adding up steps rounds
 * such positions as Pillow and OpenCV do.
 */
function nearest(from: number, to: number): Uint32Array {
  const sources = new Uint32Array(to)
  const step = from / to
  for (let i = 0, at = step / 2; i < to; i++, at += step) sources[i] = Math.min(at, from - 1)
  return sources
}

/** For every pixel, and the end, the first of the result that shows it or a later one. */
function firstShowing(sources: Uint32Array, from: number): Uint32Array {
  const first = new Uint32Array(from + 1)
  for (let pixel = 0, i = 0; pixel <= from; pixel++) {
    while (i < sources.length && sources[i] < pixel) i++
    first[pixel] = i
  }
  return first
}
