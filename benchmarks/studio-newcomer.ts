/**
 * A newcomer's way with real photos: `maskwright studio` on a copy of a folder, a training started in the page, and its model asked about
 * a photo without labels. Takes pictures of the page on the way. After `npm run build`.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPhotoStudio } from '../src/cli/studio/photo-studio.ts'
import { launch } from '../test/browser/chromium.ts'
import { argumentsOr } from './usage.ts'

const [minutes, photos, labels, pictures, ...settings] = argumentsOr(
  'studio-newcomer.ts MINUTES PHOTOS LABELS PICTURES [SETTING...]',
  4,
)

const folder = await mkdtemp(join(tmpdir(), 'maskwright-newcomer-'))
const [copy, file] = [join(folder, 'photos'), join(folder, 'annotations.json')]
await cp(photos, copy, { recursive: true })
await cp(labels, file)
const browser = await launch()
const ended = new AbortController()
const began = performance.now()
const tell = (text: string) =>
  console.log(`${((performance.now() - began) / 60_000).toFixed(1)} min  ${text}`)
const trainFlags = settings.flatMap((setting) => ['--set', setting])
const options = { labels: file, runs: join(folder, 'runs'), trainFlags, port: 0, signal: ended.signal }
const studio = await openPhotoStudio(copy, options)
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' })
  const state = async () => (await fetch(`${studio.url}/api/training`)).json()
  const picture = async (name: string) => {
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.getByRole('heading', { name: 'Train a model' }).scrollIntoViewIfNeeded()
    await page.screenshot({ path: join(pictures, `${name}.png`) })
    await page.setViewportSize({ width: 390, height: 844 })
    await page.getByRole('heading', { name: 'Train a model' }).scrollIntoViewIfNeeded()
    await page.screenshot({ path: join(pictures, `${name}-phone.png`) })
    await page.setViewportSize({ width: 1280, height: 900 })
  }
  await page.goto(studio.url)
  await page.locator('.board[data-shown]').waitFor()
  await page.getByLabel('Minutes it may take').fill(minutes)
  await page.getByRole('button', { name: 'Train', exact: true }).click()
  await page.getByRole('button', { name: 'Stop' }).waitFor({ timeout: 60_000 })
  let isPictured = false
  for (let now = await state(); ['running', 'stopping'].includes(now.phase); now = await state()) {
    await new Promise((resolve) => setTimeout(resolve, 5000))
    if (isPictured || now.precision.length === 0) continue
    tell(`step ${now.step} of ${now.steps}, AP ${now.precision.at(-1)[1].toFixed(3)}`)
    await picture('training')
    isPictured = true
  }
  const { phase, problem, step, reached } = await state()
  tell(
    `${phase} after step ${step}: ${problem ?? `AP ${reached?.AP.toFixed(3)}, AP50 ${reached?.AP50.toFixed(3)}`}`,
  )
  if (phase !== 'finished') throw new Error(problem ?? phase)
  const unlabelled = page.locator('nav li', { has: page.locator('.count', { hasText: /^0?$/ }) }).first()
  await unlabelled.getByRole('button').click()
  await page.getByRole('button', { name: 'Find objects' }).click()
  await page.getByLabel('Least score').waitFor({ timeout: 300_000 })
  await page.getByLabel('Least score').fill('0.05')
  await page.getByRole('button', { name: /^Accept all/ }).waitFor()
  tell(`on a photo without labels: ${await page.getByRole('button', { name: /^Accept all/ }).textContent()}`)
  await picture('trained')
} finally {
  await browser.close()
  await studio.close()
  await rm(folder, { recursive: true, force: true })
}
