import { SessionError } from '../errors.ts'

/** Time spent in one kind of op. A node with a graph inside (If, Loop) also counts the time of the nodes in it. */
export interface OpProfile {
  readonly op: string
  /** Runs of nodes of this op. */
  readonly count: number
  readonly milliseconds: number
  /** Part of the time of all ops, 0 to 1. */
  readonly share: number
}

interface TraceEvent {
  readonly cat: string
  readonly name: string
  /** Microseconds. */
  readonly dur: number
  readonly args: { readonly op_name?: string }
}

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
  const byOp = new Map<string, { count: number; milliseconds: number }>()
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || args?.op_name === undefined) continue
    const sum = byOp.get(args.op_name) ?? { count: 0, milliseconds: 0 }
    byOp.set(args.op_name, { count: sum.count + 1, milliseconds: sum.milliseconds + dur / 1000 })
  }
  const total = [...byOp.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  return [...byOp]
    .map(([op, sum]) => ({ op, ...sum, share: total > 0 ? sum.milliseconds / total : 0 }))
    .sort((a, b) => b.milliseconds - a.milliseconds)
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
