/**
 * What a pretrained body, a frozen one and copy-paste are worth to somebody with few images: small models with a small budget,
 * three seeds each, by the command that users have.
 *
 *     npx tsx benchmarks/learning.ts run DATA OUT [--seeds 0,1,2] [--threads 1]
 *     npx tsx benchmarks/learning.ts table
 *
 * DATA holds `fruits` and `nuclei`, each with `images`, `annotations/train.json` and `annotations/val.json`; OUT takes the runs. `run`
 * makes the runs that learning/runs.json lacks, and can be stopped and called again. `table` writes the table of docs/benchmarks.md.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { writeFileAtomic } from '../src/node/files.ts'
import { spreadOf } from '../src/train/sweep.ts'
import { argumentsOr } from './usage.ts'

const RUNS = fileURLToPath(new URL('learning/runs.json', import.meta.url))
const PAGE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url))
const [BEGIN, END] = ['<!-- learning: written by benchmarks/learning.ts table -->', '<!-- /learning -->']

const DATA = {
  fruits: 'fruits, 14 photos, 80 steps',
  nuclei: 'nuclei, 50 images, 140 steps',
}

/** What differs from the configuration in learning/, which is the first. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  'pretrained, all of it learns': [],
  'from random numbers, with group norm': [
    'pretrained=null',
    'model.backbone.norm={"kind":"groupNorm","groups":8}',
  ],
  'pretrained, body frozen': ['freeze={"stages":5}'],
  'pretrained, copy-paste': ['augment.copyPaste={"probability":0.5}'],
}

interface Run {
  readonly data: keyof typeof DATA
  readonly variant: string
  readonly seed: number
  readonly AP: number
  readonly AP50: number
  readonly date: string
}

interface RunsFile {
  readonly command: string
  readonly machine: string
  readonly runs: readonly Run[]
}

const readRuns = (): RunsFile => JSON.parse(readFileSync(RUNS, 'utf8'))

async function addRun(run: Run): Promise<void> {
  const { command, runs } = readRuns()
  const machine = `${cpus()[0].model}, ${cpus().length} cores`
  const entries = [...runs, run].map((entry) => `    ${JSON.stringify(entry)}`)
  const head = JSON.stringify({ command, machine }, null, 2).slice(0, -2)
  await writeFileAtomic(RUNS, `${head},\n  "runs": [\n${entries.join(',\n')}\n  ]\n}\n`)
}

/** Trains with one seed, by the command; what it prints as JSON has the figures of the last step. */
function trained(
  data: Run['data'],
  variant: string,
  seed: number,
  place: { folder: string; out: string; threads: string },
): Run {
  const { folder, out, threads } = place
  const sides = (['train', 'val'] as const).flatMap((side) => [
    `data.${side}.images=${join(folder, data, 'images')}`,
    `data.${side}.annotations=${join(folder, data, 'annotations', `${side}.json`)}`,
  ])
  const settings = [...sides, ...VARIANTS[variant]].flatMap((text) => ['--set', text])
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      ...['bin/maskwright.js', 'train', `benchmarks/learning/${data}.ts`, '--json', '--threads', threads],
      ...['--out', join(out, data, variant.replace(/\W+/g, '-')), '--seeds', String(seed), ...settings],
    ],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  if (status !== 0) throw new Error(`${data}, ${variant}, seed ${seed}: the training ended with ${status}`)
  const [{ figures }] = JSON.parse(stdout).runs
  const [AP, AP50] = [figures.val_segm_AP, figures.val_segm_AP50]
  if (typeof AP !== 'number')
    throw new Error(`${data}, ${variant}, seed ${seed}: stopped; the same command goes on`)
  const date = new Date().toISOString().slice(0, 10)
  return { data, variant, seed, AP, AP50, date }
}

async function makeRuns(
  folder: string,
  out: string,
  seeds: readonly number[],
  threads: string,
): Promise<void> {
  for (const seed of seeds) {
    for (const data of Object.keys(DATA) as Run['data'][]) {
      for (const variant of Object.keys(VARIANTS)) {
        const isSame = (run: Run) => run.data === data && run.variant === variant && run.seed === seed
        if (readRuns().runs.some(isSame)) continue
        const run = trained(data, variant, seed, { folder, out, threads })
        await addRun(run)
        console.log(`${data}, ${variant}, seed ${seed}: mask AP ${run.AP}, AP50 ${run.AP50}`)
      }
    }
  }
}

function tableOf(runs: readonly Run[]): string {
  const names = Object.keys(DATA) as Run['data'][]
  const cellOf = (data: string, variant: string, figure: 'AP' | 'AP50') => {
    const own = runs.filter((run) => run.data === data && run.variant === variant)
    const spread = spreadOf(own.map((run) => run[figure]))
    if (!spread) return 'not run'
    const { count, mean, deviation } = spread
    return `${mean.toFixed(3)}${deviation === undefined ? '' : ` ± ${deviation.toFixed(3)}`} (${count})`
  }
  const rows = [
    ['', ...names.flatMap((name) => [`${DATA[name]}: AP`, 'AP50'])],
    ['---', ...names.flatMap(() => ['---', '---'])],
    ...Object.keys(VARIANTS).map((variant) => [
      variant,
      ...names.flatMap((name) => [cellOf(name, variant, 'AP'), cellOf(name, variant, 'AP50')]),
    ]),
  ]
  return `${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`
}

async function writeTable(): Promise<void> {
  const page = readFileSync(PAGE, 'utf8')
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no ${BEGIN} ... ${END}`)
  await writeFileAtomic(
    PAGE,
    `${page.slice(0, begin + BEGIN.length)}\n${tableOf(readRuns().runs)}${page.slice(end)}`,
  )
}

const [task, folder, out] = argumentsOr(
  'learning.ts run DATA OUT [--seeds 0,1,2] [--threads 1]   (or: table)',
  1,
)
const { values } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '0,1,2' }, threads: { type: 'string', default: '1' } },
})
if (task === 'table') await writeTable()
else await makeRuns(folder, out, values.seeds.split(',').map(Number), values.threads)
