/**
 * The messages of an ONNX file, as far as Maskwright writes and reads them: onnx.proto's names in camelCase.
 * An absent field is `undefined`; repeated fields are always arrays. `wire-fields.ts` has the field numbers.
 */

export interface ModelProto {
  irVersion: number
  producerName?: string
  producerVersion?: string
  domain?: string
  modelVersion?: number
  docString?: string
  graph: GraphProto
  metadataProps: StringStringEntryProto[]
  opsetImport: OperatorSetIdProto[]
}

export interface OperatorSetIdProto {
  /** Empty or absent for the standard operators. */
  domain?: string
  version: number
}

export interface StringStringEntryProto {
  key: string
  value: string
}

export interface GraphProto {
  /** In an order in which every input of a node is made by a node before it. */
  node: NodeProto[]
  name: string
  initializer: TensorProto[]
  docString?: string
  input: ValueInfoProto[]
  output: ValueInfoProto[]
  valueInfo: ValueInfoProto[]
}

export interface NodeProto {
  /** An empty name stands for an optional input that is left out. */
  input: string[]
  output: string[]
  name?: string
  opType: string
  attribute: AttributeProto[]
  docString?: string
  domain?: string
}

/** `type` says which one of the value fields holds the value; `attribute.ts` makes them. */
export interface AttributeProto {
  name: string
  f?: number
  i?: number
  /** UTF-8 bytes. */
  s?: Uint8Array
  t?: TensorProto
  g?: GraphProto
  floats: number[]
  ints: number[]
  strings: Uint8Array[]
  tensors: TensorProto[]
  graphs: GraphProto[]
  docString?: string
  type: number
}

/** Elements are little-endian in `rawData`, or in the list field that belongs to `dataType`. */
export interface TensorProto {
  dims: number[]
  dataType: number
  floatData: number[]
  int32Data: number[]
  stringData: Uint8Array[]
  int64Data: bigint[]
  name?: string
  rawData?: Uint8Array
  doubleData: number[]
  uint64Data: bigint[]
  docString?: string
  externalData: StringStringEntryProto[]
  /** 1 where the elements are in another file, named by `externalData`. */
  dataLocation?: number
}

export interface ValueInfoProto {
  name: string
  type?: TypeProto
  docString?: string
}

/** Tensor types only; a value of another kind has no `tensorType`. */
export interface TypeProto {
  tensorType?: TensorTypeProto
  denotation?: string
}

export interface TensorTypeProto {
  elemType: number
  /** Absent where not even the rank is known. */
  shape?: TensorShapeProto
}

export interface TensorShapeProto {
  dim: DimensionProto[]
}

/** A number, a symbol, or (with neither) an unknown dim. */
export interface DimensionProto {
  dimValue?: number
  dimParam?: string
  denotation?: string
}

export const ATTRIBUTE_TYPE = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
  TENSORS: 9,
  GRAPHS: 10,
} as const
