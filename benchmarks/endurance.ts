/**
 * Whether a long life costs memory: many images in one process, models loaded and disposed, images at once, and what is told
 * when a detector is used after its end or aborted. Prints the memory of the process along the way, and what was found.
 *
 *     npx tsx benchmarks/endurance.ts MODEL IMAGES [images=1500] [loads=60]
 *
 * IMAGES is a folder, whose images take turns. Ends with 1 where an answer changes on the way or an error is not in words.
 */
import { Detector, MaskwrightError, type Prediction, predictionJson } from '../src/index.node.ts'
import { listImages } from '../src/node/image-list.ts'
import { argumentsOr } from './usage.ts'

const ROWS = 6
const AT_ONCE = 20
const MB = 1e6

const [model, folder, images = '1500', loads = '60'] = argumentsOr(
  'endurance.ts MODEL IMAGES [images=1500] [loads=60]',
  2,
)

let bad = 0

function row(what: string): void {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
  const cells = [rss, heapUsed, external, arrayBuffers].map((bytes) =>
    `${Math.round(bytes / MB)}`.padStart(9),
  )
  console.log(`${what.padEnd(28)}${cells.join('')}`)
}

/** Calls `step` so many times, with a row now and then. */
async function repeated(unit: string, count: number, step: (i: number) => Promise<void>): Promise<void> {
  const every = Math.max(1, Math.ceil(count / ROWS))
  for (let i = 0; i < count; i++) {
    await step(i)
    if ((i + 1) % every === 0 || i + 1 === count) row(`${i + 1} ${unit}`)
  }
}

/** What a prediction says, without the time it took. */
function said(prediction: Prediction): string {
  return JSON.stringify({ ...predictionJson('image', prediction), milliseconds: 0 })
}

function expectSame(what: string, got: string, expected: string): void {
  if (got === expected) return
  bad++
  console.log(`${what}: the answer is another than before`)
}

async function expectRefusal(what: string, promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(
    () => new Error('nothing was thrown'),
    (cause: Error) => cause,
  )
  const isInWords = error instanceof MaskwrightError || error.name === 'AbortError'
  if (!isInWords) bad++
  console.log(`${what}: ${error.name}: ${error.message}`)
}

const files = await listImages(folder)
console.log(`${'megabytes'.padEnd(28)}      rss     heap external  buffers`)
row('start')

const detector = await Detector.load(model)
const first = new Map<string, string>()
await repeated('images', Number(images), async (i) => {
  const file = files[i % files.length]
  const answer = said(await detector.detect(file))
  expectSame(file, answer, first.get(file) ?? answer)
  first.set(file, answer)
})

const [shown] = files
const expected = first.get(shown) ?? said(await detector.detect(shown))
const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => detector.detect(shown)))
for (const answer of answers) expectSame(`${AT_ONCE} at once`, said(answer), expected)
row(`${AT_ONCE} at once`)

await repeated('loads and disposals', Number(loads), async () => {
  const other = await Detector.load(model)
  expectSame('loaded again', said(await other.segment(shown)), expected)
  await other.dispose()
})

const soon = () => {
  const controller = new AbortController()
  setImmediate(() => controller.abort())
  return controller.signal
}
await expectRefusal('aborted before', detector.detect(shown, { signal: AbortSignal.abort() }))
await expectRefusal('aborted while decoding', detector.detect(shown, { signal: soon() }))
const pixels = { data: new Uint8Array(3 * 256 * 256), width: 256, height: 256 }
await expectRefusal('aborted while running', detector.detect(pixels, { signal: soon() }))
expectSame('after aborts', said(await detector.detect(shown)), expected)
const running = detector.detect(pixels)
await detector.dispose()
expectSame('disposed while running', `${(await running).width}`, '256')
await detector.dispose()
await expectRefusal('used after dispose', detector.detect(shown))

console.log(bad === 0 ? 'every answer was the same, every error in words' : `${bad} of these are wrong`)
process.exitCode = bad === 0 ? 0 : 1
