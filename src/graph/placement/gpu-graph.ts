/** A graph made ready for a GPU that lacks some of its ops: which nodes the host computes, and what comes down in one piece. */
import { decodeModel } from '../../onnx/decode.ts'
import { encodeModel } from '../../onnx/encode.ts'
import type { GraphProto, ModelProto, NodeProto } from '../../onnx/messages.ts'
import type { Dtype } from '../../tensor/dtype.ts'
import { downloadsOf, packedDownload } from './downloads.ts'
import { countsIn, isHost, LACKED, type Phases, phasesOf } from './phases.ts'
import { valueTypes } from './value-types.ts'

export interface GpuGraph {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Names of the nodes to keep from the GPU, which may have taken them. */
  readonly hostNodes: readonly string[]
  /**
   * Tensors that come down from the GPU while the graph runs: how often the host waits. Outputs are not counted. Undefined where
   * ONNX Runtime decides.
   */
  readonly downloads?: number
}

/** A device may lack it where ONNX Runtime has kernels of it. */
const FLOAT16: ReadonlySet<string | undefined> = new Set(['float16'])

/** No GPU takes a node that begins with one of these. */
const WIDE: ReadonlySet<string | undefined> = new Set(['int64', 'float64'])

/** Characters of such names that ONNX Runtime takes, each with what parts it from the next. */
const MOST_CHARACTERS = 8192

/**
 * The bytes of an ONNX file -> the same graph for WebGPU. What it lacks (suppression, selection, numbers of 64 bits) and what
 * stands between such nodes is the host's; whenever the host's turn comes, all that it needs of the GPU comes down as one tensor.
 * Nothing else is computed than before. In a graph with more such nodes than can be named, about 2000, those of float16 alone are
 * named, and ONNX Runtime places the others by itself. Throws `GraphError` where the bytes are not an ONNX file.
 */
export function gpuGraph(bytes: Uint8Array): GpuGraph {
  const model = decodeModel(bytes)
  const { graph } = model
  const phases = phasesOf(graph)
  const own = hostNodes(graph, phases)
  const packed = downloadsOf(graph, phases).map((download) => packedDownload(download))
  const keep = keeper(valueTypes(graph))
  const renamed = new Map(packed.flatMap(({ renamed }) => [...renamed]))
  const nodes = graph.node.map((node) => {
    if (!own.has(node)) return node
    return keep.onHost({ ...node, input: node.input.map((name) => renamed.get(name) ?? name) })
  })
  const turns = turnsOf(graph, phases)
  const order = [
    ...packed.flatMap(({ phase, packing, unpacking }) =>
      [...packing, ...unpacking.map(keep.onHost)].map((node) => ({ node, turn: phase - 0.5 })),
    ),
    ...nodes.map((node, i) => ({ node, turn: turns[i] })),
  ].sort((a, b) => a.turn - b.turn)
  if (keep.names.join(' ').length >= MOST_CHARACTERS) return withoutFloat16(model)
  const initializer = [...graph.initializer, ...packed.flatMap((download) => download.constants)]
  return {
    bytes: encodeModel({ ...model, graph: { ...graph, initializer, node: order.map(({ node }) => node) } }),
    hostNodes: keep.names,
    downloads: packed.reduce((sum, { tensors }) => sum + tensors, 0),
  }
}

/** Float16 alone is kept from the GPU. */
function withoutFloat16(model: ModelProto): GpuGraph {
  const types = valueTypes(model.graph)
  const keep = keeper(types)
  const node = model.graph.node.map((each) => {
    return countsIn(FLOAT16, each, types) ? keep.onHost(each) : each
  })
  return { bytes: encodeModel({ ...model, graph: { ...model.graph, node } }), hostNodes: keep.names }
}

/**
 * Gives nodes, and those in their bodies, short names by which they are kept from the GPU. A node that begins with numbers of 64 bits keeps its name: no GPU takes it.
 */
function keeper(types: ReadonlyMap<string, Dtype>) {
  const names: string[] = []
  const onHost = (node: NodeProto): NodeProto => {
    const attribute = node.attribute.map((each) =>
      each.g ? { ...each, g: { ...each.g, node: each.g.node.map(onHost) } } : each,
    )
    if (node.opType !== 'Shape' && WIDE.has(types.get(node.input[0]))) return { ...node, attribute }
    const name = names.length.toString(36)
    names.push(name)
    return { ...node, name, attribute }
  }
  return { names, onHost }
}

/** Nodes of the host's phases, and those of sizes that it reads. */
function hostNodes(graph: GraphProto, { ofNode, ofValue }: Phases): Set<NodeProto> {
  const types = valueTypes(graph)
  const found = new Set<NodeProto>()
  /** What nodes of the host read, and what is on neither side by itself. */
  const wanted = new Set<string>()
  for (const node of [...graph.node].reverse()) {
    const phase = ofNode.get(node)
    const isOfSizes = phase === undefined && node.opType !== 'Shape'
    const isItsSize = node.opType === 'Shape' && isHost(ofValue.get(node.input[0]) ?? 0)
    const isWanted =
      isOfSizes && (countsIn(LACKED, node, types) || node.output.some((name) => wanted.has(name)))
    if (!isItsSize && !isWanted && !(phase !== undefined && isHost(phase))) continue
    found.add(node)
    for (const name of node.input) wanted.add(name)
  }
  return found
}

/** A place in the order of phases for every node, also those of sizes: none before what it reads. */
function turnsOf(graph: GraphProto, { ofNode }: Phases): number[] {
  const ofValue = new Map<string, number>()
  return graph.node.map((node) => {
    const turn = ofNode.get(node) ?? Math.max(0, ...node.input.map((name) => ofValue.get(name) ?? 0))
    for (const name of node.output) ofValue.set(name, turn)
    return turn
  })
}
