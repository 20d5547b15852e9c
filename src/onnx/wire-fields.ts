/**
 * How the messages look on the wire: name, field number and kind of every field, from onnx.proto (onnx/onnx). Encoder
 * and decoder both walk this table, so they cannot disagree. Fields are written in the order of the table.
 */

/** `integer` is an int64 or int32 that fits a JavaScript number; `int64` stays a bigint. */
export type ScalarKind = 'integer' | 'int64' | 'uint64' | 'float' | 'double' | 'string' | 'bytes'

export interface WireField {
  readonly name: string
  readonly number: number
  readonly kind: ScalarKind | 'message'
  /** Kind of the nested message. */
  readonly message?: MessageName
  readonly repeated: boolean
  /** Repeated numbers written as one block; both forms are read. */
  readonly packed: boolean
  readonly required: boolean
}

export type MessageName =
  | 'ModelProto'
  | 'OperatorSetIdProto'
  | 'StringStringEntryProto'
  | 'GraphProto'
  | 'NodeProto'
  | 'AttributeProto'
  | 'TensorProto'
  | 'ValueInfoProto'
  | 'TypeProto'
  | 'TensorTypeProto'
  | 'TensorShapeProto'
  | 'DimensionProto'

type Flags = 'required' | 'repeated' | 'packed'

function scalar(name: string, number: number, kind: ScalarKind, flag?: Flags): WireField {
  const packed = flag === 'packed'
  return {
    name,
    number,
    kind,
    repeated: packed || flag === 'repeated',
    packed,
    required: flag === 'required',
  }
}

function nested(name: string, number: number, message: MessageName, flag?: Flags): WireField {
  const repeated = flag === 'repeated'
  return { name, number, kind: 'message', message, repeated, packed: false, required: flag === 'required' }
}

/** The opset comes last in a model, so that a file cut short anywhere lacks a required field. */
export const WIRE_FIELDS: Readonly<Record<MessageName, readonly WireField[]>> = {
  ModelProto: [
    scalar('irVersion', 1, 'integer', 'required'),
    scalar('producerName', 2, 'string'),
    scalar('producerVersion', 3, 'string'),
    scalar('domain', 4, 'string'),
    scalar('modelVersion', 5, 'integer'),
    scalar('docString', 6, 'string'),
    nested('graph', 7, 'GraphProto', 'required'),
    nested('metadataProps', 14, 'StringStringEntryProto', 'repeated'),
    nested('opsetImport', 8, 'OperatorSetIdProto', 'repeated'),
  ],
  OperatorSetIdProto: [scalar('domain', 1, 'string'), scalar('version', 2, 'integer', 'required')],
  StringStringEntryProto: [scalar('key', 1, 'string', 'required'), scalar('value', 2, 'string', 'required')],
  GraphProto: [
    nested('node', 1, 'NodeProto', 'repeated'),
    scalar('name', 2, 'string', 'required'),
    nested('initializer', 5, 'TensorProto', 'repeated'),
    scalar('docString', 10, 'string'),
    nested('input', 11, 'ValueInfoProto', 'repeated'),
    nested('output', 12, 'ValueInfoProto', 'repeated'),
    nested('valueInfo', 13, 'ValueInfoProto', 'repeated'),
  ],
  NodeProto: [
    scalar('input', 1, 'string', 'repeated'),
    scalar('output', 2, 'string', 'repeated'),
    scalar('name', 3, 'string'),
    scalar('opType', 4, 'string', 'required'),
    nested('attribute', 5, 'AttributeProto', 'repeated'),
    scalar('docString', 6, 'string'),
    scalar('domain', 7, 'string'),
  ],
  AttributeProto: [
    scalar('name', 1, 'string', 'required'),
    scalar('f', 2, 'float'),
    scalar('i', 3, 'integer'),
    scalar('s', 4, 'bytes'),
    nested('t', 5, 'TensorProto'),
    nested('g', 6, 'GraphProto'),
    scalar('floats', 7, 'float', 'repeated'),
    scalar('ints', 8, 'integer', 'repeated'),
    scalar('strings', 9, 'bytes', 'repeated'),
    nested('tensors', 10, 'TensorProto', 'repeated'),
    nested('graphs', 11, 'GraphProto', 'repeated'),
    scalar('docString', 13, 'string'),
    scalar('type', 20, 'integer', 'required'),
  ],
  TensorProto: [
    scalar('dims', 1, 'integer', 'repeated'),
    scalar('dataType', 2, 'integer', 'required'),
    scalar('floatData', 4, 'float', 'packed'),
    scalar('int32Data', 5, 'integer', 'packed'),
    scalar('stringData', 6, 'bytes', 'repeated'),
    scalar('int64Data', 7, 'int64', 'packed'),
    scalar('name', 8, 'string'),
    scalar('rawData', 9, 'bytes'),
    scalar('doubleData', 10, 'double', 'packed'),
    scalar('uint64Data', 11, 'uint64', 'packed'),
    scalar('docString', 12, 'string'),
    nested('externalData', 13, 'StringStringEntryProto', 'repeated'),
    scalar('dataLocation', 14, 'integer'),
  ],
  ValueInfoProto: [
    scalar('name', 1, 'string', 'required'),
    nested('type', 2, 'TypeProto'),
    scalar('docString', 3, 'string'),
  ],
  TypeProto: [nested('tensorType', 1, 'TensorTypeProto'), scalar('denotation', 6, 'string')],
  TensorTypeProto: [scalar('elemType', 1, 'integer', 'required'), nested('shape', 2, 'TensorShapeProto')],
  TensorShapeProto: [nested('dim', 1, 'DimensionProto', 'repeated')],
  DimensionProto: [
    scalar('dimValue', 1, 'integer'),
    scalar('dimParam', 2, 'string'),
    scalar('denotation', 3, 'string'),
  ],
}
