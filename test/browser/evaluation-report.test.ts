import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeJpegWithin } from '../../src/node/decode-image.ts'
import { loadPlotAssets } from '../../src/node/plot-assets.ts'
import { evaluationPage } from '../../src/report/evaluation-page.ts'
import { galleryCases } from '../../src/report/gallery-case.ts'
import { exampleEvaluation } from '../evaluation-example.ts'
import { chromiumPath, hasChromium, type OpenDocument, openDocument } from './chromium.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`
const PHONE = { width: 390, height: 844 }
const DESK = { width: 1200, height: 800 }

describe.skipIf(!hasChromium)(`the report of an evaluation, in Chromium${reason}`, () => {
  let report: OpenDocument
  let page: Page

  beforeAll(async () => {
    report = await openDocument(await exampleReport(), DESK)
    page = report.page
  })
  afterAll(() => report?.close())

  it('draws every chart, with nothing from outside the file', async () => {
    expect(await page.locator('.chart h3').allTextContents()).toEqual([
      'Precision over recall',
      'By category at IoU 0.5',
      'Score threshold',
      'Reliability of scores',
    ])
    expect(await page.locator('.chart canvas').count()).toBe(4)
    expect(report.errors).toEqual([])
    expect(report.requests.filter((url) => !/^(file|data):/.test(url))).toEqual([])
  })

  it('shows text as text', async () => {
    expect(await page.locator('h1').textContent()).toBe('Evaluation of <i>model</i>')
    expect(await page.evaluate('window.hacked')).toBe(undefined)
  })

  it('sorts the categories by what is pressed, by mouse and by keyboard', async () => {
    const names = () => page.locator('.sortable tbody th').allTextContents()
    const order = (title: string) =>
      page.locator('.sortable thead th', { hasText: title }).first().getAttribute('aria-sort')
    expect(await names()).toEqual(['leaf', 'stem & <i>root</i>'])
    expect(await order('AP')).toBe('descending')

    await page.getByRole('button', { name: 'Objects' }).click()
    // Three stems, two leaves.
    expect(await names()).toEqual(['stem & <i>root</i>', 'leaf'])
    expect(await order('Objects')).toBe('descending')
    expect(await order('AP')).toBe('none')

    await page.getByRole('button', { name: 'Objects' }).focus()
    await page.keyboard.press('Enter')
    expect(await names()).toEqual(['leaf', 'stem & <i>root</i>'])
    expect(await order('Objects')).toBe('ascending')

    // No leaf is large: figures that are not defined come last in both orders.
    for (const expected of ['descending', 'ascending']) {
      await page.getByRole('button', { name: 'APl' }).click()
      expect(await order('APl')).toBe(expected)
      expect(await names()).toEqual(['stem & <i>root</i>', 'leaf'])
    }
  })

  const shown = () => page.locator('.case:visible figcaption strong').allTextContents()

  it('draws the pictures of the cases, with their outlines', async () => {
    expect(await shown()).toHaveLength(5)
    const widths = await page.evaluate(`Promise.all(
      [...document.querySelectorAll('.case image')].map(async (image) => {
        const decoded = new Image()
        decoded.src = image.getAttribute('href')
        await decoded.decode()
        return decoded.naturalWidth
      }))`)
    // The third is of the widest object: 700 pixels, three to one.
    expect(widths).toEqual([48, 48, 234, 48, 48])
    const box = await page.locator('.case path.predictions').first().boundingBox()
    expect(box?.width).toBeGreaterThan(10)
  })

  it('shows the kind, category and order that are chosen', async () => {
    await page.locator('select[name=kind]').selectOption('false positive: background')
    expect(await shown()).toEqual(['false positive: background'])
    expect(await page.locator('#shown').textContent()).toBe('1 case.')
    await page.locator('select[name=kind]').selectOption('false positive')
    expect(await shown()).toHaveLength(2)
    await page.locator('select[name=kind]').selectOption('')
    await page.locator('select[name=category]').selectOption('stem & <i>root</i>')
    expect(await shown()).toEqual(['missed', 'missed', 'badly outlined'])
    await page.locator('select[name=category]').selectOption('')
    await page.locator('select[name=order]').selectOption('area+')
    // 144, 200 (three times, worst first), 30,000 pixels.
    expect(await shown()).toEqual([
      'false positive: background',
      'false positive: classification',
      'missed',
      'badly outlined',
      'missed',
    ])
    await page.locator('select[name=order]').selectOption('score+')
    expect((await shown())[0]).toBe('badly outlined')
  })

  it('hides outlines and enlarges a case', async () => {
    const predictions = page.locator('.case path.predictions:visible')
    expect(await predictions.count()).toBeGreaterThan(0)
    await page.getByLabel('predicted').uncheck()
    expect(await predictions.count()).toBe(0)
    await page.getByLabel('predicted').check()
    const first = page.locator('.case button').first()
    const before = await first.boundingBox()
    await first.click()
    expect(await first.getAttribute('aria-expanded')).toBe('true')
    expect((await first.boundingBox())?.width).toBeGreaterThan(2 * (before?.width ?? 0))
    await first.click()
  })

  it('is dark where the system is', async () => {
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    expect(await paper()).toBe('rgb(255, 255, 255)')
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await paper()).toBe('rgb(20, 23, 27)')
  })

  it('fits a phone', async () => {
    await page.setViewportSize(PHONE)
    // Evaluated from outside: the page's own content policy forbids what waitForFunction does inside it.
    const widest =
      'Math.max(...[...document.querySelectorAll(".chart canvas")].map((c) => c.getBoundingClientRect().width))'
    await expect.poll(() => page.evaluate(widest), { timeout: 10_000 }).toBeLessThan(PHONE.width)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width)
    // Nor does the name of a category in the legend of a chart make it wider.
    await page.evaluate('document.querySelector(".u-legend .u-label").textContent = "name_".repeat(20)')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width)
    const cases = await page.locator('.case').evaluateAll((figures) =>
      figures.map((figure) => {
        const { getBoundingClientRect } = figure as unknown as { getBoundingClientRect(): { width: number } }
        return getBoundingClientRect.call(figure).width
      }),
    )
    expect(Math.min(...cases)).toBeGreaterThan(150)
    expect(report.errors).toEqual([])
  })
})

async function exampleReport(): Promise<string> {
  const { groundTruth, results, report } = exampleEvaluation()
  const cases = await galleryCases({
    ...{ groundTruth, results, report, encodeJpeg: encodeJpegWithin },
    readImage: async ({ width, height }) => ({
      data: new Uint8Array(width * height * 3).fill(90),
      ...{ width, height },
    }),
  })
  return evaluationPage({
    ...{ report, cases, subject: '<i>model</i>', annotations: 'val.json', galleryNote: 'Made up.' },
    stats: { segm: { ...report.stats } },
    assets: await loadPlotAssets(),
  })
}
