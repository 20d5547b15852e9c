import { ARRAYS, type DataOf, type Dtype } from '../tensor/dtype.ts'

/** Element types as files have them. */
export type StoredDtype =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'bool'

/** Bytes of one element. */
export const STORED_BYTES: Readonly<Record<StoredDtype, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
}

/** What elements become here; bfloat16 is widened to float32 and int16 to int32, both exactly. */
export const READ_AS: Readonly<Record<StoredDtype, Dtype>> = {
  float64: 'float64',
  float32: 'float32',
  float16: 'float16',
  bfloat16: 'float32',
  int64: 'int64',
  int32: 'int32',
  int16: 'int32',
  int8: 'int8',
  uint8: 'uint8',
  bool: 'bool',
}

/** Elements from their bytes, the lowest first: a view of them where they are aligned in memory, else a copy. */
export function decodeElements(dtype: StoredDtype, bytes: Uint8Array): DataOf<Dtype> {
  // Not `slice`: that of a Node `Buffer` copies nothing.
  const aligned = bytes.byteOffset % STORED_BYTES[dtype] === 0 ? bytes : new Uint8Array(bytes)
  const { buffer, byteOffset } = aligned
  const count = bytes.length / STORED_BYTES[dtype]
  if (dtype === 'int16') return Int32Array.from(new Int16Array(buffer, byteOffset, count))
  if (dtype === 'bfloat16') {
    const words = new Uint32Array(count)
    const halves = new Uint16Array(buffer, byteOffset, count)
    for (let i = 0; i < count; i++) words[i] = halves[i] << 16
    return new Float32Array(words.buffer)
  }
  return new ARRAYS[READ_AS[dtype]](buffer, byteOffset, count)
}

/** A copy with the bytes of every element in the other order. */
export function swappedBytes(bytes: Uint8Array, elementBytes: number): Uint8Array<ArrayBuffer> {
  const swapped = new Uint8Array(bytes)
  for (let at = 0; at < swapped.length; at += elementBytes) swapped.subarray(at, at + elementBytes).reverse()
  return swapped
}
