/**
 * Which nodes of an inference graph a GPU computes and which the host, so that data goes back and forth as seldom as the graph
 * allows: work is cut into phases, even ones on the GPU, odd ones on the host, and none begins before those below it.
 */
import type { GraphProto, NodeProto } from '../../onnx/messages.ts'
import type { Dtype } from '../../tensor/dtype.ts'
import { valueTypes } from './value-types.ts'

export interface Phases {
  /** Phase of every node that reads data; nodes of sizes and constants alone have none. */
  readonly ofNode: ReadonlyMap<NodeProto, number>
  /** Phase that makes a value: 0 for inputs of the graph, none for sizes, constants and what follows from them. */
  readonly ofValue: ReadonlyMap<string, number>
}

/** What a GPU is for. */
const DENSE: ReadonlySet<string> = new Set([
  ...['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Resize'],
  ...['MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool'],
])

/** What WebGPU lacks in ONNX Runtime, or is slower at than any host. */
const SELECTING: ReadonlySet<string> = new Set([
  ...['NonMaxSuppression', 'NonZero', 'TopK', 'ArgMax', 'Range', 'RoiAlign'],
  ...['ScatterElements', 'ScatterND', 'Loop', 'If'],
])

/** Dtypes that WebGPU does not count in, and one that some devices lack. */
export const LACKED: ReadonlySet<string | undefined> = new Set(['int64', 'float64', 'float16'])

/** Whether a node begins or ends with one of these dtypes. */
export function countsIn(
  dtypes: ReadonlySet<string | undefined>,
  { input, output }: NodeProto,
  types: ReadonlyMap<string, Dtype>,
): boolean {
  return [input[0], output[0]].some((name) => dtypes.has(types.get(name)))
}

type Side = 'gpu' | 'host' | 'either'

interface Step {
  readonly node: NodeProto
  readonly side: Side
  /** Names of the data it reads. */
  readonly data: readonly string[]
}

/** As few phases as the graph allows; between its borders data stays where it is. */
export function phasesOf(graph: GraphProto): Phases {
  const steps = dataSteps(graph)
  const earliest = forwards(graph, steps, (_, most) => most)
  const last = Math.max(0, ...earliest.ofNode.values())
  const latest = latestPhases(steps, last)
  const ofStep = ({ node, data }: Step, most: number, ofValue: ReadonlyMap<string, number>) => {
    // What joins data of both may as well wait for the GPU's turn: large tables then never leave it.
    const joins = isHost(most) && data.some((name) => !isHost(ofValue.get(name)!))
    return joins && latest.get(node)! > most ? most + 1 : most
  }
  const phases = forwards(graph, steps, ofStep)
  return withDecisionsOnHost(graph, steps, phases)
}

export function isHost(phase: number): boolean {
  return phase % 2 === 1
}

/** Nodes that read data, directly or through others: not those of sizes and constants. */
function dataSteps(graph: GraphProto): Step[] {
  const types = valueTypes(graph)
  const data = new Set(graph.input.map(({ name }) => name))
  for (const { name } of graph.initializer) data.delete(name ?? '')
  return graph.node.flatMap((node): Step[] => {
    const read = node.input.filter((name) => data.has(name))
    if (node.opType === 'Shape' || read.length === 0) return []
    for (const name of node.output) data.add(name)
    const side =
      countsIn(LACKED, node, types) || SELECTING.has(node.opType)
        ? 'host'
        : DENSE.has(node.opType)
          ? 'gpu'
          : 'either'
    return [{ node, side, data: read }]
  })
}

type Choice = (step: Step, most: number, ofValue: ReadonlyMap<string, number>) => number

/** Phases from the inputs on: none before what a node reads; `choose` says which for those that may run on either side. */
function forwards(graph: GraphProto, steps: readonly Step[], choose: Choice): Phases {
  const ofValue = new Map(graph.input.map(({ name }) => [name, 0]))
  const ofNode = new Map<NodeProto, number>()
  for (const step of steps) {
    const most = Math.max(...step.data.map((name) => ofValue.get(name)!))
    const phase = fits(step.side, most)
      ? step.side === 'either'
        ? choose(step, most, ofValue)
        : most
      : most + 1
    ofNode.set(step.node, phase)
    for (const name of step.node.output) ofValue.set(name, phase)
  }
  return { ofNode, ofValue }
}

function fits(side: Side, phase: number): boolean {
  return side === 'either' || (side === 'host') === isHost(phase)
}

/** The latest phase of each node with which the graph ends in phase `last`. */
function latestPhases(steps: readonly Step[], last: number): ReadonlyMap<NodeProto, number> {
  const latest = new Map<NodeProto, number>()
  const ofValue = new Map<string, number>()
  for (const { node, side, data } of [...steps].reverse()) {
    const bound = Math.min(last, ...node.output.map((name) => ofValue.get(name) ?? last))
    const phase = fits(side, bound) ? bound : bound - 1
    latest.set(node, phase)
    for (const name of data) ofValue.set(name, Math.min(ofValue.get(name) ?? last, phase))
  }
  return latest
}

/** Comparisons that only the host reads are its own: what they compare is wanted there too. */
function withDecisionsOnHost(graph: GraphProto, steps: readonly Step[], phases: Phases): Phases {
  const types = valueTypes(graph)
  const [ofNode, ofValue] = [new Map(phases.ofNode), new Map(phases.ofValue)]
  const readers = new Map<string, number[]>()
  for (const { node, data } of [...steps].reverse()) {
    const phase = ofNode.get(node)!
    const reading = node.output.flatMap((name) => readers.get(name) ?? [])
    const next = Math.min(...reading)
    if (
      types.get(node.output[0]) === 'bool' &&
      !isHost(phase) &&
      reading.length > 0 &&
      reading.every(isHost)
    ) {
      ofNode.set(node, next)
      for (const name of node.output) ofValue.set(name, next)
    }
    for (const name of data) readers.set(name, [...(readers.get(name) ?? []), ofNode.get(node)!])
  }
  return { ofNode, ofValue }
}
