import { GraphError } from '../errors.ts'
import { ARRAYS, type Dtype } from '../tensor/dtype.ts'
import { elementCount } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { DimensionProto, TensorProto, ValueInfoProto } from './messages.ts'

/** ONNX's number of each dtype (TensorProto.DataType in onnx.proto). */
export const DATA_TYPE: Readonly<Record<Dtype, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
}

/** TensorProto.DataLocation. */
const EXTERNAL = 1

const DTYPE_OF = new Map(Object.entries(DATA_TYPE).map(([dtype, number]) => [number, dtype as Dtype]))

/** The dtype behind ONNX's number. Throws `GraphError` for types that Maskwright has no tensors of. */
export function dtypeOf(dataType: number, where?: string): Dtype {
  const dtype = DTYPE_OF.get(dataType)
  if (dtype === undefined) {
    throw new GraphError('element type is not supported', {
      where,
      expected: Object.keys(DATA_TYPE).join(' '),
      got: `ONNX type ${dataType}`,
    })
  }
  return dtype
}

/** Initializer or constant; its raw data is a view of the tensor's. */
export function encodeTensor(name: string, { dtype, shape, data }: Tensor): TensorProto {
  return {
    dims: [...shape],
    dataType: DATA_TYPE[dtype],
    floatData: [],
    int32Data: [],
    stringData: [],
    int64Data: [],
    name,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    doubleData: [],
    uint64Data: [],
    externalData: [],
  }
}

/** The same with its data left where they are: a view of `bytes`, which whoever makes a session is given as the file `location`. */
export function encodeTensorIn(
  bytes: Uint8Array,
  location: string,
  name: string,
  source: Tensor,
): TensorProto {
  const { rawData, ...proto } = encodeTensor(name, source)
  const place = { location, offset: rawData!.byteOffset - bytes.byteOffset, length: rawData!.length }
  const externalData = Object.entries(place).map(([key, value]) => ({ key, value: `${value}` }))
  return { ...proto, externalData, dataLocation: EXTERNAL }
}

/** Whether a tensor is a view of `bytes`. */
export function isViewOf(bytes: Uint8Array, { data }: Tensor): boolean {
  const begin = data.byteOffset - bytes.byteOffset
  return data.buffer === bytes.buffer && begin >= 0 && begin + data.byteLength <= bytes.byteLength
}

/**
 * The numbers of an initializer, from raw data or from the list field of its type; the result owns its memory.
 * Throws `GraphError` for external data, other types, and data that does not fit the dims.
 */
export function decodeTensor(proto: TensorProto): Tensor {
  const where = proto.name || undefined
  if (proto.dataLocation === EXTERNAL || proto.externalData.length > 0) {
    throw new GraphError('tensor data lies in another file', {
      where,
      hint: 'Save the model with its weights inside',
    })
  }
  const dtype = dtypeOf(proto.dataType, where)
  const count = elementCount(proto.dims)
  if (proto.rawData !== undefined) {
    const { buffer } = new Uint8Array(proto.rawData)
    checkCount(buffer.byteLength / ARRAYS[dtype].BYTES_PER_ELEMENT, count, where)
    return { dtype, shape: proto.dims, data: new ARRAYS[dtype](buffer) }
  }
  const items = listField(proto, dtype)
  checkCount(items.length, count, where)
  const data = new ARRAYS[dtype](count)
  data.set(items as number[] & bigint[])
  return { dtype, shape: proto.dims, data }
}

function listField(proto: TensorProto, dtype: Dtype): readonly number[] | readonly bigint[] {
  if (dtype === 'float32') return proto.floatData
  if (dtype === 'float64') return proto.doubleData
  if (dtype === 'int64') return proto.int64Data
  return proto.int32Data
}

function checkCount(got: number, count: number, where: string | undefined): void {
  if (got !== count) {
    throw new GraphError('tensor data does not fit its dims', {
      where,
      expected: `${count} elements`,
      got: `${got}`,
    })
  }
}

/** Description of a graph's input or output; strings among the dims are symbols, undefined dims stay open. */
export function encodeValueInfo(
  name: string,
  dtype: Dtype,
  shape: readonly (number | string | undefined)[],
): ValueInfoProto {
  const dim = shape.map(
    (size): DimensionProto =>
      typeof size === 'number' ? { dimValue: size } : size === undefined ? {} : { dimParam: size },
  )
  return { name, type: { tensorType: { elemType: DATA_TYPE[dtype], shape: { dim } } } }
}
