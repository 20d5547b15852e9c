import { nearestName } from '../names/nearest-name.ts'
import { type Dtype, type FloatDtype, isFloat } from '../tensor/dtype.ts'
import { sameShape } from '../tensor/shape.ts'
import { type Tensor, toFloat16Bits, toFloat32 } from '../tensor/tensor.ts'

/** What a model wants under one name. */
export interface WantedWeight {
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

/** How the names and shapes on two sides differ. */
export interface WeightDifferences {
  /** Wanted names that the file has, as they are wanted or in another width of floats. */
  readonly fitting: readonly string[]
  /** Wanted names that the file lacks, with the name there that may be meant: alike, of the same shape, and of no use otherwise. */
  readonly missing: readonly { readonly name: string; readonly nearest?: string }[]
  /** Names of the file that the model has no use for. */
  readonly unexpected: readonly string[]
  /** Names on both sides with shapes or dtypes that do not fit. */
  readonly mismatched: readonly { readonly name: string; readonly expected: string; readonly got: string }[]
}

/** A name that the file lacks, for messages. */
export function missingText({ name, nearest }: WeightDifferences['missing'][number]): string {
  return nearest ? `${name} (is it ${nearest}?)` : name
}

/** A name of another shape, for messages. */
export function mismatchText({ name, expected, got }: WeightDifferences['mismatched'][number]): string {
  return `${name} (expected ${expected}, got ${got})`
}

export interface WeightMatch extends WeightDifferences {
  /** Tensors that fit, in the model's order, in the model's dtypes. */
  readonly matched: Map<string, Tensor>
}

/** Compares by name and shape; integers and floats are never mixed. Judging the differences is left to the caller. */
export function compareWeights(
  wanted: ReadonlyMap<string, WantedWeight>,
  given: ReadonlyMap<string, WantedWeight>,
): WeightDifferences {
  const fitting: string[] = []
  const lacking: string[] = []
  const mismatched: { name: string; expected: string; got: string }[] = []
  for (const [name, want] of wanted) {
    const got = given.get(name)
    if (got === undefined) lacking.push(name)
    else if (fits(got, want)) fitting.push(name)
    else mismatched.push({ name, expected: describe(want), got: describe(got) })
  }
  const unexpected = [...given.keys()].filter((name) => !wanted.has(name))
  const missing = lacking.map((name) => {
    const alike = unexpected.filter((other) => fits(given.get(other)!, wanted.get(name)!))
    return { name, nearest: nearestName(name, alike) }
  })
  return { fitting, missing, unexpected, mismatched }
}

/** The same with the tensors that fit; floats are converted to the width that is wanted. */
export function matchWeights(
  wanted: ReadonlyMap<string, WantedWeight>,
  given: ReadonlyMap<string, Tensor>,
): WeightMatch {
  const differences = compareWeights(wanted, given)
  const matched = new Map(
    differences.fitting.map((name) => [name, convert(given.get(name)!, wanted.get(name)!.dtype)]),
  )
  return { ...differences, matched }
}

function fits(got: WantedWeight, want: WantedWeight): boolean {
  return sameShape(want.shape, got.shape) && convertible(got.dtype, want.dtype)
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
