/**
 * `predict` of the built package on a folder, overlays included: several images at once against one at a time with all threads. Needs
 * `npm run build`.
 *
 *     npx tsx benchmarks/folder.ts IMAGES [COUNT] [ROUNDS] [--json]
 *
 * Processes of their own, start-up included, in turns; medians over the rounds. Ends with an error where the two print other
 * results. Figures: docs/performance.md.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { quantile } from '../src/cli/bench/quantile.ts'
import { installedCommand } from './performance/installed-package.ts'
import { argumentsOr } from './usage.ts'

const given = argumentsOr('folder.ts IMAGES [COUNT] [ROUNDS] [--json]', 1)
const [images, count = '500', rounds = '1'] = given.filter((argument) => argument !== '--json')
const work = mkdtempSync(join(tmpdir(), 'maskwright-folder-'))
const [folder, out] = [join(work, 'images'), join(work, 'predictions')]
mkdirSync(folder)
const command = installedCommand(work)
const chosen = readdirSync(images).sort().slice(0, Number(count))
for (const name of chosen) symlinkSync(resolve(images, name), join(folder, name))

const ways = { one: 1, several: availableParallelism() }
const samples: Record<keyof typeof ways, number[]> = { one: [], several: [] }
const printed = new Set<string>()

function predict(way: keyof typeof ways): void {
  const flags = ['--model', 'nuclei', '--workers', `${ways[way]}`, '--out', out, '--json']
  const started = performance.now()
  const text = execFileSync(process.execPath, [command, 'predict', folder, ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  samples[way].push((performance.now() - started) / 1000)
  printed.add(text.replace(/"milliseconds": ?[\d.]+/g, ''))
}

try {
  for (let round = 0; round < Number(rounds); round++)
    for (const way of ['one', 'several'] as const) predict(way)
} finally {
  rmSync(work, { recursive: true })
}
if (printed.size > 1) throw new Error('the results differ')

const throughput = {
  one: chosen.length / quantile(samples.one, 0.5),
  several: chosen.length / quantile(samples.several, 0.5),
}
const figures = {
  throughputRatio: throughput.several / throughput.one,
  oneThroughput: throughput.one,
  severalThroughput: throughput.several,
  images: chosen.length,
}
if (given.includes('--json')) console.log(JSON.stringify({ figures, samples }, null, 2))
else
  console.log(
    `${chosen.length} images: ${throughput.one.toFixed(2)} a second one at a time, ${throughput.several.toFixed(2)} with ${ways.several} at once, ratio ${figures.throughputRatio.toFixed(2)}`,
  )
