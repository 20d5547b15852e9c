/**
 * Images a second that a real `serve` answers, beside those that `predict` looks at, of the same folder, with as many workers, in
 * turns. Of `predict` the time for one image is taken off that for all: its start is not what is compared. Needs `npm run build`.
 *
 *     npx tsx benchmarks/serve-throughput.ts IMAGES [COUNT] [ROUNDS] [--workers N] [--json]
 *
 * Ends with an error where the two find other things. Figures: docs/deployment.md.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { quantile } from '../src/cli/bench/quantile.ts'
import { installedCommand } from './performance/installed-package.ts'
import { askAll } from './serve/ask-all.ts'
import { startServe } from './serve/running-server.ts'
import { argumentsOr } from './usage.ts'

const given = argumentsOr('serve-throughput.ts IMAGES [COUNT] [ROUNDS] [--workers N] [--json]', 1)
const { values: flags, positionals } = parseArgs({
  args: given,
  allowPositionals: true,
  options: { workers: { type: 'string', default: '2' }, json: { type: 'boolean', default: false } },
})
const [folder, count = '60', rounds = '3'] = positionals
const run = promisify(execFile)
const workers = ['--workers', flags.workers]
const work = mkdtempSync(join(tmpdir(), 'maskwright-throughput-'))
const command = installedCommand(work)
const names = readdirSync(folder)
  .filter((name) => /\.(png|jpe?g|tiff?)$/i.test(name))
  .sort()
  .slice(0, Number(count))
const [all, one] = [names, names.slice(0, 1)].map((some) => {
  const place = join(work, `${some.length}-images`)
  mkdirSync(place)
  for (const name of some) symlinkSync(resolve(folder, name), join(place, name))
  return place
})
const images = names.map((name) => readFileSync(join(folder, name)))

interface Predicted {
  readonly images: readonly { readonly instances: readonly object[] }[]
}

async function predict(place: string): Promise<{ seconds: number; found: string[] }> {
  const started = performance.now()
  const args = [command, 'predict', place, '--model', 'nuclei', '--json', '--device', 'cpu', ...workers]
  // Without blocking: the server closes connections that are idle, which this has to see.
  const { stdout: text } = await run(process.execPath, args, { maxBuffer: 2 ** 30 })
  const seconds = (performance.now() - started) / 1000
  const { images } = JSON.parse(text) as Predicted
  return { seconds, found: images.map(({ instances }) => JSON.stringify(instances)) }
}

const server = await startServe(['--model', 'nuclei', '--device', 'cpu', ...workers, '--queue', '64'])
try {
  await askAll(server.url, images.slice(0, 4), 4)
  const turns: { readonly served: number; readonly predicted: number; readonly ratio: number }[] = []
  for (let round = 0; round < Number(rounds); round++) {
    const [whole, start] = [await predict(all), await predict(one)]
    const asked = await askAll(server.url, images, 2 * Number(flags.workers))
    const found = asked.answers.map((body) =>
      JSON.stringify((JSON.parse(body) as Predicted).images[0].instances),
    )
    if (found.some((instances, i) => instances !== whole.found[i]))
      throw new Error('the two found other things')
    const predicted = (images.length - 1) / (whole.seconds - start.seconds)
    const served = images.length / asked.seconds
    turns.push({ served, predicted, ratio: served / predicted })
  }
  const median = (part: 'served' | 'predicted' | 'ratio') =>
    quantile(
      turns.map((turn) => turn[part]),
      0.5,
    )
  const figures = { ratio: median('ratio'), served: median('served'), predicted: median('predicted') }
  if (flags.json) console.log(JSON.stringify({ figures, turns }))
  else {
    const text = `${figures.served.toFixed(2)} images a second served, ${figures.predicted.toFixed(2)} predicted, ratio ${figures.ratio.toFixed(2)}`
    console.log(`${images.length} images, ${flags.workers} workers, median of ${rounds}: ${text}`)
    console.log(turns.map(({ ratio }) => ratio.toFixed(2)).join(' '))
  }
} finally {
  await server.end()
  rmSync(work, { recursive: true })
}
