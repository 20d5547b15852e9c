import { elementCount } from '../../tensor/shape.ts'
import { type Tensor, zeros } from '../../tensor/tensor.ts'

/** A row that is not there, which becomes zeros. */
export const NONE = -1

/** Outputs of a layer in another order: row i is the given one of that number, or zeros for `NONE`. */
export function chosenRows({ dtype, shape, data }: Tensor, rows: readonly number[]): Tensor {
  const [, ...rest] = shape
  const size = elementCount(rest)
  const chosen = zeros(dtype, [rows.length, ...rest])
  for (const [i, row] of rows.entries())
    if (row !== NONE) chosen.data.set(data.subarray(row * size, (row + 1) * size) as never, i * size)
  return chosen
}

/** All rows after so many of zeros: outputs of the background, which are never read. */
export function afterBackground(tensor: Tensor, outputs = 1): Tensor {
  return chosenRows(tensor, [...Array<number>(outputs).fill(NONE), ...Array(tensor.shape[0]).keys()])
}
