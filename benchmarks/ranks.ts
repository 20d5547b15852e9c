/**
 * Two processes of one thread each, started by `mpirun`, beside one process with two threads that takes twice the batch: the same
 * images a step, of any training configuration with an even `batchSize`.
 *
 *     npx tsx benchmarks/ranks.ts CONFIG DIR [rounds=2] [steps=8] [SETTING=VALUE...]
 *
 * Trainings in DIR, which must be new or empty, in turns; a step is the median over all rounds without the first two of each, its
 * waiting for images included. Told beside the ratio: by how much losses and norm of the gradient of the first round differ, step by
 * step, as a part of themselves. Needs Open MPI and koffi. Figures: docs/benchmarks.md.
 */
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { quantile } from '../src/cli/bench/quantile.ts'
import { loadConfig } from '../src/cli/train-run.ts'
import { finished, startCommand } from '../test/end-to-end/command-line.ts'
import { mpiMissing, startRanks } from '../test/end-to-end/mpirun.ts'
import { argumentsOr } from './usage.ts'

const [config, folder, ...rest] = argumentsOr(
  'ranks.ts CONFIG DIR [rounds=2] [steps=8] [SETTING=VALUE...]',
  2,
)
const settings = rest.filter((argument) => argument.includes('='))
const [rounds = '2', steps = '8'] = rest.filter((argument) => !argument.includes('='))
const WARM = 2

interface Line {
  readonly step: number
  readonly step_ms: number
  readonly wait_ms: number
  readonly [name: string]: number
}

const missing = mpiMissing()
if (missing) throw new Error(missing)
mkdirSync(folder, { recursive: true })
if (readdirSync(folder).length > 0) throw new Error(`${folder}: expected a folder that is new or empty`)
const cwd = process.cwd()
const set = (text: string) => ['--set', text]
const loaded = await loadConfig(config, { device: 'cpu' })
const asked = settings.find((setting) => setting.startsWith('batchSize='))
const images = asked ? Number(asked.slice('batchSize='.length)) : loaded.batchSize
if (images % 2 !== 0) throw new Error(`batchSize ${images}: two processes need an even one`)
const common = [
  ...settings.flatMap(set),
  ...['logEvery=1', 'saveEvery=1000000', 'data.val=null'].flatMap(set),
  ...['--max-steps', steps],
]
const ways: Readonly<Record<'one' | 'two', (out: string) => ChildProcess>> = {
  one: (out) =>
    startCommand(
      ['train', config, '--out', out, ...common, ...set(`batchSize=${images}`), '--threads', '2'],
      { cwd },
    ),
  two: (out) =>
    startRanks(
      2,
      ['train', config, '--out', out, ...common, ...set(`batchSize=${images / 2}`), '--threads', '1'],
      { cwd },
    ),
}

async function trained(way: keyof typeof ways, round: number): Promise<Line[]> {
  const out = path.join(folder, `${way}-${round}`)
  const { status, stderr } = await finished(ways[way](out))
  if (status !== 0) throw new Error(stderr)
  const lines = readFileSync(path.join(out, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line)).filter((line) => 'loss' in line)
}

const samples = { one: [] as number[], two: [] as number[] }
let first: { one: Line[]; two: Line[] } | undefined
for (let round = 0; round < Number(rounds); round++) {
  const lines = { one: await trained('one', round), two: await trained('two', round) }
  first ??= lines
  for (const way of ['one', 'two'] as const)
    samples[way].push(...lines[way].slice(WARM).map(({ step_ms, wait_ms }) => (step_ms + wait_ms) / 1000))
}
const [one, two] = [samples.one, samples.two].map((seconds) => quantile(seconds, 0.5))
console.log(
  `a step of ${images} images: one process with two threads ${one.toFixed(2)} s, two with one thread ${two.toFixed(2)} s; ratio ${(two / one).toFixed(2)}`,
)
for (const [i, line] of first!.one.entries()) {
  const names = Object.keys(line).filter((name) => /^loss|^gradient_norm$/.test(name))
  const off = names.map(
    (name) => `${name} ${Math.abs(first!.two[i][name] / line[name] - 1).toExponential(0)}`,
  )
  console.log(`step ${line.step}: differ by ${off.join(', ')}`)
}
