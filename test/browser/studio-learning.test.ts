import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCoco } from '../../src/formats/coco/coco.ts'
import { Detector } from '../../src/index.node.ts'
import { openRunFolder } from '../../src/node/run-folder.ts'
import { writeStudioSite } from '../../src/node/studio-pages.ts'
import { trainPlatform } from '../../src/node/train-platform.ts'
import { parseStoredConfig } from '../../src/train/config.ts'
import { parseMetrics } from '../../src/train/report-data.ts'
import { runTraining } from '../../src/train/run.ts'
import { writeSyntheticImages } from '../end-to-end/synthetic-data.ts'
import { chromiumPath, hasChromium, launch } from './chromium.ts'
import { openStaticSite, type StaticSite } from './static-site.ts'
import { builtStudioPage, newStudioPage, onStudioPage } from './studio-page.ts'
import { keptOfRun, thinLearning } from './thin-learning.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`
/** So many that Stop is pressed before the last. */
const STEPS = 24
/** After some more, what differs in its last bits has come to another choice of proposals. */
const COMPARED = 5
/** Of losses, relative: float32 in another order. */
const TOLERANCE = 1e-4
const PATIENCE = { timeout: 120_000 }

describe.skipIf(!hasChromium)(`a training in the page, in Chromium${reason}`, { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-learning-'))
  const photos = join(folder, 'photos')
  const errors: string[] = []
  let site: StaticSite
  let browser: Browser
  let page: Page
  const { button, saved } = onStudioPage(() => page, { width: 64, height: 72 })

  beforeAll(async () => {
    await builtStudioPage(join(folder, 'page'))
    await writeStudioSite(join(folder, 'site'), join(folder, 'page'))
    site = await openStaticSite(join(folder, 'site'), '/')
    const labels = await writeSyntheticImages(photos, 6, 3)
    writeFileSync(join(folder, 'labels.json'), JSON.stringify(labels))
    browser = await launch()
    page = await newStudioPage(browser, errors)
    await page.goto(site.url)
    const files = labels.images.map(({ file_name }) => join(photos, file_name))
    await page.locator('input[type=file]').first().setInputFiles(files)
    await page.locator('.board[data-shown]').waitFor()
    // Served by the page's own worker, it is isolated: WebAssembly has threads then.
    await page.evaluate('navigator.serviceWorker.ready')
    await page.reload()
    await page.locator('.board[data-shown]').waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    await site?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const kept = (name: string) => keptOfRun(page, name)
  const lossesIn = (metrics: string) =>
    parseMetrics(metrics).flatMap(({ step, loss }) => (loss === undefined ? [] : [[step, Number(loss)]]))
  const download = async (name: RegExp): Promise<Uint8Array> => {
    const [file] = await Promise.all([page.waitForEvent('download', PATIENCE), button(name).click()])
    return readFileSync(await file.path())
  }

  it('is refused without labels, in words', async () => {
    await button('Train').click()
    await page.getByText('the labels have no object').waitFor(PATIENCE)
  })

  it('is stopped, and goes on after the page was opened again', async () => {
    await page.getByText('Save labels elsewhere, or add some').click()
    await page.getByLabel('Labels from files or a .zip').setInputFiles(join(folder, 'labels.json'))
    await button('Add them').click()
    await saved()
    await page.getByText('Settings of your own').click()
    await page.getByRole('textbox', { name: 'Settings of your own' }).fill(thinLearning({ steps: STEPS }))
    await button('Train').click()
    await page.getByText(new RegExp(`^Step \\d+ of ${STEPS}`)).waitFor(PATIENCE)
    await button('Stop').click()
    await page.getByText(/^Stopped after step \d/).waitFor(PATIENCE)
    await page.reload()
    await page.getByText(/^Stopped after step \d/).waitFor(PATIENCE)
    await button('Go on').click()
    await page.getByText(`Finished after ${STEPS} steps`).waitFor(PATIENCE)
    await page.getByText(/^AP \d\.\d{3}, AP50 .* of masks, on \d photos?/).waitFor()
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([])
  })

  it('takes the steps that Node takes', async () => {
    const inPage = lossesIn(await kept('metrics.jsonl'))
    expect(inPage.map(([step]) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1))
    const config = parseStoredConfig(await kept('config.json'), 'config.json')
    const { data } = config
    const placed = {
      ...config,
      workers: 0,
      data: { ...data, train: { ...data.train, images: photos }, val: { ...data.val!, images: photos } },
    }
    const [train, val] = await Promise.all(
      ['train.json', 'val.json'].map(async (name) => parseCoco(JSON.parse(await kept(name)), name)),
    )
    const out = join(folder, 'run')
    mkdirSync(out)
    const run = {
      config: placed,
      train,
      val,
      name: 'run',
      files: openRunFolder(out),
      platform: trainPlatform,
    }
    await runTraining({ ...run, device: 'cpu', maxSteps: COMPARED })
    const inNode = lossesIn(readFileSync(join(out, 'metrics.jsonl'), 'utf8'))
    expect(inNode.length).toBe(COMPARED)
    for (const [i, [step, loss]] of inNode.entries()) {
      expect(Math.abs(inPage[i][1] / loss - 1), `loss of step ${step}`).toBeLessThan(TOLERANCE)
    }
  })

  it('gives a model that finds objects in the page, and both files of it open in Node', async () => {
    await button('Find objects').click()
    await page.getByLabel('Least score').fill('0.05', PATIENCE)
    await page.getByRole('button', { name: 'Find objects' }).waitFor(PATIENCE)
    for (const kind of ['safetensors', 'onnx'] as const) {
      const file = join(folder, `model.${kind}`)
      writeFileSync(file, await download(new RegExp(`\\.${kind}`)))
      const detector = await Detector.load(file, { device: 'cpu' })
      expect(detector.categories.map(({ name }) => name)).toEqual(['leaf', 'stem'])
      await detector.detect(join(photos, 'image-0.png'), { score: 0 })
      await detector.dispose()
    }
    for (const name of [/^Report of the training/, /^Evaluation/]) {
      expect(new TextDecoder().decode(await download(name))).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/i)
    }
  })

  it('keeps the model of the training before when another begins', async () => {
    await button('Train').click()
    await button('Stop').waitFor(PATIENCE)
    await page.reload()
    const models = page.getByRole('combobox', { name: 'Model', exact: true }).locator('option')
    await expect.poll(async () => (await models.allTextContents()).join()).toMatch(/\d{4}-\d\d-\d\d/)
    // What a browser writes when a host has no studio.
    expect(errors.filter((error) => !/404/.test(error))).toEqual([])
  })
})
