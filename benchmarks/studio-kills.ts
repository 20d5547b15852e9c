/** Whether labels are lost where the browser or the studio is killed at random moments while outlines are drawn; after `npm run build`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { encodePng } from '../src/node/decode-image.ts'
import { random } from '../src/tensor/random.ts'
import { askedStore } from '../test/browser/page-database.ts'
import { openStaticSite } from '../test/browser/static-site.ts'
import { startCommand } from '../test/end-to-end/command-line.ts'
import {
  endAll,
  type OpenBrowser,
  type Running,
  running,
  saying,
  startBrowser,
} from './studio-kills/killed-processes.ts'
import { argumentsOr } from './usage.ts'

const [WIDTH, HEIGHT, PORT] = [640, 480, 8093]
const URL = `http://127.0.0.1:${PORT}/`
const kills = Number(argumentsOr('studio-kills.ts KILLS', 1)[0])
const chance = random(17)

async function startStudio(photos: string): Promise<Running> {
  const studio = running(startCommand(['studio', photos, '--port', `${PORT}`], { cwd: photos }))
  await saying(studio, /(is open in a browser)/)
  return studio
}

async function openPage(page: Page): Promise<void> {
  await page.goto(URL)
  await page.locator('.board[data-shown]').waitFor()
}

/** Where the outline of a number begins. */
function placeOf(number: number): [x: number, y: number] {
  return [10 + (number % 60) * 10, 10 + (Math.floor(number / 60) % 45) * 10]
}

/** Outlines one after the other until the page is gone, or it is told to stop; `finished` is told of each that was closed. */
async function drawOutlines(
  page: Page,
  first: number,
  finished: (number: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const box = (await page.locator('.board').boundingBox())!
  const scale = Math.min(box.width / WIDTH, box.height / HEIGHT)
  const [left, top] = [box.x + (box.width - WIDTH * scale) / 2, box.y + (box.height - HEIGHT * scale) / 2]
  await page.keyboard.press('o')
  for (let number = first; !signal.aborted; number++) {
    const [x, y] = placeOf(number)
    for (const [dx, dy] of [
      [0, 0],
      [7, 0],
      [0, 7],
    ])
      await page.mouse.click(left + (x + dx) * scale, top + (y + dy) * scale)
    await page.keyboard.press('Enter')
    finished(number)
  }
}

/** Numbers of the outlines that are kept of the first photo. */
type Stored = (page: Page) => Promise<Set<number>>
interface KeptObject {
  readonly image_id: number
  readonly segmentation: number[][]
}

function numbersOf(objects: readonly KeptObject[]): Set<number> {
  const own = objects.filter(({ image_id }) => image_id === 1).map(({ segmentation: [[x, y]] }) => [x, y])
  const isAt = (number: number) =>
    own.some(([x, y]) => Math.hypot(x - placeOf(number)[0], y - placeOf(number)[1]) < 2)
  return new Set(Array.from({ length: 60 * 45 }, (_, number) => number).filter(isAt))
}

const onMachine: Stored = async () => {
  const answer = await fetch(`${URL}api/project`)
  return numbersOf(((await answer.json()) as { annotations: KeptObject[] }).annotations)
}

const inBrowser: Stored = async (page) =>
  numbersOf(((await askedStore(page, 'objects', 'getAll')) as KeptObject[][]).flat())

/** Of a second photo: so many that the file is kept by a journal. */
function manyLabels() {
  const ring = Array.from({ length: 400 }, (_, i) => 100 + 50 * (i % 2 ? Math.sin(i / 64) : Math.cos(i / 64)))
  return Array.from({ length: 800 }, (_, i) => ({
    ...{ id: i + 1, image_id: 2, category_id: 1, iscrowd: 0, area: 7854, bbox: [50, 50, 100, 100] },
    segmentation: [ring],
  }))
}

async function writePhotos(photos: string): Promise<void> {
  mkdirSync(photos)
  for (const { file_name } of IMAGES) {
    const data = new Uint8Array(WIDTH * HEIGHT * 3).fill(180)
    writeFileSync(join(photos, file_name), await encodePng({ data, width: WIDTH, height: HEIGHT }))
  }
}

const IMAGES = ['a.png', 'b.png'].map((file_name, i) => ({
  ...{ id: i + 1, file_name, width: WIDTH, height: HEIGHT },
}))

/** What became of the outlines of one kind of kill. */
class Losses {
  kills = 0
  outlines = 0
  lost = 0
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  /** Age of each that was lost, in milliseconds since it was closed. */
  add(outlines: number, ages: readonly number[]): void {
    this.kills++
    this.outlines += outlines
    this.lost += ages.length
    const said =
      ages.length === 0 ? 'none lost' : `lost: closed ${ages.map((age) => `${age} ms`).join(', ')} before`
    console.log(`${this.name}, after ${outlines} outlines: ${said}`)
  }
}

/** Draws until `kill` has killed, has all `open` again, and looks for what was drawn. */
async function drawnAndKilled(
  own: OpenBrowser,
  closedAt: Map<number, number>,
  losses: Losses,
  { kill, open, stored }: { kill(): Promise<unknown>; open(): Promise<OpenBrowser>; stored: Stored },
): Promise<OpenBrowser> {
  const stop = new AbortController()
  const before = closedAt.size
  const first = Math.max(-1, ...closedAt.keys()) + 2
  const drawing = drawOutlines(
    own.page,
    first,
    (number) => closedAt.set(number, performance.now()),
    stop.signal,
  ).catch(() => {})
  await wait(300 + 2500 * chance.uniform())
  const at = performance.now()
  await kill()
  stop.abort()
  await drawing
  const now = await open()
  await now.page.getByText('All is saved').waitFor()
  const kept = await stored(now.page)
  const gone = [...closedAt].filter(([number]) => !kept.has(number))
  losses.add(
    closedAt.size - before,
    gone.map(([, closed]) => Math.round(at - closed)),
  )
  for (const [number] of gone) closedAt.delete(number)
  return now
}

async function openedAgain(own: OpenBrowser, profile: string): Promise<OpenBrowser> {
  await own.browser.close().catch(() => {})
  const now = await startBrowser(profile)
  await openPage(now.page)
  return now
}

const folder = mkdtempSync(join(tmpdir(), 'maskwright-kills-'))
const [ofStudio, ofBrowser, ofSite] = ['studio', 'browser with a studio', 'browser with the site'].map(
  (name) => new Losses(`${name} killed`),
)
try {
  for (const kind of ['a-small-file', 'a-file-with-a-journal']) {
    const photos = join(folder, kind)
    await writePhotos(photos)
    const annotations = kind === 'a-small-file' ? [] : manyLabels()
    const labels = { images: IMAGES, annotations, categories: [{ id: 1, name: 'object' }] }
    writeFileSync(join(photos, 'annotations.json'), JSON.stringify(labels))
    let studio = await startStudio(photos)
    const profile = join(folder, `profile-${kind}`)
    let own = await startBrowser(profile)
    await openPage(own.page)
    const closedAt = new Map<number, number>()
    for (let i = 0; i < kills / 2; i++) {
      own = await drawnAndKilled(own, closedAt, ofBrowser, {
        kill: own.kill,
        open: () => openedAgain(own, profile),
        stored: onMachine,
      })
      own = await drawnAndKilled(own, closedAt, ofStudio, {
        // Work goes on while nothing stores it.
        kill: () => studio.kill().then(() => wait(1500 * chance.uniform())),
        open: async () => {
          studio = await startStudio(photos)
          return own
        },
        stored: onMachine,
      })
      await own.page.keyboard.press('Escape')
    }
    await own.kill()
    await studio.kill()
  }
  const files = join(folder, 'site')
  await writePhotos(join(folder, 'photos'))
  await running(startCommand(['studio', '--site', files], { cwd: folder })).ended
  const site = await openStaticSite(files, '/', PORT)
  const profile = join(folder, 'profile-site')
  let own = await startBrowser(profile)
  await own.page.goto(URL)
  const photos = IMAGES.map(({ file_name }) => join(folder, 'photos', file_name))
  await own.page.locator('input[type=file][multiple]').first().setInputFiles(photos)
  await own.page.locator('.board[data-shown]').waitFor()
  const closedAt = new Map<number, number>()
  for (let i = 0; i < kills; i++) {
    own = await drawnAndKilled(own, closedAt, ofSite, {
      kill: own.kill,
      open: () => openedAgain(own, profile),
      stored: inBrowser,
    })
  }
  await own.kill()
  await site.close()
  for (const { name, kills, outlines, lost } of [ofStudio, ofBrowser, ofSite])
    console.log(`${name}: ${kills} times, ${outlines} outlines, ${lost} lost`)
} finally {
  await endAll()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}
