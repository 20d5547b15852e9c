/**
 * `predict` of the built package on a folder, overlays included: several images at once against one at a time with all threads. Needs
 * `npm run build`.
 *
 *     npx tsx benchmarks/folder.ts IMAGES [COUNT] [SLICE] [--json]
 *
 * Slices of the folder (250 images) in turns, so that both ways see the same minutes of the machine; each in a process of its own,
 * start-up included, under the command in RUN_UNDER where there is one, such as `nice -n -5`. Ends with an error where the two print
 * other results. Figures: docs/performance.md.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { installedCommand } from './performance/installed-package.ts'
import { argumentsOr } from './usage.ts'

const given = argumentsOr('folder.ts IMAGES [COUNT] [SLICE] [--json]', 1)
const [images, count = '500', slice = '250'] = given.filter((argument) => argument !== '--json')
const under = (process.env.RUN_UNDER ?? '').split(' ').filter(Boolean)
const work = mkdtempSync(join(tmpdir(), 'maskwright-folder-'))
const out = join(work, 'predictions')
const command = installedCommand(work)
const chosen = readdirSync(images).sort().slice(0, Number(count))

const WAYS = { one: 1, several: availableParallelism() }
type Way = keyof typeof WAYS
const samples: Record<Way, number[]> = { one: [], several: [] }

/** Says how long the command takes, whatever it waits for before it starts. */
const TIMED = `
const { execFileSync } = await import('node:child_process')
const started = performance.now()
const options = { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8', maxBuffer: 2 ** 30 }
const text = execFileSync(process.execPath, process.argv.slice(1), options)
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, text }))
`

function predict(way: Way, folder: string): string {
  const flags = ['--model', 'nuclei', '--workers', `${WAYS[way]}`, '--out', out, '--json']
  const timed = [
    process.execPath,
    '--input-type=module',
    '-e',
    TIMED,
    '--',
    command,
    'predict',
    folder,
    ...flags,
  ]
  const [program, ...words] = [...under, ...timed]
  const printed = execFileSync(program, words, { encoding: 'utf8', maxBuffer: 2 ** 30 })
  const { seconds, text } = JSON.parse(printed) as { seconds: number; text: string }
  samples[way].push(seconds)
  return text.replace(/"milliseconds": ?[\d.]+/g, '')
}

try {
  for (let from = 0; from < chosen.length; from += Number(slice)) {
    const folder = join(work, `images-${from}`)
    mkdirSync(folder)
    for (const name of chosen.slice(from, from + Number(slice)))
      symlinkSync(resolve(images, name), join(folder, name))
    if (predict('one', folder) !== predict('several', folder)) throw new Error('the results differ')
  }
} finally {
  rmSync(work, { recursive: true })
}

const throughputOf = (way: Way) => chosen.length / samples[way].reduce((sum, seconds) => sum + seconds)
const [one, several] = [throughputOf('one'), throughputOf('several')]
const figures = {
  throughputRatio: several / one,
  oneThroughput: one,
  severalThroughput: several,
  images: chosen.length,
}
if (given.includes('--json')) console.log(JSON.stringify({ figures, samples }, null, 2))
else
  console.log(
    `${chosen.length} images: ${one.toFixed(2)} a second one at a time, ${several.toFixed(2)} with ${WAYS.several} at once, ratio ${figures.throughputRatio.toFixed(2)}`,
  )
