import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePng } from '../../src/node/decode-image.ts'
import { type ThinServer, thinServer } from '../thin-server.ts'
import { chromiumPath, hasChromium, launch } from './chromium.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`
const [width, height] = [72, 64]
const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 251)
const picture = { name: '<b>cell</b>.png', mimeType: 'image/png' }

describe.skipIf(!hasChromium)(`the page of a server, in Chromium${reason}`, () => {
  let server: ThinServer
  let browser: Browser
  let page: Page
  let buffer: Buffer
  const [requests, errors]: [string[], string[]] = [[], []]
  /** What the server says to the page's request. */
  let scores: number[]
  let category: string

  beforeAll(async () => {
    server = await thinServer()
    buffer = Buffer.from(await encodePng({ data: pixels, width, height }))
    const body = Uint8Array.from(buffer)
    const answer = await (await fetch(`${server.url}/predict?score=0.05`, { method: 'POST', body })).json()
    const { instances } = answer.images[0]
    scores = instances.map(({ score }: { score: number }) => score)
    category = instances[0].category
    browser = await launch()
    page = await browser.newPage({ viewport: { width: 1200, height: 800 } })
    page.on('request', (request) => requests.push(request.url()))
    page.on('pageerror', (error) => errors.push(error.message))
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    await page.goto(server.url)
    await page.locator('#file').setInputFiles({ ...picture, buffer })
    await page.locator('#result').waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const rows = () => page.locator('#list tr').count()
  const slide = async (value: number) => {
    await page.locator('#score').fill(`${value}`)
    return rows()
  }
  /** Colours of the drawing that are not those of the picture. */
  const drawn = () =>
    page.evaluate(`(() => {
      const canvas = document.getElementById('canvas')
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      let other = 0
      for (let i = 0; i < data.length; i += 4) {
        const at = (i / 4) * 3
        if ([0, 1, 2].some((c) => Math.abs(data[i + c] - ((at + c) * 7) % 251) > 2)) other++
      }
      return [canvas.width, canvas.height, other]
    })()`) as Promise<[number, number, number]>

  it('lists what the server finds from the score on that is chosen, and draws it', async () => {
    expect(scores.length).toBeGreaterThan(1)
    expect(await slide(0.05)).toBe(scores.length)
    const [wide, high, all] = await drawn()
    expect([wide, high]).toEqual([width, height])
    expect(all).toBeGreaterThan(50)
    expect(await page.locator('#list button').first().textContent()).toBe(category)
    const least = Math.ceil(scores[0] * 100) / 100 - 0.01
    expect(await slide(least)).toBe(scores.filter((score) => score >= least).length)
    expect(await slide(1)).toBe(0)
    expect((await drawn())[2]).toBe(0)
    expect(await page.locator('#count').textContent()).toBe('0 objects')
  })

  it('shows names as text, asks its own server alone, and breaks no policy', async () => {
    expect(await page.locator('#state').textContent()).toContain('<b>cell</b>.png, 72 × 64 pixels')
    expect(requests.filter((url) => !url.startsWith(server.url) && !/^(blob|data):/.test(url))).toEqual([])
    expect(errors).toEqual([])
  })

  it('saves what is shown, as JSON and as PNG', async () => {
    await slide(0.05)
    const save = async (button: string) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.locator(button).click()])
      return { name: download.suggestedFilename(), content: readFileSync(await download.path()) }
    }
    const { images } = JSON.parse(`${(await save('#json')).content}`)
    expect(images[0].instances.map(({ score }: { score: number }) => score)).toEqual(scores)
    const png = await save('#png')
    expect(png.name).toMatch(/-objects\.png$/)
    expect(png.content.readUInt32BE(16)).toBe(width)
  })

  it('is used by keys alone', async () => {
    await page.locator('#list button').first().focus()
    await page.keyboard.press('Enter')
    expect(await page.locator('tr.chosen').count()).toBe(1)
    expect(await page.locator('tr.chosen button').getAttribute('aria-pressed')).toBe('true')
    await page.keyboard.press('Space')
    expect(await page.locator('tr.chosen').count()).toBe(0)
    await page.locator('#score').focus()
    const before = await page.locator('#least').textContent()
    await page.keyboard.press('ArrowRight')
    expect(await page.locator('#least').textContent()).not.toBe(before)
  })

  it('takes what is dropped or pasted, and tells what the server refuses', async () => {
    const give = (event: 'drop' | 'paste', name: string, type: string, bytes: readonly number[]) =>
      page.evaluate(`(() => {
        const files = new DataTransfer()
        files.items.add(new File([new Uint8Array(${JSON.stringify(bytes)})], ${JSON.stringify(name)}, { type: '${type}' }))
        const event = '${event}' === 'drop' ? new DragEvent('drop', { dataTransfer: files }) : new ClipboardEvent('paste', { clipboardData: files })
        window.dispatchEvent(event)
      })()`)
    const state = page.locator('#state')
    await give('drop', 'no.png', 'image/png', [1, 2, 3])
    await expect.poll(() => state.textContent()).toContain('not an image of a known format')
    expect(await state.getAttribute('class')).toBe('wrong')
    await give('paste', 'pasted.png', 'image/png', [...buffer])
    await expect.poll(() => state.textContent()).toContain('pasted.png, 72')
    expect(await state.getAttribute('class')).toBe('')
  })

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    for (const path of ['/', '/docs']) {
      if (path !== '/') await page.goto(`${server.url}${path}`)
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(360)
    }
  })
})
