/** From photos to a model of one's own that finds objects on another photo, with nothing but `maskwright studio` and its page. */
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { encodePng } from '../../src/node/decode-image.ts'
import { finished, ROOT, startCommand } from '../end-to-end/command-line.ts'
import { chromiumPath, hasChromium, launch } from './chromium.ts'
import { builtStudioPage, newStudioPage, onStudioPage } from './studio-page.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`
const [width, height, labelled] = [120, 90, 5]
/** As small as a training can be without being another. */
const SETTINGS = [
  ...['logEvery=1', 'evaluateEvery=1000', 'batchSize=1', 'workers=0', 'planMemory=false'],
  ...['model.fpn.channels=16', 'model.mask.head.width=16', 'model.box.head.width=32', 'searchMemory=false'],
  ...['augment.crop.height=64', 'augment.crop.width=64', 'model.transform.resize.minSize=128'],
  'model.box.maxDetections=10',
]
/** More than are taken before it is stopped. */
const MANY = 1000

/** A bright square on stripes; where its corner is. */
const cornerOf = (i: number): [number, number] => [10 + 9 * i, 12 + 6 * i]
const SIDE = 30

describe.skipIf(!hasChromium)(`a newcomer's way, in Chromium${reason}`, { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-newcomer-'))
  const [photos, runs] = ['photos', 'runs'].map((name) => join(folder, name))
  const errors: string[] = []
  let studio: ChildProcess
  let browser: Browser
  let page: Page
  let url: string

  const start = async (steps: number) => {
    const settings = [...SETTINGS, `steps=${steps}`].flatMap((setting) => ['--set', setting])
    const flags = ['--port', '0', '--threads', '1', '--runs', runs, ...settings]
    studio = startCommand(['studio', photos, ...flags], { cwd: folder })
    url = await new Promise<string>((resolve, reject) => {
      let said = ''
      studio.stderr?.on('data', (text) => {
        said += text
        const told = /http:\S+/.exec(said)
        if (told) resolve(told[0])
      })
      studio.on('exit', () => reject(new Error(said)))
    })
  }
  const end = async () => {
    const over = finished(studio)
    studio.kill('SIGINT')
    return over
  }
  const open = async () => {
    await page.goto(url)
    await page.locator('.board[data-shown]').waitFor()
  }
  const { saved, button, outline } = onStudioPage(() => page, { width, height })
  const training = (text: string | RegExp) => page.locator('.training').getByText(text).first()

  beforeAll(async () => {
    if (process.env.MASKWRIGHT_TESTED !== 'build') await builtStudioPage(join(ROOT, 'dist/studio-page'))
    mkdirSync(photos)
    for (let i = 0; i <= labelled; i++) {
      const [left, top] = cornerOf(i)
      const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
        const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)]
        const isInside = x >= left && x < left + SIDE && y >= top && y < top + SIDE
        return isInside ? 220 - (at % 3) * 20 : (x * 3 + y * (7 + i)) % 60
      })
      writeFileSync(join(photos, `${i}.png`), await encodePng({ data, width, height }))
    }
    await start(MANY)
    browser = await launch()
    page = await newStudioPage(browser, errors)
    await open()
  })
  afterAll(async () => {
    await browser?.close()
    if (studio?.exitCode === null) await end()
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(() => expect(errors.splice(0)).toEqual([]))

  it('says why nothing can be learned yet', async () => {
    await button('Train').click()
    await training(/the labels have no object/).waitFor({ timeout: 60_000 })
    expect(await button('Go on').count()).toBe(0)
  })

  it('shows a training as it goes on, and keeps what it learned when it is stopped', async () => {
    for (let i = 0; i < labelled; i++) {
      const [left, top] = cornerOf(i)
      const [right, bottom] = [left + SIDE, top + SIDE]
      await outline([
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
      ])
      await saved()
      await page.keyboard.press('ArrowRight')
    }
    await page.getByText(`${labelled} of ${labelled + 1} with labels`).waitFor()
    await page.getByLabel('Minutes it may take').fill('5')
    await button('Train').click()
    await training(/Step \d+ of 1000/).waitFor({ timeout: 120_000 })
    const answer = await fetch(`${url}/api/training`, {
      method: 'POST',
      body: '{"minutes":1}',
      headers: { 'content-type': 'application/json' },
    })
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: /going on already/ }])
    await open()
    await training(/Step \d+ of 1000/).waitFor()
    await page.getByRole('img', { name: /^Loss/ }).waitFor()
    await button('Stop').click()
    await training(/Stopped after step/).waitFor({ timeout: 60_000 })
  })

  it('goes on after the studio was closed, and tells what was reached', async () => {
    expect((await end()).status).toBe(0)
    const step = Number(/step (\d+) of 1000/.exec((await training(/Stopped/).textContent()) ?? '')?.[1])
    await start(step + 2)
    await open()
    await training(`Stopped after step ${step} of 1000.`).waitFor()
    expect(await page.getByRole('button', { name: 'Find objects' }).count()).toBe(0)
    await button('Go on').click()
    await training(`Finished after ${step + 2} steps.`).waitFor({ timeout: 120_000 })
    await training(/AP50 0\.\d{3} of masks, on 1 photo with 1 object/).waitFor()
    const { annotations, images } = JSON.parse(readFileSync(join(runs, 'photos', 'labels.json'), 'utf8'))
    expect([images.length, annotations.length]).toEqual([labelled, labelled])
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([])
  })

  it('finds objects on another photo with the model that was trained', async () => {
    await page.getByText(`${labelled}.png`).click()
    await page.locator(`.board[data-shown="${labelled + 1}"]`).waitFor()
    await page.getByRole('heading', { name: 'Found by photos' }).waitFor()
    await button('Find objects').click()
    await page.getByLabel('Least score').fill('0.05')
    await button(/^Accept all/).waitFor({ timeout: 60_000 })
  })

  it('gives reports that reach nothing, and the model', async () => {
    const policy = async (kind: string) => {
      const answer = await fetch(`${url}/api/training/files/${kind}`)
      expect(await answer.text()).toMatch(/^<!doctype html>/i)
      return answer.headers.get('content-security-policy')
    }
    for (const kind of ['report', 'evaluation']) {
      expect(await policy(kind)).toMatch(/^sandbox allow-scripts; default-src 'none'/)
      await page.goto(`${url}/api/training/files/${kind}`)
      await page.locator('h1').waitFor()
    }
    const model = Buffer.from(await (await fetch(`${url}/api/training/files/safetensors`)).arrayBuffer())
    expect(model.equals(readFileSync(join(runs, 'photos/checkpoints/best.safetensors')))).toBe(true)
    const exported = await fetch(`${url}/api/training/files/onnx`)
    expect(exported.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''photos.onnx")
    expect((await exported.arrayBuffer()).byteLength).toBeGreaterThan(1e6)
    const elsewhere = { method: 'DELETE', headers: { origin: 'http://elsewhere.example' } }
    expect((await fetch(`${url}/api/training`, elsewhere)).status).toBe(403)
  })
})
