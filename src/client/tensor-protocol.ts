/** What both sides of the Open Inference Protocol, version 2, call things: https://github.com/kserve/open-inference-protocol. */
import type { Dtype } from '../tensor/dtype.ts'

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
