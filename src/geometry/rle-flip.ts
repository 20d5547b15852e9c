import { DataError } from '../errors.ts'
import type { Rle } from './rle.ts'
import { columnsOf, RunWriter } from './rle-columns.ts'

/** The mask mirrored: `horizontal` swaps left and right, `vertical` top and bottom. */
export function flipRle(rle: Rle, direction: 'horizontal' | 'vertical'): Rle {
  // Both together turn the order of all pixels around, so one is the other of the mask turned around.
  return direction === 'vertical' ? flipColumns(rle) : flipColumns(turnAround(rle))
}

/** The mask turned clockwise on screen by a number of quarter turns; a negative number turns the other way. */
export function turnRle(rle: Rle, quarterTurns: number): Rle {
  if (!Number.isSafeInteger(quarterTurns)) {
    throw new DataError('mask cannot be turned', { expected: 'whole quarter turns', got: `${quarterTurns}` })
  }
  const turns = ((quarterTurns % 4) + 4) % 4
  const half = turns >= 2 ? turnAround(rle) : rle
  return turns % 2 === 0 ? half : flipRle(transposeRle(half), 'horizontal')
}

/** Rows become columns. */
function transposeRle(rle: Rle): Rle {
  const [height, width] = rle.size
  const { starts, rows } = columnsOf(rle)
  /** First column and column after the last of each stretch in a row. */
  const stretches: number[][] = Array.from({ length: height }, () => [])
  for (let x = 0; x < width; x++) {
    for (let i = starts[x]; i < starts[x + 1]; i++) {
      for (let y = rows[2 * i]; y < rows[2 * i + 1]; y++) {
        const row = stretches[y]
        if (row[row.length - 1] === x) row[row.length - 1] = x + 1
        else row.push(x, x + 1)
      }
    }
  }
  const runs = new RunWriter([width, height])
  stretches.forEach((row, y) => {
    for (let i = 0; i < row.length; i += 2) runs.add(y * width + row[i], y * width + row[i + 1])
  })
  return runs.finish()
}

function flipColumns(rle: Rle): Rle {
  const [height, width] = rle.size
  const { starts, rows } = columnsOf(rle)
  const runs = new RunWriter(rle.size)
  for (let x = 0; x < width; x++) {
    const bottom = (x + 1) * height
    for (let i = starts[x + 1] - 1; i >= starts[x]; i--)
      runs.add(bottom - rows[2 * i + 1], bottom - rows[2 * i])
  }
  return runs.finish()
}

/** Half a turn: the pixels in reverse order. */
function turnAround({ size, counts }: Rle): Rle {
  const runs = new RunWriter(size)
  let end = size[0] * size[1]
  for (let i = counts.length - 1; i >= 0; i--) {
    const start = end - counts[i]
    if (i % 2 === 1) runs.add(size[0] * size[1] - end, size[0] * size[1] - start)
    end = start
  }
  return runs.finish()
}
