import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePng } from '../../src/node/decode-image.ts'
import { loadPlotAssets } from '../../src/node/plot-assets.ts'
import { resolveConfig } from '../../src/train/config.ts'
import { reportPage } from '../../src/train/report.ts'
import { chromiumPath, hasChromium, type OpenDocument, openDocument } from './chromium.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`

describe.skipIf(!hasChromium)(`the report of a run, in Chromium${reason}`, () => {
  let report: OpenDocument
  let page: Page

  beforeAll(async () => {
    report = await openDocument(await exampleReport(), { width: 1200, height: 800 })
    page = report.page
  })
  afterAll(() => report?.close())

  it('draws every chart, with nothing from outside the file', async () => {
    expect(await page.locator('.chart canvas').count()).toBe(4)
    expect(await page.locator('.chart h3').allTextContents()).toEqual([
      'Loss',
      'Validation',
      'Learning rate',
      'Gradient norm',
    ])
    expect(await inkOf(page)).toBeGreaterThan(500)
    expect(report.errors).toEqual([])
    expect(report.requests.filter((url) => !/^(file|data):/.test(url))).toEqual([])
  })

  it('shows text as text', async () => {
    expect(await page.locator('h1').textContent()).toBe('<i>run</i> & "co"')
    expect(await page.evaluate('window.hacked')).toBe(undefined)
    expect(await page.locator('pre').textContent()).toContain('<img src=x onerror=')
  })

  it('shows labelled beside predicted', async () => {
    const widths = await page
      .locator('.pair img')
      .evaluateAll((images) =>
        images.map((image) => (image as unknown as { readonly naturalWidth: number }).naturalWidth),
      )
    expect(widths).toEqual([5, 5])
  })

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    // Evaluated from outside: the page's own content policy forbids what waitForFunction does inside it.
    const widest =
      'Math.max(...[...document.querySelectorAll(".chart canvas")].map((c) => c.getBoundingClientRect().width))'
    await expect.poll(() => page.evaluate(widest), { timeout: 10_000 }).toBeLessThan(360)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    // The table of all figures is wider, and scrolls within itself; the step stays in sight.
    const left = () => page.locator('.table td').first().boundingBox()
    const before = await left()
    expect(await page.evaluate('document.querySelector(".table").scrollWidth')).toBeGreaterThan(500)
    await page.evaluate('document.querySelector(".table").scrollLeft = 200')
    expect(await left()).toEqual(before)
  })
})

/** Pixels of the first chart that are not transparent. */
function inkOf(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector('.chart canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let ink = 0
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) ink++
    return ink
  })()`)
}

/** As many figures as evaluations of masks have. */
const OTHERS = Object.fromEntries(
  ['segm', 'bbox'].flatMap((kind) =>
    ['AP75', 'APs', 'APm', 'APl', 'AR100'].map((name) => [`val_${kind}_${name}`, 0.1]),
  ),
)

async function exampleReport(): Promise<string> {
  const config = resolveConfig(
    {
      goal: '<img src=x onerror="window.hacked = true">',
      model: { name: 'mask-rcnn' },
      data: { train: { images: 'images', annotations: 'train.json' } },
      steps: 100,
    },
    { where: 'test' },
  )
  const steps = Array.from({ length: 100 }, (_, i) => ({
    ...{ step: i + 1, loss: 1 + 3 / (i + 1), loss_mask: 1 / (i + 1), learning_rate: 0.001, gradient_norm: 2 },
    ...{ step_ms: 100, wait_ms: 1 },
  }))
  const evaluations = [50, 100].map((step) => ({
    step,
    val_segm_AP: step / 200,
    val_segm_AP50: step / 150,
    ...OTHERS,
  }))
  const png = await encodePng({ data: new Uint8Array(5 * 4 * 3).fill(200), width: 5, height: 4 })
  const uri = `data:image/png;base64,${Buffer.from(png).toString('base64')}`
  return reportPage({
    facts: {
      ...{ name: '<i>run</i> & "co"', categories: ['nucleus'], trainImages: 4, valImages: 2 },
      ...{ step: 100, parameters: 1e6, best: { figure: 0.5, step: 100 }, bestFigure: 'val_segm_AP' },
    },
    config,
    metrics: [...steps, ...evaluations],
    pictures: [{ file: 'a.png', truth: uri, prediction: uri, note: '3 labelled, 2 predicted', classes: [] }],
    assets: await loadPlotAssets(),
  })
}
