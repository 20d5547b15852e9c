/**
 * COCO's mask figures of a large data set, from the two files to the printed figures, against faster-coco-eval, and against
 * pycocotools where asked for. Each measurement is a process of its own, start-up included; the sides take turns, and the
 * medians of their rounds are compared.
 *
 *     npm run build
 *     PYTHON=venv/bin/python npx tsx benchmarks/coco.ts ANNOTATIONS RESULTS [ROUNDS] [--pycocotools] [--json]
 *
 * Ours is `maskwright evaluate --results RESULTS --annotations ANNOTATIONS --iou segm --json` as it is installed. PYTHON (default
 * python3) has the peers. Figures: docs/performance.md.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { quantile } from '../src/cli/bench/quantile.ts'
import { argumentsOr } from './usage.ts'

interface Measurement {
  readonly seconds: number
  readonly peakBytes: number
  readonly figures: readonly number[]
  readonly version?: string
}

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

function timed(program: string, args: readonly string[]): Measurement {
  const started = performance.now()
  const printed = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return { seconds: (performance.now() - started) / 1000, ...JSON.parse(printed) }
}

const median = (values: readonly number[]) => quantile(values, 0.5)

function largestDifference(ours: Measurement, theirs: Measurement): number {
  return Math.max(...ours.figures.map((figure, i) => Math.abs(figure - theirs.figures[i])))
}

const given = argumentsOr(
  'coco.ts ANNOTATIONS RESULTS [ROUNDS] [--pycocotools] [--json]   (COCO files; 3 rounds; needs `npm run build`, and a Python with the peers, named by PYTHON)',
  2,
)
const [annotations, results, rounds = '3'] = given.filter((one) => !one.startsWith('--'))
if (!existsSync(fileOf('../dist/cli/main.js'))) {
  console.error('The built command is measured: run `npm run build` first.')
  process.exit(2)
}
const python = process.env.PYTHON ?? 'python3'
const peers = ['faster-coco-eval', ...(given.includes('--pycocotools') ? ['pycocotools'] : [])]
const sides = {
  ours: () => timed(process.execPath, [fileOf('coco/evaluate.js'), annotations, results]),
  ...Object.fromEntries(
    peers.map((peer) => [
      peer,
      () => timed(python, [fileOf('coco/evaluate.py'), peer, annotations, results]),
    ]),
  ),
}
const measured = new Map<string, Measurement[]>(Object.keys(sides).map((side) => [side, []]))
for (let round = 0; round < Number(rounds); round++) {
  for (const [side, measure] of Object.entries(sides)) {
    const one = measure()
    measured.get(side)?.push(one)
    console.error(`${side}: ${one.seconds.toFixed(2)} s, ${(one.peakBytes / 2 ** 30).toFixed(2)} GiB`)
  }
}
const of = (side: string, key: 'seconds' | 'peakBytes') => (measured.get(side) ?? []).map((one) => one[key])
const ratio = (peer: string, key: 'seconds' | 'peakBytes') => median(of('ours', key)) / median(of(peer, key))
const [[ours]] = measured.values()
for (const peer of peers) {
  const [theirs] = measured.get(peer) ?? []
  console.error(
    `of ${peer} ${theirs.version}: time ${ratio(peer, 'seconds').toFixed(2)}, peak memory ${ratio(peer, 'peakBytes').toFixed(2)}, ` +
      `largest difference of the twelve figures ${largestDifference(ours, theirs)}`,
  )
}
if (given.includes('--json')) {
  const [peer] = peers
  const [theirs] = measured.get(peer) ?? []
  const figures = {
    timeRatio: ratio(peer, 'seconds'),
    memoryRatio: ratio(peer, 'peakBytes'),
    oursTime: median(of('ours', 'seconds')),
    fasterCocoEvalTime: median(of(peer, 'seconds')),
    oursPeakBytes: median(of('ours', 'peakBytes')),
    fasterCocoEvalPeakBytes: median(of(peer, 'peakBytes')),
    largestDifference: largestDifference(ours, theirs),
  }
  const samples = { oursTime: of('ours', 'seconds'), fasterCocoEvalTime: of(peer, 'seconds') }
  console.log(JSON.stringify({ figures, peers: `${peer} ${theirs.version}`, samples }))
}
