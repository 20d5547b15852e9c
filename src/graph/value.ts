import type { Dtype } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Dim } from './dim.ts'
import type { Node } from './op.ts'

/**
 * A symbol in a graph: something that will be numbers when the graph runs. Values are immutable and
 * point back at what makes them, so a graph is whatever can be reached from its outputs: nodes that
 * nothing needs are never part of it.
 */
export interface Value<D extends Dtype = Dtype> {
  readonly id: number
  readonly dtype: D
  readonly shape: readonly Dim[]
  readonly source: Source
  /**
   * What an int64 scalar or vector holds, as far as it is known while building: sizes on their way
   * from `shapeOf` to a reshape.
   */
  readonly content?: readonly Dim[]
}

export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly tensor: Tensor; readonly name?: string }
  | { readonly kind: 'node'; readonly node: Node; readonly output: number }

let created = 0

/** Fresh value; for `op.ts`, `input` and `constant` only. */
export function makeValue<D extends Dtype>(
  dtype: D,
  shape: readonly Dim[],
  source: Source,
  content?: readonly Dim[],
): Value<D> {
  return { id: created++, dtype, shape, source, content }
}

/** A graph input: fed by name at every run. A string dim is a symbol. */
export function input<D extends Dtype>(name: string, dtype: D, shape: readonly Dim[]): Value<D> {
  return makeValue(dtype, shape, { kind: 'input', name })
}

/** A value that never changes; with a name it keeps that name in the file (weights). */
export function constant<D extends Dtype>(tensor: Tensor<D>, name?: string): Value<D> {
  const isSizes = tensor.dtype === 'int64' && tensor.shape.length <= 1 && tensor.data.length <= 16
  const content = isSizes ? Array.from(tensor.data as BigInt64Array, Number) : undefined
  return makeValue(tensor.dtype, tensor.shape, { kind: 'constant', tensor, name }, content)
}

/** The tensor of a constant, undefined for anything else. */
export function constantTensor(value: Value): Tensor | undefined {
  return value.source.kind === 'constant' ? value.source.tensor : undefined
}
