/** All that `maskwright bench` measures of one model. */
import { createSession } from '../../node/session.ts'
import { type ColdStart, inFreshProcess, type Round } from './fresh-run.ts'
import { gemmPeak } from './gemm-peak.ts'
import { profileModel } from './model-profile.ts'
import { quantile } from './quantile.ts'
import { STAGES, type Stage } from './stage.ts'
import type { Subject } from './subject.ts'

/** Fresh processes that only start; the one that also measures the rest starts as well. */
const MORE_STARTS = 2
const PROFILED_ROUNDS = 3

/** Seconds. */
interface Spread {
  readonly median: number
  readonly p95: number
}

/** Seconds and floating point operations of one image. */
interface Part {
  readonly seconds: number
  /** Of the time of all parts, 0 to 1. */
  readonly share: number
  readonly gflop: number
  /** 1e9 operations a second; undefined for what does no products. */
  readonly gflops?: number
}

export interface ModelMeasurement {
  readonly width: number
  readonly height: number
  readonly instances: number
  readonly rounds: readonly Round[]
  /** From the image file to masks. */
  readonly latency: Spread
  /** In the runtime alone. */
  readonly network: Spread
  /** Images a second, one after the other, the next decoded while one is looked at. */
  readonly throughput: number
  readonly peakBytes: number
  /** Medians of several processes, part by part. */
  readonly coldStart: ColdStart
  /** Floating point operations of one image, in 1e9: two for each multiply-add of convolutions and matrix products. */
  readonly gflop: number
  /** The whole network's, 1e9 a second. */
  readonly gflops: number
  /** The most of this machine and runtime with as many threads, from a large matrix product. */
  readonly gemmPeak: number
  readonly stages: readonly (Part & { readonly stage: Stage })[]
  readonly ops: readonly (Part & { readonly op: string; readonly nodes: number })[]
}

/**
 * Measures a model: in fresh processes its start, latency, throughput and memory; in this one where the time goes and what the
 * machine could do. `onStep` is called before each of `STEPS`.
 */
export async function measureModel(
  subject: Subject,
  rounds: number,
  {
    signal,
    onStep,
  }: { readonly signal: AbortSignal; readonly onStep: (step: (typeof STEPS)[number]) => void },
): Promise<ModelMeasurement> {
  const { device, threads } = subject
  const multiplied = async () => (await gemmPeak(createSession, { device, threads })) / 1e9
  onStep('starting')
  const starts: ColdStart[] = []
  for (let i = 0; i < MORE_STARTS; i++) starts.push((await inFreshProcess(subject, 0, signal)).coldStart)
  onStep('running')
  const run = await inFreshProcess(subject, rounds, signal)
  starts.push(run.coldStart)
  onStep('multiplying')
  const before = await multiplied()
  signal.throwIfAborted()
  onStep('profiling')
  const profile = await profileModel(subject, PROFILED_ROUNDS, signal)
  signal.throwIfAborted()
  // Other work on the machine may have disturbed one of two.
  const peak = Math.max(before, await multiplied())

  const latency = spread(run.rounds.map((round) => round.latency))
  const network = spread(run.rounds.map((round) => round.network))
  const outside: Partial<Record<Stage, number>> = {
    decode: median(run.rounds.map((round) => round.latency - round.predict)),
    paste: median(run.rounds.map((round) => round.predict - round.network)),
  }
  const seconds = (share = 0) => share * network.median
  const stages = STAGES.map((stage) => ({
    stage,
    ...profile.stages.get(stage),
    seconds: seconds(profile.stages.get(stage)?.share) + (outside[stage] ?? 0),
  }))
  const whole = stages.reduce((sum, stage) => sum + stage.seconds, 0)
  return {
    width: run.width,
    height: run.height,
    instances: run.instances,
    rounds: run.rounds,
    latency,
    network,
    throughput: run.throughput!,
    peakBytes: run.peakBytes,
    coldStart: medians(starts),
    gflop: profile.flop / 1e9,
    gflops: profile.flop / 1e9 / network.median,
    gemmPeak: peak,
    stages: stages.map(({ stage, seconds, flop }) => ({ stage, ...part(seconds, whole, flop) })),
    ops: [...profile.ops]
      .map(([op, { share, flop, nodes }]) => ({ op, nodes, ...part(seconds(share), network.median, flop) }))
      .toSorted((a, b) => b.seconds - a.seconds),
  }
}

export const STEPS = ['starting', 'running', 'multiplying', 'profiling'] as const

function part(seconds: number, whole: number, flop = 0): Part {
  const gflop = flop / 1e9
  return { seconds, share: seconds / whole, gflop, ...(gflop > 0 && { gflops: gflop / seconds }) }
}

const median = (values: readonly number[]) => quantile(values, 0.5)

function spread(values: readonly number[]): Spread {
  return { median: median(values), p95: quantile(values, 0.95) }
}

function medians(starts: readonly ColdStart[]): ColdStart {
  const of = (part: keyof ColdStart) => median(starts.map((start) => start[part]))
  return {
    total: of('total'),
    import: of('import'),
    load: of('load'),
    session: of('session'),
    firstRun: of('firstRun'),
  }
}
