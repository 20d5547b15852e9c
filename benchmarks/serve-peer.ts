/**
 * Images a second that a real `serve` answers, beside LitServe with the same model as `maskwright export` writes it: as many workers of
 * one thread each, the same forms with images, in turns. Needs `npm run build`.
 *
 *     PYTHON=venv/bin/python npx tsx benchmarks/serve-peer.ts IMAGES [COUNT] [ROUNDS] [--workers N] [--json]
 *
 * PYTHON is one with the packages that benchmarks/serve/litserve_app.py names. Ends with an error where the two do not find as many
 * objects with the same boxes, to a hundredth of a pixel. Figures: docs/deployment.md.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { quantile } from '../src/cli/bench/quantile.ts'
import { installedCommand } from './performance/installed-package.ts'
import { type Asked, askAll } from './serve/ask-all.ts'
import { startServe } from './serve/running-server.ts'
import { argumentsOr } from './usage.ts'

const given = argumentsOr('serve-peer.ts IMAGES [COUNT] [ROUNDS] [--workers N] [--json]', 1)
const { values: flags, positionals } = parseArgs({
  args: given,
  allowPositionals: true,
  options: { workers: { type: 'string', default: '2' }, json: { type: 'boolean', default: false } },
})
const [folder, count = '24', rounds = '3'] = positionals
const workers = Number(flags.workers)
const images = readdirSync(folder)
  .filter((name) => /\.(png|jpe?g)$/i.test(name))
  .sort()
  .slice(0, Number(count))
  .map((name) => readFileSync(join(folder, name)))

interface Answer {
  readonly instances: readonly { readonly bbox: readonly number[] }[]
}

const form = (image: Uint8Array): FormData => {
  const body = new FormData()
  body.set('image', new Blob([Uint8Array.from(image)]), 'image.png')
  return body
}

/** Boxes of each image as x1, y1, x2, y2. */
function boxesOf({ answers }: Asked, answerOf: (told: never) => Answer): number[][][] {
  return answers.map((text) =>
    answerOf(JSON.parse(text) as never).instances.map(({ bbox: [x, y, w, h] }) => [x, y, x + w, y + h]),
  )
}

/** The pixels between the farthest sides of boxes that belong together. */
function farthest(ours: readonly number[][][], theirs: readonly number[][][]): number {
  let most = 0
  for (const [i, own] of ours.entries()) {
    if (own.length !== theirs[i].length)
      throw new Error(`image ${i}: ${own.length} objects here, ${theirs[i].length} there`)
    for (const box of own) {
      const offs = theirs[i].map((other) => Math.max(...box.map((side, s) => Math.abs(side - other[s]))))
      most = Math.max(most, Math.min(...offs))
    }
  }
  return most
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function startPeer(model: string): Promise<{ readonly url: string; end(): void }> {
  const port = await freePort()
  const app = fileURLToPath(new URL('serve/litserve_app.py', import.meta.url))
  // A group of its own: its workers are processes that outlive it otherwise.
  const child = spawn(process.env.PYTHON ?? 'python3', [app, model, `${port}`, `${workers}`], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const end = () => process.kill(-(child.pid as number), 'SIGKILL')
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 240 && child.exitCode === null; tries++) {
    if (
      await fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return { url, end }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error('LitServe did not start')
}

const work = mkdtempSync(join(tmpdir(), 'maskwright-peer-'))
const model = join(work, 'nuclei.onnx')
execFileSync(process.execPath, [installedCommand(work), 'export', '--model', 'nuclei', '--out', model])
const ours = await startServe([
  ...['--model', 'nuclei', '--device', 'cpu', '--workers', `${workers}`, '--threads', '1', '--queue', '64'],
  ...['--timeout', '120'],
])
const theirs = await startPeer(model)
try {
  const ask = (url: string, some = images) => askAll(url, some, 2 * workers, '/predict', form)
  for (const { url } of [ours, theirs]) await ask(url, images.slice(0, 2 * workers))
  const turns: { readonly ours: number; readonly theirs: number; readonly ratio: number }[] = []
  let off = 0
  for (let round = 0; round < Number(rounds); round++) {
    const [own, other] = [await ask(ours.url), await ask(theirs.url)]
    const boxes = boxesOf(own, ({ images: [one] }: { readonly images: readonly Answer[] }) => one)
    off = Math.max(
      off,
      farthest(
        boxes,
        boxesOf(other, (answer: Answer) => answer),
      ),
    )
    if (off > 0.01) throw new Error(`boxes are up to ${off} pixels from each other`)
    turns.push({
      ours: images.length / own.seconds,
      theirs: images.length / other.seconds,
      ratio: other.seconds / own.seconds,
    })
  }
  const median = (part: 'ours' | 'theirs' | 'ratio') =>
    quantile(
      turns.map((turn) => turn[part]),
      0.5,
    )
  const figures = {
    ratio: median('ratio'),
    ours: median('ours'),
    theirs: median('theirs'),
    farthestSide: off,
  }
  if (flags.json) console.log(JSON.stringify({ figures, turns }))
  else {
    console.log(
      `${images.length} images, ${workers} workers, median of ${rounds}: ${figures.ours.toFixed(2)} images a second here, ${figures.theirs.toFixed(2)} by LitServe, ratio ${figures.ratio.toFixed(2)}; boxes within ${off.toExponential(1)} pixels`,
    )
    console.log(turns.map(({ ratio }) => ratio.toFixed(2)).join(' '))
  }
} finally {
  theirs.end()
  await ours.end()
  rmSync(work, { recursive: true })
}
