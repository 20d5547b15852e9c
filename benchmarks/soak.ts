/**
 * Mixed requests against `serve` for a while, whose workers are killed meanwhile. Counts what was lost and what was answered otherwise
 * than before: `npm run build && npx tsx benchmarks/soak.ts 30 --kill-every 20 --images FOLDER`. Linux alone.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { quantile } from '../src/cli/bench/quantile.ts'
import { random as seeded } from '../src/tensor/random.ts'
import { type ServeProcess, startServe } from './serve/running-server.ts'
import { argumentsOr } from './usage.ts'

const [minutes, ...args] = argumentsOr(
  'soak.ts MINUTES [--kill-every SECONDS] [--images FOLDER] [--model MODEL] [--clients N]',
  1,
)
const { values: flags } = parseArgs({
  args,
  options: {
    'kill-every': { type: 'string', default: '20' },
    images: { type: 'string', default: 'models/demo-images' },
    model: { type: 'string', default: 'nuclei' },
    clients: { type: 'string', default: '3' },
  },
})
const IMAGES = 8
const MOST_BYTES = 4_000_000
const PATIENCE_MS = 120_000
const MEMORY_EVERY_MS = 5000
/** Kinds of requests with their shares. */
const KINDS = { good: 70, slow: 5, broken: 9, huge: 6, aborted: 10 } as const
type Kind = keyof typeof KINDS

const server = await startServe([
  ...['--model', flags.model, '--workers', '2', '--threads', '1'],
  ...['--max-bytes', `${MOST_BYTES}`, '--timeout', `${PATIENCE_MS / 1000}`],
])
const images = readdirSync(flags.images)
  .filter((name) => /\.(png|jpe?g|tiff?)$/i.test(name))
  .sort()
  .slice(0, IMAGES)
  .map((name) => readFileSync(join(flags.images, name)))
const { uniform: random } = seeded(1)
const known = await Promise.all(images.map(async (image) => foundIn((await ask(image)).body)))
const counts = { lost: 0, wrong: 0, kills: 0 }
const statuses = new Map<string, number>()
const took: number[] = []
const memory: ReturnType<ServeProcess['memory']>[] = []

const until = Date.now() + Number(minutes) * 60_000
const killing = setInterval(() => kill(server), Number(flags['kill-every']) * 1000)
const weighing = setInterval(() => memory.push(server.memory()), MEMORY_EVERY_MS)
await Promise.all(Array.from({ length: Number(flags.clients) }, client))
clearInterval(killing)
clearInterval(weighing)
const exit = await server.end()

/** Medians by third: a worker that was just started, or is not there, moves a mean. */
const byThird = (values: readonly number[]) =>
  [0, 1, 2].map((i) => {
    const third = values.slice(Math.floor((i * values.length) / 3), Math.floor(((i + 1) * values.length) / 3))
    return Number((quantile(third, 0.5) / 1e6).toFixed(1))
  })
const serverMegabytes = byThird(memory.map(({ server }) => server))
const workerMegabytes = byThird(memory.flatMap(({ workers }) => workers))
took.sort((a, b) => a - b)
console.log(
  JSON.stringify(
    {
      minutes: Number(minutes),
      ...counts,
      statuses: Object.fromEntries([...statuses].sort()),
      goodSeconds: { p50: at(0.5), p99: at(0.99), most: at(1) },
      serverMegabytes,
      workerMegabytes,
      exit,
    },
    null,
    1,
  ),
)

async function client(): Promise<void> {
  while (Date.now() < until) {
    const kind = chosenKind()
    const index = Math.floor(random() * images.length)
    const begun = performance.now()
    try {
      const { status, body } = await askAs(kind, images[index])
      const label = `${kind} ${status}`
      statuses.set(label, (statuses.get(label) ?? 0) + 1)
      if (kind !== 'good' && kind !== 'slow') continue
      if (kind === 'good') took.push((performance.now() - begun) / 1000)
      if (status === 200 && foundIn(body) !== known[index]) counts.wrong++
    } catch (error) {
      // A body beyond the limit is refused before it is read: the client may find the connection closed while it writes.
      if (kind === 'aborted' || kind === 'huge') {
        const label = `${kind} closed`
        statuses.set(label, (statuses.get(label) ?? 0) + 1)
      } else {
        counts.lost++
        console.error(kind, error)
      }
    }
  }
}

function chosenKind(): Kind {
  let left = random() * 100
  for (const [kind, share] of Object.entries(KINDS)) {
    left -= share
    if (left < 0) return kind as Kind
  }
  return 'good'
}

interface Answer {
  readonly status: number
  readonly body: string
}

async function askAs(kind: Kind, image: Uint8Array): Promise<Answer> {
  switch (kind) {
    case 'good':
      return ask(image)
    case 'slow':
      return askSlowly(image)
    case 'broken':
      return ask(image.subarray(0, Math.floor(image.length * random())))
    case 'huge':
      return ask(new Uint8Array(MOST_BYTES + 1))
    case 'aborted':
      return ask(image, AbortSignal.timeout(5 + 300 * random()))
  }
}

async function ask(image: Uint8Array, signal = AbortSignal.timeout(2 * PATIENCE_MS)): Promise<Answer> {
  const body = Uint8Array.from(image)
  const answer = await fetch(`${server.url}/predict?score=0.3`, { method: 'POST', body, signal })
  return { status: answer.status, body: await answer.text() }
}

/** In ten pieces over two seconds. */
function askSlowly(image: Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}/predict?score=0.3`, {
      method: 'POST',
      headers: { 'content-length': image.length },
      signal: AbortSignal.timeout(2 * PATIENCE_MS),
    })
    sent.on('error', reject)
    sent.on('response', (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (text) => {
        body += text
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
      answer.on('error', reject)
    })
    const size = Math.ceil(image.length / 10)
    let at = 0
    const timer = setInterval(() => {
      sent.write(image.subarray(at, at + size))
      at += size
      if (at < image.length) return
      clearInterval(timer)
      sent.end()
    }, 200)
  })
}

/** All that was found, to the last digit; how long it took is left out. */
function foundIn(body: string): string {
  return JSON.stringify(JSON.parse(body).images[0].instances)
}

function kill({ workers }: ServeProcess): void {
  const pids = workers()
  const pid = pids[Math.floor(random() * pids.length)]
  if (pid === undefined) return
  process.kill(pid, 'SIGKILL')
  counts.kills++
}

function at(part: number): number {
  return took[Math.min(took.length - 1, Math.floor(part * took.length))]
}
