import { GraphError } from '../errors.ts'
import {
  floatAttribute,
  floatsAttribute,
  graphAttribute,
  intAttribute,
  intsAttribute,
  stringAttribute,
  tensorAttribute,
} from '../onnx/attribute.ts'
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from '../onnx/messages.ts'
import { DATA_TYPE, encodeTensor, encodeTensorIn, encodeValueInfo, isViewOf } from '../onnx/tensor-proto.ts'
import type { Dtype } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { constantKey } from './constant-key.ts'
import { type Dim, isKnown } from './dim.ts'
import { bodyGraph, type Graph, inputName, graph as makeGraph } from './graph.ts'
import { lower } from './lower.ts'
import type { Attribute, Body, Node, Op, Target } from './op.ts'
import type { Value } from './value.ts'

export interface ToOnnxOptions {
  /** Name of the graph in the file. */
  readonly name?: string
  readonly target?: Partial<Target>
  /** What outputs have along their first axis where its size is known only when the graph runs; else such a dim is left open. */
  readonly rows?: string
  /**
   * Bytes in which constants may lie, by the name of a file: those that do are told by their place in it and not written. A
   * session then takes the same bytes (`SessionOptions.files`).
   */
  readonly files?: Readonly<Record<string, Uint8Array>>
  /** Key-value pairs kept in the file's metadata. */
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * What graphs are lowered for unless the caller says otherwise. Ops are written for the operators of version 17; those that
 * changed since know what they became.
 */
const DEFAULT_TARGET: Target = { roiAlign: 'gather', opset: 17 }

/** The oldest set of operators in which all are found that are emitted, and the newest that was tried. */
export const OPSETS = { least: 16, most: 21 } as const

/** The first version of the file format that may name a set of operators (onnx/docs/Versioning.md). */
function irVersion(opset: number): number {
  return opset < 19 ? 8 : opset < 21 ? 9 : 10
}

/**
 * The graph as an ONNX model: inputs, outputs and named constants keep their names, every attribute is
 * written out, equal small constants are stored once.
 */
export function toOnnx(graph: Graph, options: ToOnnxOptions = {}): ModelProto {
  const target: Target = { ...DEFAULT_TARGET, ...options.target }
  requireOpset(target.opset)
  const { name = 'maskwright', rows, files = {} } = options
  return {
    irVersion: irVersion(target.opset),
    producerName: 'maskwright',
    graph: graphProto(graph, { title: name, target, rows, files, taken: new Set() }),
    opsetImport: [{ domain: '', version: target.opset }],
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
  }
}

function requireOpset(opset: number): void {
  const { least, most } = OPSETS
  if (Number.isInteger(opset) && opset >= least && opset <= most) return
  throw new GraphError('the set of operators is not one that graphs are written for', {
    where: 'opset',
    expected: `${least} to ${most}`,
    got: `${opset}`,
  })
}

interface GraphContext {
  readonly title: string
  readonly target: Target
  readonly rows?: string
  readonly files: Readonly<Record<string, Uint8Array>>
  /** The names of everything around: those within a body differ from them. */
  readonly taken: Set<string>
  /** A body's inputs are called by the node that it is in. */
  readonly isBody?: boolean
}

function graphProto(graph: Graph, context: GraphContext): GraphProto {
  const { target, rows, taken, isBody } = context
  const lowered = lower(graph, target)
  const names = nameValues(lowered, context)
  const bodyProto = (body: Body, node: string) => {
    const { inputs, outputs } = bodyGraph(body)
    const named = Object.entries(outputs).map(([name, value]) => [`${node}/${name}`, value])
    const inner = { title: node, target, files: {}, taken, isBody: true }
    return graphProto(makeGraph(Object.fromEntries(named), inputs), inner)
  }
  const told = toldDims(isBody ? [] : graph.inputs)
  const protos = lowered.nodes.map((node) => nodeProto(node, names, bodyProto))
  const output = Object.entries(graph.outputs).map(([name, value]) => {
    const inner = names.of(lowered.outputs[name])
    if (inner !== name) protos.push(identityProto(inner, name))
    const shape = value.shape.map((dim, axis) => (rows && axis === 0 && !isKnown(dim) ? rows : told(dim)))
    return encodeValueInfo(name, value.dtype, shape)
  })
  return {
    name: context.title,
    node: protos,
    initializer: names.initializers(),
    input: graph.inputs.map((value) => encodeValueInfo(names.of(value), value.dtype, value.shape.map(told))),
    output,
    valueInfo: [],
  }
}

/** Symbols of inputs are told; those that ops make up, and expressions, are ours: in the file such a dim is left open. */
function toldDims(inputs: readonly Value[]): (dim: Dim) => Dim | undefined {
  const symbols = new Set(
    inputs.flatMap(({ shape }) => shape).filter((dim) => /^[A-Za-z_]\w*$/.test(`${dim}`)),
  )
  return (dim) => (isKnown(dim) || symbols.has(dim) ? dim : undefined)
}

interface Names {
  readonly of: (value: Value) => string
  readonly forNode: (node: Node) => string
  readonly initializers: () => TensorProto[]
}

function nameValues({ inputs, nodes, outputs }: Graph, { title, files, taken, isBody }: GraphContext): Names {
  const names = new Map(inputs.map((value) => [value, `${isBody ? `${title}/` : ''}${inputName(value)}`]))
  for (const name of [...names.values(), ...Object.keys(outputs)]) taken.add(name)
  const nodeNames = new Map<Node, string>()
  const initializers = new Map<string, TensorProto>()
  const nextSuffix = new Map<string, number>()
  const unique = (wanted: string): string => {
    let name = wanted
    while (taken.has(name)) {
      const suffix = (nextSuffix.get(wanted) ?? 0) + 1
      nextSuffix.set(wanted, suffix)
      name = `${wanted}_${suffix}`
    }
    taken.add(name)
    return name
  }
  for (const [name, value] of Object.entries(outputs)) {
    if (value.source.kind === 'node' && !names.has(value)) names.set(value, name)
  }
  for (const node of nodes) {
    const name = unique(`${node.path ? `${node.path}/` : ''}${node.op.name}`)
    nodeNames.set(node, name)
    for (const [i, value] of node.outputs.entries()) {
      if (value.source.kind !== 'node') continue
      if (!names.has(value)) names.set(value, `${name}:${i}`)
    }
  }
  const shared = new Map<string, string>()
  const constantName = (tensor: Tensor, name?: string): string => {
    const key = name === undefined ? constantKey(tensor) : undefined
    const known = key === undefined ? undefined : shared.get(key)
    if (known !== undefined) return known
    const fresh = unique(name ?? 'constant')
    initializers.set(fresh, initializer(fresh, tensor, files))
    if (key !== undefined) shared.set(key, fresh)
    return fresh
  }
  const of = (value: Value): string => {
    const known = names.get(value)
    if (known !== undefined) return known
    const { source } = value
    const name =
      source.kind === 'input'
        ? source.name
        : source.kind === 'constant'
          ? constantName(source.tensor, source.name)
          : unique('unused')
    names.set(value, name)
    return name
  }
  return {
    of,
    forNode: (node) => nodeNames.get(node) as string,
    initializers: () => [...initializers.values()],
  }
}

/** Smaller constants are written even where they lie in a file: shapes are inferred from some of them. */
const LEAST_APART = 64

function initializer(name: string, tensor: Tensor, files: GraphContext['files']): TensorProto {
  const found = Object.entries(files).find(([, bytes]) => isViewOf(bytes, tensor))
  if (!found || tensor.data.length < LEAST_APART) return encodeTensor(name, tensor)
  const [location, bytes] = found
  return encodeTensorIn(bytes, location, name, tensor)
}

function nodeProto(node: Node, names: Names, bodyProto: (body: Body, node: string) => GraphProto): NodeProto {
  const input = node.inputs.map((value) => (value ? names.of(value) : ''))
  while (input.length && input[input.length - 1] === '') input.pop()
  return {
    opType: node.op.name,
    name: names.forNode(node),
    input,
    output: node.outputs.map((value) => (value.source.kind === 'node' ? names.of(value) : '')),
    attribute: Object.entries(node.attributes).flatMap(([key, value]) =>
      value === undefined
        ? []
        : typeof value === 'object' && 'outputs' in value
          ? [graphAttribute(key, bodyProto(value, names.forNode(node)))]
          : [attributeProto(node.op, key, value)],
    ),
  }
}

function identityProto(from: string, to: string): NodeProto {
  return { opType: 'Identity', name: `output/${to}`, input: [from], output: [to], attribute: [] }
}

/** Attributes that ONNX itself does not write in snake_case. */
const CAMEL: ReadonlySet<string> = new Set(['transA', 'transB'])

function attributeProto(op: Op, key: string, value: Exclude<Attribute, Body>): AttributeProto {
  const name = CAMEL.has(key) ? key : key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  const isFloat = op.floats?.includes(key) ?? false
  if (typeof value === 'number') return isFloat ? floatAttribute(name, value) : intAttribute(name, value)
  if (typeof value === 'string') {
    return op.name === 'Cast' ? intAttribute(name, DATA_TYPE[value as Dtype]) : stringAttribute(name, value)
  }
  if ('dtype' in value) return tensorAttribute(name, encodeTensor('', value))
  return isFloat ? floatsAttribute(name, value) : intsAttribute(name, value)
}
