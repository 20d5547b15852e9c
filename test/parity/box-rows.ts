import type { Box } from '../../src/geometry/boxes.ts'
import { type Tensor, toNumbers } from '../../src/tensor/tensor.ts'

/** Boxes `[R, 4]` one by one. */
export function boxRows(boxes: Tensor): Box[] {
  const numbers = toNumbers(boxes)
  return Array.from({ length: boxes.shape[0] }, (_, i) => {
    const [x1, y1, x2, y2] = numbers.slice(i * 4, i * 4 + 4)
    return [x1, y1, x2, y2] as const
  })
}
