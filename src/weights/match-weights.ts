import { type Dtype, type FloatDtype, isFloat } from '../tensor/dtype.ts'
import { sameShape } from '../tensor/shape.ts'
import { type Tensor, toFloat16Bits, toFloat32 } from '../tensor/tensor.ts'

/** What a model wants under one name. */
export interface WantedWeight {
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

export interface WeightMatch {
  /** Tensors that fit, in the model's order, in the model's dtypes. */
  readonly matched: Map<string, Tensor>
  /** Wanted names that the file lacks. */
  readonly missing: readonly string[]
  /** Names of the file that the model has no use for. */
  readonly unexpected: readonly string[]
  /** Names on both sides with shapes or dtypes that do not fit. */
  readonly mismatched: readonly { readonly name: string; readonly expected: string; readonly got: string }[]
}

/**
 * Compares the weights a model wants with those given, by name and shape. Floats are converted between their
 * widths; integers and floats are never mixed. Judging the differences is left to the caller.
 */
export function matchWeights(
  wanted: ReadonlyMap<string, WantedWeight>,
  given: ReadonlyMap<string, Tensor>,
): WeightMatch {
  const matched = new Map<string, Tensor>()
  const missing: string[] = []
  const mismatched: { name: string; expected: string; got: string }[] = []
  for (const [name, want] of wanted) {
    const got = given.get(name)
    if (got === undefined) missing.push(name)
    else if (sameShape(want.shape, got.shape) && convertible(got.dtype, want.dtype)) {
      matched.set(name, convert(got, want.dtype))
    } else mismatched.push({ name, expected: describe(want), got: describe(got) })
  }
  const unexpected = [...given.keys()].filter((name) => !wanted.has(name))
  return { matched, missing, unexpected, mismatched }
}

function convertible(from: Dtype, to: Dtype): boolean {
  return from === to || (isFloat(from) && isFloat(to))
}

function convert(source: Tensor, dtype: Dtype): Tensor {
  if (source.dtype === dtype) return source
  if (dtype === 'float32') return toFloat32(source as Tensor<FloatDtype>)
  const numbers = source.dtype === 'float16' ? toFloat32(source as Tensor<'float16'>).data : source.data
  const data =
    dtype === 'float16'
      ? toFloat16Bits(numbers as Float32Array | Float64Array)
      : Float64Array.from(numbers as Float32Array)
  return { dtype, shape: source.shape, data }
}

function describe({ dtype, shape }: WantedWeight): string {
  return `${dtype} [${shape.join(', ')}]`
}
