/** What was measured, for people. */
import { aligned } from '../data/text-table.ts'
import type { ModelMeasurement } from './measure-model.ts'

/** Everything that counts, in one line. */
export function summaryLine(model: string, measured: ModelMeasurement): string {
  const { width, height, instances, latency, throughput, peakBytes, coldStart: cold } = measured
  const { gflops, gemmPeak } = measured
  const start = `cold start ${time(cold.total)} (import ${time(cold.import)}, load ${time(cold.load)}, session ${time(cold.session)}, first run ${time(cold.firstRun)})`
  const speed = `${gflops.toFixed(0)} of ${gemmPeak.toFixed(0)} GFLOP/s (${percent(gflops / gemmPeak)})`
  return [
    `${model}, ${height}x${width}, ${instances} instances: ${time(latency.median)} (p95 ${time(latency.p95)})`,
    `${throughput.toPrecision(3)} images/s`,
    `${(peakBytes / 2 ** 20).toFixed(0)} MiB at the peak`,
    start,
    speed,
  ].join(', ')
}

/** A line for each stage. */
export function stageTable({ stages }: ModelMeasurement): string[] {
  return table(
    ['stage', ...PART],
    stages.map(({ stage, ...part }) => [stage, ...cells(part)]),
  )
}

/** Ops that take less than this part of the time are told together. */
const LEAST_SHARE = 0.005

/** A line for each kind of op of the network. */
export function opTable({ ops }: ModelMeasurement): string[] {
  const small = ops.filter(({ share }) => share < LEAST_SHARE)
  const sum = (of: 'nodes' | 'seconds' | 'share' | 'gflop') => small.reduce((all, op) => all + op[of], 0)
  const rest = {
    op: `${small.length} others`,
    nodes: sum('nodes'),
    seconds: sum('seconds'),
    share: sum('share'),
    gflop: sum('gflop'),
  }
  const shown = [...ops.filter(({ share }) => share >= LEAST_SHARE), ...(small.length > 0 ? [rest] : [])]
  return table(
    ['op', 'nodes', ...PART],
    shown.map(({ op, nodes, ...part }) => [op, `${Math.round(nodes)}`, ...cells(part)]),
  )
}

const PART = ['time', 'share', 'GFLOP', 'GFLOP/s']

function cells({
  seconds,
  share,
  gflop,
  gflops,
}: Omit<ModelMeasurement['stages'][number], 'stage'>): string[] {
  return [time(seconds), percent(share), gflop > 0 ? gflop.toFixed(2) : '', gflops?.toFixed(0) ?? '']
}

/** Names to the left, numbers to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return aligned(
    [head, ...rows],
    head.map((_, i) => i > 0),
  )
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`

function time(seconds: number): string {
  if (seconds >= 1) return `${seconds.toFixed(2)} s`
  return `${(1000 * seconds).toFixed(seconds < 0.01 ? 1 : 0)} ms`
}
