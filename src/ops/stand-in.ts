/** Rows that stand in where there are none: runtimes compute no convolution of no rows. */
import type { Graph } from '../graph/graph.ts'
import { within } from '../graph/path.ts'
import type { Value } from '../graph/value.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { concat, expandTo, type Size, sizeMax, sizeOf, sizeSub, sizes } from './layout.ts'

/** Last part of the path of such rows. */
const STAND_IN = 'standIn'

/** How many rows stand in where there are `count`: 1 for 0, else none. */
export function missingRows(count: Size): Size {
  return within(STAND_IN, () => sizeMax(sizeSub(1, count), 0))
}

/** Rows of all parts one after the other, then `row` (`[1, ...]`) as often as rows are `missing`. */
export function withStandIn<D extends Dtype>(
  parts: readonly Value<D>[],
  row: Value<D>,
  missing: Size,
): Value<D> {
  return concat([...parts, within(STAND_IN, () => expandTo(row, shapeWith(missing, row)))], 0)
}

function shapeWith(rows: Size, like: Value): Value<'int64'> {
  return sizes([rows, ...like.shape.slice(1).map((_, axis) => sizeOf(like, axis + 1))])
}

/** For the values of a graph that are computed of rows which may stand in: those rows, there or not. */
export function standInsOf({ nodes }: Graph): ReadonlyMap<Value, readonly Value[]> {
  const found = new Map<Value, readonly Value[]>()
  for (const { op, path, inputs, outputs } of nodes) {
    const isOne = op.name === 'Expand' && path.split('.').at(-1) === STAND_IN
    const rows = isOne ? outputs : inputs.flatMap((value) => (value && found.get(value)) ?? [])
    if (rows.length > 0) for (const value of outputs) found.set(value, [...new Set(rows)])
  }
  return found
}
