/**
 * Loading a Mask R-CNN on ResNet-50 of random weights from its file (91 classes, 44 M parameters) until its session is ready to run,
 * by the built package, in processes of their own, graphs kept against not kept, in turns. Needs `npm run build`.
 *
 *     npx tsx benchmarks/load.ts fp16|fp32 [ROUNDS] [--json]
 *
 * Modules are imported before. Figures: docs/performance.md.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBusyModel } from '../src/cli/bench/busy-model.ts'
import { quantile } from '../src/cli/bench/quantile.ts'
import { busyR50 } from './performance/busy-r50.ts'
import { argumentsOr } from './usage.ts'

interface Load {
  readonly seconds: number
  readonly peakBytes: number
}

const LOAD = `
import { Detector } from '${new URL('../dist/index.node.js', import.meta.url)}'
import { peakBytes } from '${new URL('../dist/cli/bench/peak-memory.js', import.meta.url)}'
const started = performance.now()
const detector = await Detector.load(process.argv[1], { device: 'cpu' })
const seconds = (performance.now() - started) / 1000
console.log(JSON.stringify({ seconds, peakBytes: peakBytes() }))
await detector.dispose()
`

const median = (values: readonly number[]) => quantile(values, 0.5)

const usage = 'load.ts fp16|fp32 [ROUNDS] [--json]   (needs `npm run build`)'
const [precision, rounds = '7'] = argumentsOr(usage, 1).filter((argument) => argument !== '--json')
const folder = mkdtempSync(join(tmpdir(), 'maskwright-load-'))
try {
  const file = join(folder, 'r50.safetensors')
  writeFileSync(file, encodeBusyModel(await busyR50(), { float16: precision === 'fp16' }))
  const load = (keptGraphs: 'on' | 'off') => {
    const env = {
      ...process.env,
      MASKWRIGHT_CACHE: join(folder, 'cache'),
      MASKWRIGHT_KEPT_GRAPHS: keptGraphs,
    }
    const line = ['--input-type=module', '-e', LOAD, file]
    return JSON.parse(execFileSync(process.execPath, line, { env, encoding: 'utf8' })) as Load
  }
  const first = load('on')
  const turns = Array.from({ length: Number(rounds) }, () => ({ kept: load('on'), made: load('off') }))
  const of = (side: 'kept' | 'made', part: keyof Load) => turns.map((turn) => turn[side][part])
  const samples = { seconds: of('kept', 'seconds'), madeSeconds: of('made', 'seconds') }
  const figures = {
    seconds: median(samples.seconds),
    peakBytes: median(of('kept', 'peakBytes')),
    firstSeconds: first.seconds,
    madeSeconds: median(samples.madeSeconds),
    madePeakBytes: median(of('made', 'peakBytes')),
  }
  if (process.argv.includes('--json')) console.log(JSON.stringify({ figures, samples }))
  else {
    const told = (seconds: number, bytes: number) =>
      `${seconds.toFixed(2)} s, ${(bytes / 2 ** 20).toFixed(0)} MiB at the peak`
    console.log(
      `${precision}: kept ${told(figures.seconds, figures.peakBytes)}; not kept ${told(figures.madeSeconds, figures.madePeakBytes)}; the first time ${figures.firstSeconds.toFixed(2)} s`,
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
