/**
 * COCO's mask figures of a large data set, from the two files to the printed figures, against pycocotools in one run. Each
 * measurement is a process of its own, start-up included; the sides take turns, and the fastest of their rounds are compared.
 *
 *     npx tsx benchmarks/coco.ts ANNOTATIONS RESULTS [rounds]
 *
 * Ours is `maskwright evaluate --results RESULTS --annotations ANNOTATIONS --iou segm --json`. The peer needs a Python with
 * pycocotools, named by PYTHON (default python3). Figures: docs/benchmarks.md.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { main } from '../src/cli/main.ts'
import { argumentsOr } from './usage.ts'

interface Measurement {
  readonly seconds: number
  readonly peakBytes: number
  readonly figures: readonly number[]
}

const SELF = fileURLToPath(import.meta.url)
const PEER = fileURLToPath(new URL('pycocotools/evaluate.py', import.meta.url))

function timed(program: string, args: readonly string[]): Measurement {
  const started = performance.now()
  const printed = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return { seconds: (performance.now() - started) / 1000, ...JSON.parse(printed) }
}

/** Runs the command in this process, with its output and the peak of memory put into one line. */
async function own(annotations: string, results: string): Promise<void> {
  const printed: string[] = []
  const write = process.stdout.write
  process.stdout.write = (text: string | Uint8Array) => printed.push(String(text)) > 0
  const code = await main([
    'evaluate',
    '--results',
    results,
    '--annotations',
    annotations,
    '--iou',
    'segm',
    '--json',
  ])
  process.stdout.write = write
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
  const { segm } = JSON.parse(printed.join(''))
  console.log(JSON.stringify({ figures: Object.values(segm), peakBytes: Number(peak?.[1]) * 1024 }))
  process.exitCode = code
}

function compare(annotations: string, results: string, rounds: number): void {
  const files = [annotations, results]
  const turns = Array.from({ length: rounds }, () => ({
    ours: timed(process.execPath, ['--import', 'tsx', SELF, 'own', ...files]),
    theirs: timed(process.env.PYTHON ?? 'python3', [PEER, ...files]),
  }))
  const [{ ours, theirs }] = turns
  const differences = ours.figures.map((figure, i) => Math.abs(figure - theirs.figures[i]))
  console.log(`largest difference of the twelve figures: ${Math.max(...differences)}`)
  const line = (name: string, unit: string, of: (side: Measurement) => number) => {
    const [a, b] = (['ours', 'theirs'] as const).map((side) =>
      Math.min(...turns.map((turn) => of(turn[side]))),
    )
    console.log(
      `${name}: ours ${a.toFixed(2)} ${unit}, pycocotools ${b.toFixed(2)} ${unit}, ratio ${(a / b).toFixed(2)}`,
    )
  }
  line('time', 's', ({ seconds }) => seconds)
  line('peak memory', 'GiB', ({ peakBytes }) => peakBytes / 2 ** 30)
}

const [task, ...rest] = argumentsOr(
  'coco.ts ANNOTATIONS RESULTS [ROUNDS]   (COCO files; needs a Python with pycocotools, named by PYTHON; 3 rounds)',
  2,
)
if (task === 'own') await own(rest[0], rest[1])
else compare(task, rest[0], Number(rest[1] ?? 3))
