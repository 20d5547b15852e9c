import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openPhotoStudio, type PhotoStudio } from '../../src/cli/studio/photo-studio.ts'
import { encodePng } from '../../src/node/decode-image.ts'
import { thinModelFile } from '../thin-model.ts'
import { chromiumPath, hasChromium, launch } from './chromium.ts'
import { builtStudioPage, newStudioPage, onStudioPage } from './studio-page.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`
const [width, height] = [120, 90]
const signal = new AbortController().signal

describe.skipIf(!hasChromium)(`the studio, in Chromium${reason}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-studio-'))
  const [photos, pageFolder, model] = ['photos', 'page', 'thin.safetensors'].map((name) => join(folder, name))
  const errors: string[] = []
  let studio: PhotoStudio
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    await builtStudioPage(pageFolder)
    writeFileSync(model, thinModelFile())
    mkdirSync(photos)
    for (const [i, name] of ['a.png', 'b.png'].entries()) {
      const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * (7 + i)) % 251)
      writeFileSync(join(photos, name), await encodePng({ data, width, height }))
    }
    studio = await openPhotoStudio(photos, { model, pageFolder, port: 0, signal, threads: 1 })
    browser = await launch()
    page = await newStudioPage(browser, errors)
    await open()
  })
  afterAll(async () => {
    await browser?.close()
    await studio?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(() => expect(errors.splice(0)).toEqual([]))

  const open = async () => {
    await page.goto(studio.url)
    await page.locator('.board[data-shown]').waitFor()
  }
  const { saved, button, place, outline } = onStudioPage(() => page, { width, height })
  const stored = () => JSON.parse(readFileSync(join(photos, 'annotations.json'), 'utf8'))
  it('stores an outline where it was drawn', async () => {
    await outline([
      [20, 10],
      [60, 10],
      [60, 50],
      [20, 50],
    ])
    await saved()
    const { annotations, images, unlabelled, categories } = stored()
    const names = (list: { file_name: string }[]) => list.map(({ file_name }) => file_name)
    expect([names(images), names(unlabelled)]).toEqual([['a.png'], ['b.png']])
    expect(categories).toMatchObject([{ name: 'object' }])
    expect(annotations.length).toBe(1)
    const [ring] = annotations[0].segmentation
    for (const [i, value] of [20, 10, 60, 10, 60, 50, 20, 50].entries()) expect(ring[i]).toBeCloseTo(value, 0)
    expect(annotations[0].area).toBeGreaterThan(39 * 39)
  })

  it('moves a point, undoes and redoes, and keeps each state', async () => {
    await page.mouse.move(...(await place(60, 50)))
    await page.mouse.down()
    await page.mouse.move(...(await place(80, 70)), { steps: 4 })
    await page.mouse.up()
    await saved()
    const moved = () => stored().annotations[0].segmentation[0].slice(4, 6).map(Math.round)
    await expect.poll(moved).toEqual([80, 70])
    await page.keyboard.press('Control+z')
    await expect.poll(moved).toEqual([60, 50])
    await page.keyboard.press('Control+Shift+z')
    await expect.poll(moved).toEqual([80, 70])
  })

  it('gives new categories to objects, and removes objects', async () => {
    await page.getByLabel('New category').fill('stem')
    await button('Add').click()
    await page.getByLabel('Categories').and(page.locator('select')).selectOption('stem')
    await saved()
    await expect.poll(() => stored().annotations[0].category_id).toBe(2)
    await button('Remove').click()
    await expect.poll(() => stored().annotations).toEqual([])
    await page.keyboard.press('Control+z')
    await expect.poll(() => stored().annotations.length).toBe(1)
  })

  it('proposes what the model finds, and stores what is accepted to the pixel', async () => {
    await page.keyboard.press('ArrowRight')
    await page.locator('.board[data-shown="2"]').waitFor()
    await button('Find objects').click()
    await button(/^Accept all/).waitFor()
    await page.getByLabel('Least score').fill('0.05')
    const text = (await button(/^Accept all/).textContent()) ?? ''
    const count = Number(text.replace(/\D/g, ''))
    expect(count).toBeGreaterThan(1)
    const asked = await fetch(`${studio.url}/api/images/2/find`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    const { instances } = (await asked.json()) as { instances: { segmentation: unknown }[] }
    await button(/^Accept all/).click()
    await saved()
    const own = () => stored().annotations.filter((one: { image_id: number }) => one.image_id === 2)
    await expect.poll(() => own().length).toBe(count)
    expect(own().map((one: { segmentation: unknown }) => one.segmentation)).toEqual(
      instances.map(({ segmentation }) => segmentation),
    )
  })

  it('paints objects and takes away from them, and removes what nothing is left of', async () => {
    await page.keyboard.press('Escape')
    const count = stored().annotations.length
    const stroke = async (from: [number, number], to: [number, number]) => {
      await page.mouse.move(...(await place(...from)))
      await page.mouse.down()
      await page.mouse.move(...(await place(...to)), { steps: 8 })
      await page.mouse.up()
      await saved()
    }
    await page.keyboard.press('b')
    await stroke([20, 70], [60, 70])
    await expect.poll(() => stored().annotations.length).toBe(count + 1)
    const area = () => stored().annotations.at(-1).area
    const all = area()
    expect(all).toBeGreaterThan(40)
    await page.keyboard.press('e')
    await stroke([40, 60], [40, 80])
    await expect.poll(area).toBeLessThan(all)
    await stroke([20, 70], [60, 70])
    await expect.poll(() => stored().annotations.length).toBe(count)
    await page.keyboard.press('Control+z')
    await expect.poll(() => stored().annotations.length).toBe(count + 1)
    await page.keyboard.press('v')
  })

  it('loses nothing that was finished when it is reloaded at once', async () => {
    await open()
    for (let round = 0; round < 5; round++) {
      const before = stored().annotations.length
      await outline([
        [5 + round, 5],
        [15, 5 + round],
        [12, 20],
      ])
      await open()
      await expect.poll(() => stored().annotations.length).toBe(before + 1)
      expect(await page.locator('nav .count').first().textContent()).toBe(`${round + 2}`)
    }
  })

  it('has what could not be stored again when it is opened again', async () => {
    const before = stored().annotations.length
    await page.route('**/annotations', (route) => route.abort())
    await outline([
      [70, 40],
      [90, 40],
      [80, 60],
    ])
    await page.getByText(/^Not saved: the studio cannot be reached/).waitFor()
    errors.length = 0
    await page.unroute('**/annotations')
    await open()
    await saved()
    expect(stored().annotations.length).toBe(before + 1)
  })

  it('has it again also where the page was killed, after other states were stored', async () => {
    const before = stored().annotations.length
    const other = await page.context().newPage()
    await other.goto(studio.url)
    await other.locator('.board[data-shown]').waitFor()
    const { outline, saved: otherSaved } = onStudioPage(() => other, { width, height })
    const drawn = (x: number) =>
      outline([
        [x, 60],
        [x + 10, 60],
        [x, 70],
      ])
    await drawn(5)
    await otherSaved()
    await other.route('**/annotations', (route) => route.abort())
    await drawn(20)
    const devtools = await page.context().newCDPSession(other)
    void devtools.send('Page.crash').catch(() => {})
    await other.waitForEvent('crash')
    await other.close()
    await open()
    await saved()
    expect(stored().annotations.length).toBe(before + 2)
  })

  it('shows at once what was changed in another page, and loses neither', async () => {
    const other = await page.context().newPage()
    await other.goto(studio.url)
    await other.locator('.board[data-shown]').waitFor()
    const countOf = async (one: Page) => Number(await one.locator('nav .count').first().textContent())
    const before = await countOf(page)
    await outline([
      [30, 70],
      [50, 70],
      [40, 85],
    ])
    await expect.poll(() => countOf(other)).toBe(before + 1)
    await other.locator('.objects button').first().click()
    await other.getByRole('button', { name: 'Remove' }).click()
    await expect.poll(() => countOf(page)).toBe(before)
    await outline([
      [90, 70],
      [110, 70],
      [100, 85],
    ])
    await saved()
    const own = stored().annotations.filter((one: { image_id: number }) => one.image_id === 1)
    expect(own.length).toBe(before + 1)
    await other.close()
  })

  it('answers no page but its own', async () => {
    const labels = () => (existsSync(join(photos, 'annotations.json')) ? stored() : undefined)
    const before = labels()
    const ask = (headers: Record<string, string>) =>
      fetch(`${studio.url}/api/images/1/annotations`, {
        method: 'PUT',
        body: '[]',
        headers: { 'content-type': 'application/json', ...headers },
      })
    expect((await ask({ origin: 'http://elsewhere.example' })).status).toBe(403)
    expect((await ask({ origin: 'null' })).status).toBe(403)
    const { request } = await import('node:http')
    const status = await new Promise((resolve) => {
      const { port } = new URL(studio.url)
      const headers = { host: `elsewhere.example:${port}` }
      request({ port, host: '127.0.0.1', path: '/api/project', headers }, (answer) =>
        resolve(answer.statusCode),
      ).end()
    })
    expect(status).toBe(403)
    expect(labels()).toEqual(before)
  })

  it('can be used by everyone, in the dark and on a phone', async () => {
    await page.evaluate(axe.source)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([])
    }
    await page.setViewportSize({ width: 390, height: 844 })
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    expect(wide).toBe(390)
  })

  it('is small: 300 kB compressed before a model', async () => {
    const asked = new Set<string>()
    page.on('request', (request) => asked.add(new URL(request.url()).pathname))
    await open()
    const files = [...asked].filter(
      (path) => !path.startsWith('/api/') && path !== '/models/nuclei.safetensors',
    )
    expect(files).toContain('/')
    const sizes = files.map(
      (path) => gzipSync(readFileSync(join(pageFolder, path === '/' ? 'index.html' : path))).length,
    )
    expect(sizes.length).toBeGreaterThan(2)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000)
  })
})
