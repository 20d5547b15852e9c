import { ATTRIBUTE_TYPE, type AttributeProto, type GraphProto, type TensorProto } from './messages.ts'

/** Attributes of a node, one function per ONNX attribute type that the operators use. */
export function intAttribute(name: string, value: number): AttributeProto {
  return { ...empty(name, ATTRIBUTE_TYPE.INT), i: value }
}

export function intsAttribute(name: string, values: readonly number[]): AttributeProto {
  return { ...empty(name, ATTRIBUTE_TYPE.INTS), ints: [...values] }
}

export function floatAttribute(name: string, value: number): AttributeProto {
  return { ...empty(name, ATTRIBUTE_TYPE.FLOAT), f: value }
}

export function floatsAttribute(name: string, values: readonly number[]): AttributeProto {
  return { ...empty(name, ATTRIBUTE_TYPE.FLOATS), floats: [...values] }
}

export function stringAttribute(name: string, value: string): AttributeProto {
  return { ...empty(name, ATTRIBUTE_TYPE.STRING), s: new TextEncoder().encode(value) }
}

export function tensorAttribute(name: string, value: TensorProto): AttributeProto {
  return { ...empty(name, ATTRIBUTE_TYPE.TENSOR), t: value }
}

export function graphAttribute(name: string, value: GraphProto): AttributeProto {
  return { ...empty(name, ATTRIBUTE_TYPE.GRAPH), g: value }
}

function empty(name: string, type: number): AttributeProto {
  return { name, type, floats: [], ints: [], strings: [], tensors: [], graphs: [] }
}
