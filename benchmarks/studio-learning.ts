/**
 * A training in the page of the studio: photos and labels given to the built site in Chromium, Train pressed, and its model asked. Takes
 * pictures of the panel. After `npm run build`.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeStudioSite } from '../src/node/studio-pages.ts'
import { launch } from '../test/browser/chromium.ts'
import { openStaticSite } from '../test/browser/static-site.ts'
import { argumentsOr } from './usage.ts'

const [minutes, photos, labels, pictures] = argumentsOr(
  'studio-learning.ts MINUTES PHOTOS LABELS PICTURES',
  4,
)

const folder = await mkdtemp(join(tmpdir(), 'maskwright-learning-'))
await writeStudioSite(join(folder, 'site'))
const site = await openStaticSite(join(folder, 'site'), '/')
const browser = await launch()
const began = performance.now()
const tell = (text: string) =>
  console.log(`${((performance.now() - began) / 60_000).toFixed(1)} min  ${text}`)
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, acceptDownloads: true })
  page.on('pageerror', (error) => tell(`error of the page: ${error.message}`))
  const text = async () => (await page.locator('section.training').allInnerTexts()).join()
  const picture = async (name: string) => {
    for (const [kind, width] of [
      ['desktop', 1280],
      ['phone', 390],
    ] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.getByRole('heading', { name: 'Train a model' }).scrollIntoViewIfNeeded()
      await page.screenshot({ path: join(pictures, `${name}-${kind}.png`) })
    }
    await page.setViewportSize({ width: 1280, height: 900 })
  }
  await page.goto(site.url)
  const files = (await readdir(photos)).map((name) => join(photos, name))
  await page.locator('input[type=file]').first().setInputFiles(files)
  await page.locator('.board[data-shown]').waitFor()
  // The second visit is served by the page's own worker, which isolates it: then WebAssembly has threads.
  await page.evaluate('navigator.serviceWorker.ready')
  await page.reload()
  await page.locator('.board[data-shown]').waitFor()
  await page.getByText('Save labels elsewhere, or add some').click()
  await page.getByLabel('Labels from files or a .zip').setInputFiles(labels)
  await page.getByRole('button', { name: 'Add them' }).click()
  await page.getByText('All is saved').waitFor()
  tell(`isolated: ${await page.evaluate('crossOriginIsolated')}`)
  await page.getByLabel('Minutes it may take').fill(minutes)
  await page.getByRole('button', { name: 'Train', exact: true }).click()
  await page.getByRole('button', { name: 'Stop' }).waitFor({ timeout: 60_000 })
  let last = ''
  for (let isPictured = false; await page.getByRole('button', { name: 'Stop' }).isVisible(); ) {
    await new Promise((resolve) => setTimeout(resolve, 5000))
    const now = (await text()).split('\n').slice(1, 5).join(' | ')
    if (now !== last) tell(now)
    last = now
    if (isPictured || !/AP/.test(now)) continue
    isPictured = true
    await picture('going')
  }
  tell((await text()).replaceAll('\n', ' | '))
  await picture('ended')
  const [file] = await Promise.all([
    page.waitForEvent('download', { timeout: 120_000 }),
    page.getByRole('button', { name: /\.onnx/ }).click(),
  ])
  await file.saveAs(join(pictures, 'model.onnx'))
  tell('saved as ONNX')
} finally {
  await browser.close()
  await site.close()
  await rm(folder, { recursive: true, force: true })
}
