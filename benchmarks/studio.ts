/** How smoothly the studio moves a large photo with many outlines, in Chromium without a GPU; after `npm run build`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPhotoStudio } from '../src/cli/studio/photo-studio.ts'
import { encodeJpeg } from '../src/node/decode-image.ts'
import { launch } from '../test/browser/chromium.ts'
import { argumentsOr } from './usage.ts'

const [WIDTH, HEIGHT, POINTS, SECONDS] = [4000, 3000, 60, 5]
const count = Number(argumentsOr('studio.ts OBJECTS', 1)[0])

/** Rings that are no circles, in a grid with gaps. */
function rings(): number[][] {
  const columns = Math.ceil(Math.sqrt((count * WIDTH) / HEIGHT))
  const cell = WIDTH / columns
  return Array.from({ length: count }, (_, i) => {
    const [x, y] = [((i % columns) + 0.5) * cell, (Math.floor(i / columns) + 0.5) * cell]
    return Array.from({ length: POINTS }, (_, p) => {
      const angle = (2 * Math.PI * p) / POINTS
      const radius = cell * (0.38 + 0.06 * Math.sin(5 * angle + i))
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)]
    }).flat()
  })
}

const folder = mkdtempSync(join(tmpdir(), 'maskwright-studio-'))
const browser = await launch()
const ended = new AbortController()
try {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 2_654_435_761) >>> 25)
  writeFileSync(join(folder, 'photo.jpg'), await encodeJpeg({ data, width: WIDTH, height: HEIGHT }))
  const annotations = rings().map((ring, i) => ({
    ...{ id: i + 1, image_id: 1, category_id: 1, iscrowd: 0, segmentation: [ring] },
  }))
  writeFileSync(
    join(folder, 'annotations.json'),
    JSON.stringify({
      images: [{ id: 1, file_name: 'photo.jpg', width: WIDTH, height: HEIGHT }],
      categories: [{ id: 1, name: 'cell' }],
      annotations,
    }),
  )
  const studio = await openPhotoStudio(folder, { port: 0, signal: ended.signal })
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } })
  const began = performance.now()
  await page.goto(studio.url)
  await page.locator('.board[data-shown]').waitFor()
  console.log(`open with ${count} outlines of ${POINTS} points: ${Math.round(performance.now() - began)} ms`)
  const box = (await page.locator('.board').boundingBox())!
  for (const zoom of ['whole photo', 'nearer']) {
    if (zoom === 'nearer') for (let i = 0; i < 6; i++) await page.keyboard.press('+')
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.evaluate(`(() => {
      globalThis.frames = []
      const count = (time) => { frames.push(time); if (globalThis.frames) requestAnimationFrame(count) }
      requestAnimationFrame(count)
    })()`)
    const end = performance.now() + SECONDS * 1000
    for (let i = 0; performance.now() < end; i++) {
      await page.mouse.move(x + 200 * Math.sin(i / 15), y + 150 * Math.cos(i / 15))
    }
    const times = (await page.evaluate('globalThis.frames.slice()')) as number[]
    await page.mouse.up()
    const gaps = times.slice(1).map((time, i) => time - times[i])
    const slow = gaps.toSorted((a, b) => a - b)[Math.floor(0.95 * gaps.length)]
    const rate = (1000 * gaps.length) / (times[times.length - 1] - times[0])
    console.log(
      `${zoom}: ${rate.toFixed(1)} frames a second while it is moved, 95 of 100 within ${slow.toFixed(0)} ms`,
    )
  }
  const memory = await page.context().newCDPSession(page)
  const { metrics } = (await (async () => {
    await memory.send('Performance.enable')
    return memory.send('Performance.getMetrics')
  })()) as { metrics: { name: string; value: number }[] }
  const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')!.value
  console.log(
    `memory of the page's scripts: ${(heap / 2 ** 20).toFixed(0)} MB, beside the picture's ${((WIDTH * HEIGHT * 4) / 2 ** 20).toFixed(0)} MB`,
  )
  await studio.close()
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}
