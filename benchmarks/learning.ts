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
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { spreadOf } from '../src/train/sweep.ts'
import { config as fruits } from './learning/fruits.ts'
import { config as nuclei } from './learning/nuclei.ts'
import { withSection, writeOnPage } from './records/page-section.ts'
import { openRuns, type RunKey } from './records/runs-file.ts'
import { argumentsOr } from './usage.ts'

const DATA = {
  fruits: { config: fruits, title: `fruits, 14 photos, ${fruits.steps} steps` },
  nuclei: { config: nuclei, title: `nuclei, ${nuclei.data.train.limit} images, ${nuclei.steps} steps` },
}
type DataName = keyof typeof DATA
const NAMES = Object.keys(DATA) as DataName[]

/** What differs from the configuration in learning/, which is the first. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'pretrained, all of it learns': [],
  'from random numbers, with group norm': [
    'pretrained=null',
    'model.backbone.norm={"kind":"groupNorm","groups":8}',
  ],
  'pretrained, body frozen': ['freeze={"stages":5}'],
  'pretrained, copy-paste': ['augment.copyPaste={"probability":0.5}'],
}

interface Run extends RunKey {
  readonly AP: number
  readonly AP50: number
  readonly date: string
}

const RUNS = openRuns<Run>(fileURLToPath(new URL('learning/runs.json', import.meta.url)))

const variantOf = (data: DataName, choice: string) => `${data}: ${choice}`

function keyOf(data: DataName, choice: string, seed: number): RunKey {
  const text = JSON.stringify([DATA[data].config, CHOICES[choice]])
  const settings = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return { variant: variantOf(data, choice), seed, settings }
}

/** Figures of the last step of a training with one seed, as the command prints them as JSON. */
function trained(
  data: DataName,
  choice: string,
  seed: number,
  { folder, out, threads }: { folder: string; out: string; threads: string },
): Pick<Run, 'AP' | 'AP50'> {
  const sides = (['train', 'val'] as const).flatMap((side) => [
    `data.${side}.images=${join(folder, data, 'images')}`,
    `data.${side}.annotations=${join(folder, data, 'annotations', `${side}.json`)}`,
  ])
  const settings = [...sides, ...CHOICES[choice]].flatMap((text) => ['--set', text])
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      ...['bin/maskwright.js', 'train', `benchmarks/learning/${data}.ts`, '--json', '--threads', threads],
      ...['--out', join(out, data, choice.replace(/\W+/g, '-')), '--seeds', String(seed), ...settings],
    ],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const where = `${data}, ${choice}, seed ${seed}`
  if (status !== 0) throw new Error(`${where}: the training ended with ${status}`)
  const [{ figures }] = JSON.parse(stdout).runs
  const [AP, AP50] = [figures.val_segm_AP, figures.val_segm_AP50]
  if (typeof AP !== 'number') throw new Error(`${where}: stopped; the same command goes on`)
  return { AP, AP50 }
}

async function makeRuns(
  folder: string,
  out: string,
  seeds: readonly number[],
  threads: string,
): Promise<void> {
  const wanted = seeds.flatMap((seed) =>
    NAMES.flatMap((data) => Object.keys(CHOICES).map((choice) => ({ data, choice, seed }))),
  )
  for (const { data, choice, seed } of wanted) {
    const key = keyOf(data, choice, seed)
    if (RUNS.has(key)) continue
    const figures = trained(data, choice, seed, { folder, out, threads })
    await RUNS.add({ ...key, ...figures, date: new Date().toISOString().slice(0, 10) })
    console.log(`${key.variant}, seed ${seed}: mask AP ${figures.AP}, AP50 ${figures.AP50}`)
  }
}

function tableOf(runs: readonly Run[]): string {
  const cellOf = (data: DataName, choice: string, figure: 'AP' | 'AP50') => {
    const own = runs.filter(({ variant }) => variant === variantOf(data, choice))
    const spread = spreadOf(own.map((run) => run[figure]))
    if (!spread) return 'not run'
    const { count, mean, deviation } = spread
    return `${mean.toFixed(3)}${deviation === undefined ? '' : ` ± ${deviation.toFixed(3)}`} (${count})`
  }
  const rows = [
    ['', ...NAMES.flatMap((name) => [`${DATA[name].title}: AP`, 'AP50'])],
    ['---', ...NAMES.flatMap(() => ['---', '---'])],
    ...Object.keys(CHOICES).map((choice) => [
      choice,
      ...NAMES.flatMap((name) => [cellOf(name, choice, 'AP'), cellOf(name, choice, 'AP50')]),
    ]),
  ]
  return `${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`
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
if (task === 'table') await writeOnPage((page) => withSection(page, 'learning', tableOf(RUNS.read())))
else await makeRuns(folder, out, values.seeds.split(',').map(Number), values.threads)
