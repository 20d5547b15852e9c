import { intAttribute } from '../../onnx/attribute.ts'
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from '../../onnx/messages.ts'
import { encodeTensor } from '../../onnx/tensor-proto.ts'
import { int64 } from '../../tensor/tensor.ts'
import { isHost, type Phases } from './phases.ts'
import { valueTypes } from './value-types.ts'

/** What the host needs of the GPU when its turn comes. */
export interface Download {
  /** The host's phase that begins with it. */
  readonly phase: number
  /** Names of float32 values, which go together. */
  readonly floats: readonly string[]
  /** Names of all others. */
  readonly others: readonly string[]
}

/** The downloads of a graph by phase; a value comes down once. */
export function downloadsOf(graph: GraphProto, { ofNode, ofValue }: Phases): Download[] {
  const types = valueTypes(graph)
  const inputs = new Set(graph.input.map(({ name }) => name))
  const first = new Map<string, number>()
  for (const [node, phase] of ofNode) {
    if (!isHost(phase)) continue
    for (const name of node.input) {
      const made = ofValue.get(name)
      if (made === undefined || isHost(made) || inputs.has(name)) continue
      first.set(name, Math.min(first.get(name) ?? phase, phase))
    }
  }
  return [...new Set(first.values())]
    .sort((a, b) => a - b)
    .map((phase) => {
      const names = [...first.keys()].filter((name) => first.get(name) === phase)
      const isFloat = (name: string) => types.get(name) === 'float32'
      return { phase, floats: names.filter(isFloat), others: names.filter((name) => !isFloat(name)) }
    })
}

export interface PackedDownload {
  readonly phase: number
  /** Nodes that put the values behind each other, and those that take them apart again. */
  readonly packing: readonly NodeProto[]
  readonly unpacking: readonly NodeProto[]
  readonly constants: readonly TensorProto[]
  /** Value -> its copy on the host. */
  readonly renamed: ReadonlyMap<string, string>
  /** How many tensors come down. */
  readonly tensors: number
}

/** The float32 values of a download as one flat tensor, with their sizes from their shapes. */
export function packedDownload({ phase, floats, others }: Download): PackedDownload {
  if (floats.length < 2) {
    const tensors = floats.length + others.length
    return { phase, packing: [], unpacking: [], constants: [], renamed: new Map(), tensors }
  }
  const scope = `download${phase}`
  const named = (name: string) => `${scope}/${name}`
  const flat = named('flat')
  const packing: NodeProto[] = []
  const unpacking: NodeProto[] = []
  for (const name of floats) {
    packing.push(node('Reshape', [name, flat], [named(`${name}:flat`)]))
    packing.push(node('Shape', [name], [named(`${name}:shape`)]))
    unpacking.push(
      node('ReduceProd', [named(`${name}:shape`)], [named(`${name}:size`)], [intAttribute('keepdims', 1)]),
    )
  }
  const each = (suffix: string) => floats.map((name) => named(`${name}:${suffix}`))
  packing.push(node('Concat', each('flat'), [named('all')], [intAttribute('axis', 0)]))
  unpacking.push(node('Concat', each('size'), [named('sizes')], [intAttribute('axis', 0)]))
  unpacking.push(node('Split', [named('all'), named('sizes')], each('part'), [intAttribute('axis', 0)]))
  for (const name of floats) {
    const parts = [named(`${name}:part`), named(`${name}:shape`)]
    unpacking.push(node('Reshape', parts, [named(name)], [intAttribute('allowzero', 1)]))
  }
  return {
    phase,
    packing,
    unpacking,
    constants: [encodeTensor(flat, int64([-1]))],
    renamed: new Map(floats.map((name) => [name, named(name)])),
    tensors: 1 + others.length,
  }
}

function node(
  opType: string,
  input: string[],
  output: string[],
  attribute: AttributeProto[] = [],
): NodeProto {
  return { opType, name: `${output[0]}/${opType}`, input, output, attribute }
}
