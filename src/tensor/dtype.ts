/** Element types and the typed arrays that hold them. Floats of 16 bits live in a `Uint16Array` as raw bits. */
export interface DtypeArrays {
  float32: Float32Array
  float64: Float64Array
  float16: Uint16Array
  int64: BigInt64Array
  int32: Int32Array
  uint8: Uint8Array
  int8: Int8Array
  bool: Uint8Array
}

export type Dtype = keyof DtypeArrays
export type FloatDtype = 'float32' | 'float64' | 'float16'
export type DataOf<D extends Dtype> = DtypeArrays[D]

interface ArrayConstructor<A> {
  new (length: number): A
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): A
  readonly BYTES_PER_ELEMENT: number
}

export const ARRAYS: { readonly [D in Dtype]: ArrayConstructor<DtypeArrays[D]> } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
}

export function isFloat(dtype: Dtype): dtype is FloatDtype {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'float16'
}
