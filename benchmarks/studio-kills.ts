/** Whether labels are lost where the browser or the studio is killed at random moments while outlines are drawn; after `npm run build`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Browser, chromium, type Page } from 'playwright-core'
import { encodePng } from '../src/node/decode-image.ts'
import { random } from '../src/tensor/random.ts'
import { chromiumPath } from '../test/browser/chromium.ts'
import { startCommand } from '../test/end-to-end/command-line.ts'
import { argumentsOr } from './usage.ts'

const [WIDTH, HEIGHT, PORT] = [640, 480, 8093]
const URL = `http://127.0.0.1:${PORT}/`
const kills = Number(argumentsOr('studio-kills.ts KILLS', 1)[0])
const chance = random(17)

interface Running {
  readonly process: ChildProcess
  kill(): Promise<void>
}

/** What is to be ended at the end, whatever comes. */
const started: Running[] = []

function running(process: ChildProcess): Running {
  const ended = new Promise<void>((resolve) => process.on('close', () => resolve()))
  const own = {
    process,
    kill: () => {
      process.kill('SIGKILL')
      return ended
    },
  }
  started.push(own)
  return own
}

/** Resolves with what comes after the words in what the process says. */
function saying({ process }: Running, words: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    process.on('close', () => reject(new Error(`ended without a word of ${words}: ${said}`)))
    process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const found = said.match(words)
      if (found) resolve(found[1])
    })
  })
}

async function startStudio(photos: string): Promise<Running> {
  const studio = running(startCommand(['studio', photos, '--port', `${PORT}`], { cwd: photos }))
  await saying(studio, /(is open in a browser)/)
  return studio
}

interface OpenBrowser extends Running {
  readonly browser: Browser
  readonly page: Page
}

async function startBrowser(profile: string): Promise<OpenBrowser> {
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
  ]
  const args = [
    ...flags,
    `--user-data-dir=${profile}`,
    '--remote-debugging-port=0',
    '--window-size=1280,800',
    'about:blank',
  ]
  const own = running(spawn(chromiumPath, args, { stdio: ['ignore', 'ignore', 'pipe'] }))
  const browser = await chromium.connectOverCDP(await saying(own, /DevTools listening on (ws:\S+)/))
  const page = await browser.contexts()[0].newPage()
  await page.setViewportSize({ width: 1280, height: 800 })
  page.on('dialog', (dialog) => dialog.accept().catch(() => {}))
  return { ...own, browser, page }
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

async function storedNumbers(): Promise<Set<number>> {
  const { annotations } = (await (await fetch(`${URL}api/project`)).json()) as {
    annotations: { image_id: number; segmentation: number[][] }[]
  }
  const own = annotations.filter(({ image_id }) => image_id === 1).map(({ segmentation: [[x, y]] }) => [x, y])
  const isAt = (number: number) =>
    own.some(([x, y]) => Math.hypot(x - placeOf(number)[0], y - placeOf(number)[1]) < 2)
  return new Set(Array.from({ length: 60 * 45 }, (_, number) => number).filter(isAt))
}

/** Of a second photo: so many that the file is kept by a journal. */
function manyLabels() {
  const ring = Array.from({ length: 400 }, (_, i) => 100 + 50 * (i % 2 ? Math.sin(i / 64) : Math.cos(i / 64)))
  return Array.from({ length: 800 }, (_, i) => ({
    ...{ id: i + 1, image_id: 2, category_id: 1, iscrowd: 0, area: 7854, bbox: [50, 50, 100, 100] },
    segmentation: [ring],
  }))
}

const folder = mkdtempSync(join(tmpdir(), 'maskwright-kills-'))
let lost = 0
let inHand = 0
let outlines = 0
try {
  for (const kind of ['a small file', 'a file with a journal']) {
    const photos = join(folder, kind.replaceAll(' ', '-'))
    mkdirSync(photos)
    const images = ['a.png', 'b.png'].map((file_name, i) => ({
      id: i + 1,
      file_name,
      width: WIDTH,
      height: HEIGHT,
    }))
    for (const { file_name } of images) {
      const data = new Uint8Array(WIDTH * HEIGHT * 3).fill(180)
      writeFileSync(join(photos, file_name), await encodePng({ data, width: WIDTH, height: HEIGHT }))
    }
    const annotations = kind === 'a small file' ? [] : manyLabels()
    const labels = { images, annotations, categories: [{ id: 1, name: 'object' }] }
    writeFileSync(join(photos, 'annotations.json'), JSON.stringify(labels))
    let studio = await startStudio(photos)
    let own = await startBrowser(join(folder, 'profile'))
    await openPage(own.page)
    const drawn = new Set<number>()
    for (let kill = 0; kill < kills / 2; kill++) {
      const isBrowser = kill % 2 === 0
      const stop = new AbortController()
      let last = -1
      const first = Math.max(-1, ...drawn) + 2
      const drawing = drawOutlines(
        own.page,
        first,
        (number) => {
          last = number
          drawn.add(number)
        },
        stop.signal,
      ).catch(() => {})
      await wait(300 + 2500 * chance.uniform())
      if (isBrowser) await own.kill()
      else {
        await studio.kill()
        // Work goes on while nothing stores it.
        await wait(1500 * chance.uniform())
      }
      stop.abort()
      await drawing
      if (isBrowser) {
        await own.browser.close().catch(() => {})
        own = await startBrowser(join(folder, 'profile'))
        await openPage(own.page)
      } else studio = await startStudio(photos)
      await own.page.getByText('All is saved').waitFor()
      const stored = await storedNumbers()
      const gone = [...drawn].filter((number) => !stored.has(number))
      for (const number of gone) drawn.delete(number)
      const isLast = gone.length === 1 && gone[0] === last
      if (isLast) inHand++
      else lost += gone.length
      console.log(
        `${kind}, ${isBrowser ? 'the browser' : 'the studio'} killed after ${last - first + 1} outlines: ${gone.length === 0 ? 'none lost' : `${gone.length} lost${isLast ? ', the last one' : ''}`}`,
      )
      if (!isBrowser) await own.page.keyboard.press('Escape')
    }
    outlines += drawn.size
    await own.kill()
    await studio.kill()
  }
  console.log(`${outlines} outlines, ${kills} kills: ${lost} lost, besides the last one of ${inHand} kills`)
} finally {
  for (const one of started) await one.kill()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}
