/**
 * Cold start of the built package: from the start of the process to the end of `predict` on one image of 512 x 512 with the
 * bundled model, graphs kept against not kept, in turns. Needs `npm run build`.
 *
 *     npx tsx benchmarks/cold-start.ts ROUNDS [--json]
 *
 * What the command says its first image took (decoding, running, pasting) is told apart from what comes before and after it.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { quantile } from '../src/cli/bench/quantile.ts'
import { installedCommand } from './performance/installed-package.ts'
import { argumentsOr } from './usage.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SIDE = 512

interface Start {
  /** Seconds of the whole process, and those of its image. */
  readonly seconds: number
  readonly image: number
}

function start(command: string, picture: string, cache: string | undefined): Start {
  const env = {
    ...process.env,
    MASKWRIGHT_CACHE: cache ?? '',
    MASKWRIGHT_KEPT_GRAPHS: cache === undefined ? 'off' : 'on',
  }
  const line = [command, 'predict', picture, '--model', 'nuclei', '--json', '--no-overlay']
  const started = performance.now()
  const told = execFileSync(process.execPath, line, {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const seconds = (performance.now() - started) / 1000
  const { images } = JSON.parse(told) as { images: { milliseconds: number; instances: unknown[] }[] }
  if (images[0].instances.length === 0) throw new Error('nothing was found')
  return { seconds, image: images[0].milliseconds / 1000 }
}

const [rounds, ...flags] = argumentsOr('cold-start.ts ROUNDS [--json]   (needs `npm run build`)', 1)
const folder = mkdtempSync(join(tmpdir(), 'maskwright-cold-start-'))
try {
  const command = installedCommand(folder)
  const picture = join(folder, 'picture.png')
  const demo = join(ROOT, 'models', 'demo-images', 'fluorescence-dense.png')
  writeFileSync(picture, await sharp(demo).resize(SIDE, SIDE).png().toBuffer())
  const cache = join(folder, 'cache')
  start(command, picture, cache)
  if (readdirSync(join(cache, 'graphs')).length !== 1) throw new Error('no graph was kept')
  const turns = Array.from({ length: Number(rounds) }, () => ({
    kept: start(command, picture, cache),
    made: start(command, picture, undefined),
  }))
  const nothing = turns.map(() => {
    const started = performance.now()
    execFileSync(process.execPath, ['-e', '0'])
    return (performance.now() - started) / 1000
  })
  const median = (values: readonly number[]) => quantile(values, 0.5)
  const of = (side: 'kept' | 'made', part: keyof Start) => turns.map((turn) => turn[side][part])
  const figures = {
    seconds: median(of('kept', 'seconds')),
    imageSeconds: median(of('kept', 'image')),
    madeSeconds: median(of('made', 'seconds')),
    madeImageSeconds: median(of('made', 'image')),
    nodeSeconds: median(nothing),
    ratio: median(of('kept', 'seconds')) / median(of('made', 'seconds')),
  }
  if (flags.includes('--json')) {
    const samples = { seconds: of('kept', 'seconds'), madeSeconds: of('made', 'seconds') }
    console.log(JSON.stringify({ figures, samples }))
  } else {
    for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(18)} ${value.toFixed(2)}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
