import { presentValues, type Value } from '../graph/value.ts'
import { and, greater } from '../ops/elementwise.ts'
import { gather, nonZero } from '../ops/gather.ts'
import { reshape, sizeOf, squeeze } from '../ops/layout.ts'
import { boxSides, clipBoxes } from './box-coding.ts'

/** Boxes `[D, 4]`, and whatever else is known of them, a row for each. */
export interface BoxedRows {
  readonly boxes: Value<'float32'>
  readonly [more: string]: Value | undefined
}

/**
 * The last thing done to boxes that may reach beyond their image, `size` float32 `[2]` (height, width): they are cut to it, and
 * those of which nothing is left are dropped with their rows (CenterMask's order of events).
 */
export function insideImage<R extends BoxedRows>(rows: R, size: Value<'float32'>): R {
  const boxes = clipBoxes(rows.boxes, size)
  const { width, height } = boxSides(boxes)
  const isLeft = reshape(and(greater(width, 0), greater(height, 0)), [sizeOf(boxes, 0)])
  const kept = squeeze(nonZero(isLeft), 0)
  const entries = Object.entries(presentValues({ ...rows, boxes }))
  return Object.fromEntries(entries.map(([name, value]) => [name, gather(value, kept)])) as R
}
