/**
 * Weights by formula, as the recorded references were made: "hashfill-v1". Integers are modulo 2^32, float
 * operations are float32 with one rounding each, so every platform gets the same bits.
 */
import { elementCount } from '../src/tensor/shape.ts'
import { type Tensor, tensor } from '../src/tensor/tensor.ts'

export interface RecipeEntry {
  readonly name: string
  readonly dtype: 'F32' | 'I64'
  readonly shape: readonly number[]
  readonly a: number
  readonly b: number
}

export interface Recipe {
  readonly format: string
  readonly seed: number
  readonly tensors: readonly RecipeEntry[]
}

/** All tensors of a recipe, in its order. */
export function fillRecipe({ format, seed, tensors }: Recipe): Map<string, Tensor> {
  if (format !== 'hashfill-v1') throw new Error(`unknown recipe format ${format}`)
  return new Map(
    tensors.map(({ name, dtype, shape, a, b }) => [
      name,
      dtype === 'I64'
        ? tensor('int64', shape, new BigInt64Array(elementCount(shape)).fill(BigInt(b)))
        : hashfill(seed, name, shape, a, b),
    ]),
  )
}

/** value(i) = r(i) * a + b, with r(i) in [-1, 1) from the hash of the seed, the name and the flat index i. */
export function hashfill(
  seed: number,
  name: string,
  shape: readonly number[],
  a: number,
  b: number,
): Tensor<'float32'> {
  const key = hashKey(seed, name)
  const scale = Math.fround(a)
  const shift = Math.fround(b)
  const data = new Float32Array(elementCount(shape))
  for (let i = 0; i < data.length; i++) data[i] = Math.fround(unit(hashBits(key, i)) * scale) + shift
  return { dtype: 'float32', shape, data }
}

/** r(i) alone, exact in float32. */
export function hashfillUnit(seed: number, name: string, shape: readonly number[]): Tensor<'float32'> {
  return hashfill(seed, name, shape, 1, 0)
}

export function hashKey(seed: number, name: string): number {
  let h = (0x811c9dc5 ^ seed) >>> 0
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 0x01000193)
  return mix(h)
}

export function hashBits(key: number, i: number): number {
  return mix(Math.imul(i, 0x9e3779b9) ^ key)
}

function unit(bits: number): number {
  return ((bits >>> 8) - 8388608) * 2 ** -23
}

function mix(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
