import { SessionError } from '../errors.ts'

/** Time spent in one kind of op. A node with a graph inside (If, Loop) also counts the time of the nodes in it. */
export interface OpProfile {
  readonly op: string
  /** Runs of nodes of this op. */
  readonly count: number
  readonly milliseconds: number
  /** Part of the time of all ops, 0 to 1. */
  readonly share: number
  /** The same node by node, in the order of their first runs. */
  readonly nodes: readonly NodeProfile[]
}

/** Time spent in one node on tensors of the same shapes. */
export interface NodeProfile {
  readonly name: string
  /**
   * Dotted path of the module in the model that the node belongs to. Of a node that the runtime added and gave no such name it is
   * that of the node before it.
   */
  readonly module: string
  readonly count: number
  readonly milliseconds: number
  /** Shapes; inputs that the runtime keeps in a layout of its own are missing. */
  readonly inputs: readonly (readonly number[])[]
  readonly outputs: readonly (readonly number[])[]
}

/** The shape of a tensor under the name of its type. */
type TypedShape = Readonly<Record<string, readonly number[]>>

interface TraceEvent {
  readonly cat: string
  readonly name: string
  /** Microseconds. */
  readonly dur: number
  readonly args: {
    readonly op_name?: string
    readonly input_type_shape?: readonly TypedShape[]
    readonly output_type_shape?: readonly TypedShape[]
  }
}

const KERNEL = '_kernel_time'

/**
 * Sums ONNX Runtime's profile (a JSON array of trace events) by op, longest first. Throws `SessionError` where the
 * text is not such a profile.
 */
export function parseProfile(text: string): OpProfile[] {
  let events: TraceEvent[]
  try {
    events = JSON.parse(text)
    if (!Array.isArray(events)) throw new TypeError('not an array')
  } catch (cause) {
    throw new SessionError('not a profile of ONNX Runtime', {}, { cause })
  }
  const byOp = new Map<string, Map<string, NodeProfile>>()
  let module = ''
  for (const { cat, name: event, dur, args } of events) {
    if (cat !== 'Node' || !event.endsWith(KERNEL) || args?.op_name === undefined) continue
    const name = event.slice(0, -KERNEL.length)
    module = moduleOf(name) ?? module
    const inputs = shapesOf(args.input_type_shape)
    const outputs = shapesOf(args.output_type_shape)
    const nodes = byOp.get(args.op_name) ?? new Map<string, NodeProfile>()
    const key = JSON.stringify([name, inputs, outputs])
    const { count, milliseconds } = nodes.get(key) ?? { count: 0, milliseconds: 0 }
    byOp.set(
      args.op_name,
      nodes.set(key, {
        name,
        module,
        count: count + 1,
        milliseconds: milliseconds + dur / 1000,
        inputs,
        outputs,
      }),
    )
  }
  const ops = [...byOp].map(([op, entries]) => {
    const nodes = [...entries.values()]
    return { op, count: sum(nodes, 'count'), milliseconds: sum(nodes, 'milliseconds'), nodes }
  })
  const total = sum(ops, 'milliseconds')
  return ops
    .map(({ op, count, milliseconds, nodes }) => {
      const share = total > 0 ? milliseconds / total : 0
      return { op, count, milliseconds, share, nodes }
    })
    .sort((a, b) => b.milliseconds - a.milliseconds)
}

/** Nodes of a graph are called `module/Op_2`; fused ones have `fused ` before it. */
function moduleOf(name: string): string | undefined {
  return /^(?:fused )?([^/]+)\//.exec(name)?.[1]
}

function shapesOf(typed: readonly TypedShape[] = []): (readonly number[])[] {
  return typed.flatMap((shape) => Object.values(shape))
}

function sum<K extends string>(rows: readonly Readonly<Record<K, number>>[], key: K): number {
  return rows.reduce((total, row) => total + row[key], 0)
}

/** The profile as lines of text: op, count, milliseconds, share. */
export function formatProfile(profile: readonly OpProfile[]): string {
  const rows = profile.map(({ op, count, milliseconds, share }) => [
    op,
    `${count}`,
    milliseconds.toFixed(2),
    `${(share * 100).toFixed(1)}%`,
  ])
  const table = [['op', 'count', 'ms', 'share'], ...rows]
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  return table
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
    )
    .join('\n')
}
