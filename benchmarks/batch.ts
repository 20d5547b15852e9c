/**
 * Whether a batch whose workers are killed (`kill -9`) at random moments, with a Redis that is killed once and comes back empty, is in
 * the end what one process makes of the same images without a queue; and what an image costs.
 *
 *     npx tsx benchmarks/batch.ts DIR IMAGES [count=2000] [side=128] [model=thin] [workers=3] [kills=20] [seed=11]
 *
 * DIR is new; IMAGES is a folder of images that squares of `side` pixels are cut out of, `count` in all, at random places; 0 takes
 * whole images. `model` is the name or file of a model; `thin` is a Mask R-CNN of random weights and two stages, in which most of the
 * time is that of the batch itself. Redis is killed halfway, and away for five seconds. With 0 workers there is no queue and nobody is
 * killed. Every image must have exactly one result, and all files must be equal byte for byte; ends with 1 where they are not. Needs
 * redis-server. Figures: docs/batch.md.
 */
import type { ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import sharp from 'sharp'
import { random } from '../src/tensor/random.ts'
import { batchFiles, batchLines } from '../test/end-to-end/batch-files.ts'
import { finished, startCommand } from '../test/end-to-end/command-line.ts'
import { startRedis } from '../test/end-to-end/redis-server.ts'
import { thinModelFile } from '../test/thin-model.ts'
import { argumentsOr } from './usage.ts'

const [
  folder,
  source,
  count = '2000',
  side = '128',
  named = 'thin',
  workers = '3',
  kills = '20',
  seed = '11',
] = argumentsOr(
  'batch.ts DIR IMAGES [count=2000] [side=128] [model=thin] [workers=3] [kills=20] [seed=11]',
  2,
)
/** A worker lives at least and at most so many seconds after it is at the queue. */
const [LEAST_LIFE, MOST_LIFE] = [2, 30]
const REDIS_AWAY_MS = 5000
const chance = random(Number(seed))
const model = named === 'thin' ? 'thin.safetensors' : named
const BATCH = ['batch', 'images', '--model', model, ...(named === 'thin' ? ['--score', '0.02'] : [])]

mkdirSync(path.join(folder, 'images'), { recursive: true })
if (named === 'thin') writeFileSync(path.join(folder, model), thinModelFile())
await writeImages()

const whole = await timed(() => run([...BATCH, '--threads', '1', '--workers', '1', '--out', 'whole']))
report('one process, no queue', whole)
let isRight = true
if (Number(workers) > 0) {
  const { seconds, result } = await timed(killedBatch)
  report(`${workers} workers, ${result.killed} killed, Redis restarted once`, { seconds })
  isRight = sameResults()
}
process.exit(isRight ? 0 : 1)

/** Squares cut out of the images at random places. */
async function writeImages(): Promise<void> {
  const files = readdirSync(source).filter((name) => /\.(png|jpe?g|tiff?)$/i.test(name))
  for (let i = 0; i < Number(count); i++) {
    const place = path.join(folder, 'images', `${String(i).padStart(6, '0')}.png`)
    const file = path.join(source, files[i % files.length])
    if (Number(side) === 0) {
      cpSync(file, place)
      continue
    }
    const { width = 0, height = 0 } = await sharp(file).metadata()
    const [w, h] = [Math.min(width, Number(side)), Math.min(height, Number(side))]
    const region = {
      left: chance.integer(width - w + 1),
      top: chance.integer(height - h + 1),
      width: w,
      height: h,
    }
    await sharp(file).extract(region).png().toFile(place)
  }
}

async function run(args: readonly string[]): Promise<void> {
  const { status, stderr } = await finished(startCommand(args, { cwd: folder }))
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
}

async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const start = performance.now()
  const result = await work()
  return { result, seconds: (performance.now() - start) / 1000 }
}

function report(what: string, { seconds }: { seconds: number }): void {
  console.log(
    `${what}: ${count} images in ${seconds.toFixed(0)} s, ${((1000 * seconds) / Number(count)).toFixed(0)} ms an image`,
  )
}

/** The batch with a queue, until the coordinator has ended. */
async function killedBatch(): Promise<{ killed: number }> {
  const redis = await startRedis()
  const said: string[] = []
  let isOver = false
  let killed = 0
  const live = async () => {
    while (!isOver) {
      const child = startCommand(['worker', '--queue', redis.url, '--threads', '1'], { cwd: folder })
      const end = finished(child)
      await spoken(child, 'waiting for chunks')
      const mayDie = killed < Number(kills)
      const life = 1000 * (LEAST_LIFE + chance.uniform() * (MOST_LIFE - LEAST_LIFE))
      await Promise.race([end, over, ...(mayDie ? [wait(life)] : [])])
      if (!isOver && mayDie && child.exitCode === null) {
        killed++
        console.log(`worker killed (${killed})`)
        child.kill('SIGKILL')
      } else child.kill('SIGTERM')
      await end
    }
  }
  const coordinator = startCommand([...BATCH, '--out', 'queued', '--queue', redis.url], { cwd: folder })
  const end = finished(coordinator)
  coordinator.stderr?.on('data', (text) => said.push(String(text)))
  const over = end.then(() => {
    isOver = true
  })
  const living = Array.from({ length: Number(workers) }, live)
  const shards = path.join(folder, 'queued', 'shards')
  const half = readdirSync(path.join(folder, 'whole', 'shards')).length / 2
  while (!isOver && (!existsSync(shards) || readdirSync(shards).length < half)) await wait(200)
  console.log('Redis killed, comes back empty')
  await redis.restart(REDIS_AWAY_MS)
  const { status } = await end
  await Promise.all(living)
  await redis.stop()
  console.log(said.join('').trimEnd())
  if (status !== 0) throw new Error(`the coordinator ended with ${status}`)
  return { killed }
}

/** Resolves once a process has said something, or has ended. */
function spoken(child: ChildProcess, text: string): Promise<void> {
  let said = ''
  return new Promise((resolve) => {
    child.stderr?.on('data', (piece) => {
      said += piece
      if (said.includes(text)) resolve()
    })
    child.on('close', () => resolve())
  })
}

function sameResults(): boolean {
  const queued = path.join(folder, 'queued')
  const files = batchLines(queued).map((line) => JSON.parse(line).file as string)
  const listed = readdirSync(path.join(folder, 'images')).map((name) => `images/${name}`)
  const isOnce = files.length === listed.length && new Set(files).size === listed.length
  const [one, other] = [batchFiles(path.join(folder, 'whole')), batchFiles(queued)]
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  const differing = names.filter((name) => one[name] !== other[name])
  const { instances } = JSON.parse(readFileSync(path.join(queued, 'manifest.json'), 'utf8'))
  console.log(
    `${files.length} results of ${new Set(files).size} images, ${listed.length} listed; ${instances} objects`,
  )
  console.log(
    differing.length === 0
      ? `${names.length} files equal byte for byte`
      : `${differing.length} of ${names.length} files differ: ${differing.slice(0, 5).join(', ')}`,
  )
  return isOnce && differing.length === 0
}
