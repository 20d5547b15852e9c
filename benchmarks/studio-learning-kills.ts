/**
 * Whether a training in the page goes on as if nothing had happened where the browser is killed by force at random moments: its losses are
 * compared with those of a training that was not killed. After `npm run build`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { writeStudioSite } from '../src/node/studio-pages.ts'
import { random } from '../src/tensor/random.ts'
import { parseMetrics } from '../src/train/report-data.ts'
import { openStaticSite } from '../test/browser/static-site.ts'
import { keptOfRun, thinLearning } from '../test/browser/thin-learning.ts'
import { writeSyntheticImages } from '../test/end-to-end/synthetic-data.ts'
import { endAll, startBrowser } from './studio-kills/killed-processes.ts'
import { argumentsOr } from './usage.ts'

const PATIENCE = { timeout: 300_000 }
const PORT = 8094
const kills = Number(argumentsOr('studio-learning-kills.ts KILLS', 1)[0])
const chance = random(29)
/** Enough for all kills. */
const steps = 20 * kills

const folder = mkdtempSync(join(tmpdir(), 'maskwright-learning-kills-'))
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const ended = (page: Page) => page.getByText(`Finished after ${steps} steps`).waitFor(PATIENCE)
async function lossesOf(page: Page): Promise<Map<number, number[]>> {
  const losses = new Map<number, number[]>()
  for (const { step, loss } of parseMetrics(await keptOfRun(page, 'metrics.jsonl')))
    if (loss !== undefined) losses.set(step, [...(losses.get(step) ?? []), Number(loss)])
  return losses
}

try {
  await writeStudioSite(join(folder, 'site'))
  const site = await openStaticSite(join(folder, 'site'), '/', PORT)
  const labels = await writeSyntheticImages(join(folder, 'photos'), 6, 3)
  writeFileSync(join(folder, 'labels.json'), JSON.stringify(labels))
  const profile = join(folder, 'profile')
  let own = await startBrowser(profile)
  await own.page.goto(site.url)
  const photos = labels.images.map(({ file_name }) => join(folder, 'photos', file_name))
  await own.page.locator('input[type=file]').first().setInputFiles(photos)
  await own.page.locator('.board[data-shown]').waitFor()
  // From the second visit on the page is isolated, with as many threads as after a kill.
  await own.page.evaluate('navigator.serviceWorker.ready')
  await own.page.reload()
  await own.page.locator('.board[data-shown]').waitFor()
  await own.page.getByText('Save labels elsewhere, or add some').click()
  await own.page.getByLabel('Labels from files or a .zip').setInputFiles(join(folder, 'labels.json'))
  await button(own.page, 'Add them').click()
  await own.page.getByText('All is saved').waitFor()
  await own.page.getByText('Settings of your own').click()
  await own.page.getByRole('textbox', { name: 'Settings of your own' }).fill(thinLearning({ steps }))
  await button(own.page, 'Train').click()
  await ended(own.page)
  const whole = await lossesOf(own.page)
  console.log(`not killed: ${whole.size} steps`)

  await button(own.page, 'Train').click()
  await own.page.getByText(/^Step \d+ of/).waitFor(PATIENCE)
  for (let kill = 1; kill <= kills; kill++) {
    await wait(500 + 4000 * chance.uniform())
    await own.kill()
    await own.browser.close().catch(() => {})
    own = await startBrowser(profile)
    await own.page.goto(site.url)
    await own.page.getByText(/^Stopped (after step|before its first)/).waitFor(PATIENCE)
    const taken = Math.max(0, ...(await lossesOf(own.page)).keys())
    console.log(`killed ${kill} times, the last after step ${taken}`)
    const goOn = button(own.page, 'Go on')
    await ((await goOn.isVisible()) ? goOn : button(own.page, 'Train')).click()
    // Killed before it takes a step it would come no further.
    const isFurther = new RegExp(`^Step (?!${taken} )\\d+ of|^Finished`)
    await own.page.getByText(isFurther).waitFor(PATIENCE)
  }
  await ended(own.page)
  const killed = await lossesOf(own.page)
  const twice = [...killed].filter(([, losses]) => losses.length > 1)
  const apart = [...whole].filter(([step, [loss]]) => killed.get(step)?.[0] !== loss)
  console.log(
    `${kills} kills: ${killed.size} of ${whole.size} steps, ${twice.length} told twice, ${apart.length} with another loss`,
  )
  for (const [step, [loss]] of apart.slice(0, 3))
    console.log(`step ${step}: ${loss}, killed ${killed.get(step)}`)
  await own.kill()
  await site.close()
} finally {
  await endAll()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}
