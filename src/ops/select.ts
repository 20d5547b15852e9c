import { ShapeError } from '../errors.ts'
import { defineOp, emit } from '../graph/op.ts'
import type { Value } from '../graph/value.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { emitOne, need, normalizeAxis, requireDtype, requireRank, scalar } from './infer.ts'
import { type Size, sizes } from './layout.ts'

export interface TopKAttributes {
  readonly axis: number
  readonly largest: number
  readonly sorted: number
  readonly [name: string]: number | undefined
}

let tops = 0

/** Inputs: x, k (int64 vector of one; where it is not known the size is a new symbol). Outputs: values and int64 indices; among equals the lower index comes first. */
export const TopK = defineOp<TopKAttributes>({
  name: 'TopK',
  infer(inputs, { axis }) {
    const x = need(inputs, 0)
    const k = need(inputs, 1).content?.[0] ?? `top${tops++}`
    const count = x.shape[axis]
    if (typeof k === 'number' && typeof count === 'number' && k > count) {
      throw new ShapeError('k is larger than the axis', { expected: `at most ${count}`, got: `${k}` })
    }
    const shape = x.shape.map((dim, i) => (i === axis ? k : dim))
    return [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ]
  },
})

let suppressions = 0

/**
 * Inputs: boxes `[N, P, 4]` (x1 y1 x2 y2), scores `[N, K, P]`, max per class (int64), IoU threshold, score
 * threshold. Output `[n, 3]`: image, class and box index, per class in order of falling score.
 */
export const NonMaxSuppression = defineOp<{ readonly centerPointBox: number }>({
  name: 'NonMaxSuppression',
  infer(inputs) {
    requireRank(need(inputs, 0), 3, 'boxes')
    requireRank(need(inputs, 1), 3, 'scores')
    requireDtype(need(inputs, 0), ['float32'], 'boxes')
    return [{ dtype: 'int64', shape: [`kept${suppressions++}`, 3] }]
  },
})

/** The k largest (or smallest) along an axis, sorted; k must not exceed the axis. */
export function topK<D extends Dtype>(
  x: Value<D>,
  k: Size,
  { axis = -1, largest = true }: { readonly axis?: number; readonly largest?: boolean } = {},
): { readonly values: Value<D>; readonly indices: Value<'int64'> } {
  const attributes = { axis: normalizeAxis(axis, x.shape.length), largest: Number(largest), sorted: 1 }
  const [values, indices] = emit(TopK, [x, sizes([k])], attributes)
  return { values: values as Value<D>, indices: indices as Value<'int64'> }
}

/**
 * Greedy suppression per image and class. `iouThreshold` is strict unless `dropsEqual`: a box is dropped when its IoU
 * (float32) with a kept one is larger. `scoreThreshold`, where given, is strict too: boxes must score more.
 */
export function nonMaxSuppression(
  boxes: Value<'float32'>,
  scores: Value<'float32'>,
  options: {
    readonly maxPerClass: number
    readonly iouThreshold: number
    readonly dropsEqual?: boolean
    readonly scoreThreshold?: number
  },
): Value<'int64'> {
  const { maxPerClass, iouThreshold, dropsEqual = false, scoreThreshold } = options
  const inputs = [
    boxes,
    scores,
    scalar('int64', maxPerClass),
    scalar(
      'float32',
      dropsEqual ? float32Before(Math.fround(iouThreshold)) : largestFloat32Below(iouThreshold),
    ),
    ...(scoreThreshold === undefined ? [] : [scalar('float32', scoreThreshold)]),
  ]
  return emitOne(NonMaxSuppression, inputs, { centerPointBox: 0 })
}

/** The largest float32 not above `value`: a float32 exceeds it exactly where it exceeds `value`. */
function largestFloat32Below(value: number): number {
  const nearest = Math.fround(value)
  return nearest <= value ? nearest : float32Before(nearest)
}

/** The next float32 towards 0, of a positive one. */
function float32Before(value: number): number {
  const view = new Float32Array([value])
  const bits = new Uint32Array(view.buffer)
  bits[0] -= 1
  return view[0]
}
