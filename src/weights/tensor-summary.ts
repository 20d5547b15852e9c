import type { Dtype } from '../tensor/dtype.ts'
import { type Tensor, toFloat32 } from '../tensor/tensor.ts'

/** What can be said of a tensor's numbers at a glance. */
export interface TensorSummary {
  readonly elements: number
  /** Square root of the sum of squares, over the finite ones. */
  readonly norm: number
  /** Of the finite ones; null where there are none. */
  readonly min: number | null
  readonly max: number | null
  readonly nan: number
  readonly infinite: number
}

export function summarizeTensor(source: Tensor<Dtype>): TensorSummary {
  const { data } = source.dtype === 'float16' ? toFloat32(source as Tensor<'float16'>) : source
  let [squares, nan, infinite] = [0, 0, 0]
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i])
    if (Number.isFinite(value)) {
      squares += value * value
      if (value < min) min = value
      if (value > max) max = value
    } else if (Number.isNaN(value)) nan++
    else infinite++
  }
  const isEmpty = min > max
  return {
    elements: data.length,
    norm: Math.sqrt(squares),
    min: isEmpty ? null : min,
    max: isEmpty ? null : max,
    nan,
    infinite,
  }
}

/** Several tensors as one. */
export function summarizeAll(summaries: readonly TensorSummary[]): TensorSummary {
  const sum = (of: (one: TensorSummary) => number) => summaries.reduce((total, one) => total + of(one), 0)
  const finite = summaries.filter(({ min }) => min !== null)
  return {
    elements: sum(({ elements }) => elements),
    norm: Math.sqrt(sum(({ norm }) => norm ** 2)),
    min:
      finite.length > 0 ? finite.reduce((least, { min }) => Math.min(least, min as number), Infinity) : null,
    max:
      finite.length > 0 ? finite.reduce((most, { max }) => Math.max(most, max as number), -Infinity) : null,
    nan: sum(({ nan }) => nan),
    infinite: sum(({ infinite }) => infinite),
  }
}
