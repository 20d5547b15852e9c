/** What both sides of the Open Inference Protocol, version 2, call things: https://github.com/kserve/open-inference-protocol. */
import type { Dtype } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Length of the JSON of a body that goes on with bytes, in requests and answers. */
export const HEADER_LENGTH = 'inference-header-content-length'

/** The protocol's names of types. */
export const DATATYPES: Readonly<Record<Dtype, string>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  int8: 'INT8',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
}

export interface TensorMessage {
  readonly body: Uint8Array<ArrayBuffer>
  /** Of the JSON at its start. */
  readonly headerLength: number
}

/** JSON, and after it the bytes of the tensors that it tells of, in its order. */
export function tensorMessage(told: object, tensors: readonly Tensor[]): TensorMessage {
  const header = new TextEncoder().encode(JSON.stringify(told))
  const chunks = tensors.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  const body = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, header.length))
  let offset = 0
  for (const chunk of [header, ...chunks]) {
    body.set(chunk, offset)
    offset += chunk.length
  }
  return { body, headerLength: header.length }
}
