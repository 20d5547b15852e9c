/** A process of its own measures what only a fresh one can: its start, and the most memory it ever held. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { DataError } from '../../errors.ts'
import { nodePlatform } from '../../node/platform.ts'
import { loadDetector } from '../../predict/detector.ts'
import type { Session } from '../../runtime/session.ts'
import { peakBytes } from './peak-memory.ts'
import type { Subject } from './subject.ts'

/** Seconds. */
export interface ColdStart {
  /** From the start of the process to the masks of the first image. */
  readonly total: number
  /** Until the code is there. */
  readonly import: number
  /** Until the model is read and its graph built. */
  readonly load: number
  /** Until the runtime has prepared the graph. */
  readonly session: number
  /** Until the first image is decoded and its masks are there. */
  readonly firstRun: number
}

/** Seconds of one image. */
export interface Round {
  /** From the image file to masks. */
  readonly latency: number
  /** From its pixels to masks. */
  readonly predict: number
  /** In the runtime. */
  readonly network: number
}

/** What a fresh process prints. */
export interface FreshRun {
  readonly coldStart: ColdStart
  readonly instances: number
  readonly width: number
  readonly height: number
  readonly rounds: readonly Round[]
  /** Images a second where one comes after the other; undefined without rounds. */
  readonly throughput?: number
  readonly peakBytes: number
}

/** Tiles would make several views of a large picture. */
const ONE_VIEW = { tile: 'off' } as const

/** Runs in the fresh process. `rounds` may be 0: then only the start is measured. */
export async function freshRun(
  { model, image, score, device, threads }: Subject,
  rounds: number,
): Promise<FreshRun> {
  const options = { score, ...ONE_VIEW }
  const imported = seconds()
  let [loaded, prepared] = [0, 0]
  const networks: number[] = []
  const detector = await loadDetector(
    {
      ...nodePlatform,
      createSession: async (graph, options) => {
        loaded = seconds()
        const session = await nodePlatform.createSession(graph, options)
        prepared = seconds()
        return timed(session, networks)
      },
    },
    model,
    { device, threads },
  )
  const { instances, width, height } = await detector.detect(image, options)
  const total = seconds()
  const coldStart = {
    total,
    import: imported,
    load: loaded - imported,
    session: prepared - loaded,
    firstRun: total - prepared,
  }
  const measured: Round[] = []
  for (let round = 0; round < rounds; round++) {
    const started = seconds()
    const { milliseconds } = await detector.detect(image, options)
    const latency = seconds() - started
    measured.push({ latency, predict: milliseconds / 1000, network: networks.at(-1)! })
  }
  const throughput =
    rounds > 0
      ? await imagesPerSecond(detector.detectAll(Array<string>(rounds).fill(image), options))
      : undefined
  await detector.dispose()
  return {
    ...{ coldStart, instances: instances.length, width, height, rounds: measured, throughput },
    peakBytes: peakBytes(),
  }
}

async function imagesPerSecond(found: AsyncIterable<unknown>): Promise<number> {
  const started = seconds()
  let done = 0
  for await (const _ of found) done++
  return done / (seconds() - started)
}

/** Seconds since the process began. */
const seconds = () => performance.now() / 1000

function timed(session: Session, into: number[]): Session {
  return {
    ...session,
    run: async (feeds, options) => {
      const started = seconds()
      const results = await session.run(feeds, options)
      into.push(seconds() - started)
      return results
    },
  }
}

/** This package's command. */
const COMMAND = fileURLToPath(new URL('../../../bin/maskwright.js', import.meta.url))

/** Starts a fresh process that does `freshRun`. Throws `DataError` with what it said where it fails. */
export async function inFreshProcess(
  subject: Subject,
  rounds: number,
  signal?: AbortSignal,
): Promise<FreshRun> {
  const { model, image, score, device, threads } = subject
  const args = [
    ...['bench', '--fresh', '--model', model, '--image', image, '--score', `${score}`],
    ...['--device', device, '--rounds', `${rounds}`, ...(threads ? ['--threads', `${threads}`] : [])],
  ]
  const child = spawn(process.execPath, [COMMAND, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const printed = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      printed[stream] += text
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  }).catch((error) => {
    signal?.throwIfAborted()
    throw error
  })
  signal?.throwIfAborted()
  if (code === 0) return JSON.parse(printed.stdout)
  const said = printed.stderr
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^maskwright: /, '')
  throw new DataError(said || 'the measured process ended without a word, perhaps for want of memory')
}
