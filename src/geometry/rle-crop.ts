import { DataError } from '../errors.ts'
import type { Box } from './boxes.ts'
import type { Rle } from './rle.ts'
import { columnsOf, RunWriter } from './rle-columns.ts'

/**
 * The part of a mask inside a box, as a mask of the box's size. What the box has outside the mask is background, so
 * a larger box pads. Throws `DataError` for corners between pixels and for a box whose second corner lies before
 * the first; a box without area gives a mask without pixels.
 */
export function cropRle(rle: Rle, box: Box): Rle {
  const [x1, y1, x2, y2] = box
  if (!box.every(Number.isSafeInteger) || x2 < x1 || y2 < y1) {
    throw new DataError('mask cannot be cropped to the box', {
      expected: 'x1, y1, x2, y2 in whole pixels, x1 <= x2, y1 <= y2',
      got: `[${box.join(', ')}]`,
    })
  }
  const { starts, rows } = columnsOf(rle)
  const height = y2 - y1
  const runs = new RunWriter([height, x2 - x1])
  for (let x = Math.max(0, x1); x < Math.min(rle.size[1], x2); x++) {
    const column = (x - x1) * height - y1
    for (let i = starts[x]; i < starts[x + 1]; i++) {
      runs.add(column + Math.max(rows[2 * i], y1), column + Math.min(rows[2 * i + 1], y2))
    }
  }
  return runs.finish()
}
