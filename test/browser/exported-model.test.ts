import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportModel } from '../../src/models/exported-model.ts'
import { decodeModelFile } from '../../src/models/model-file.ts'
import { decodeImage } from '../../src/node/decode-image.ts'
import { createSession } from '../../src/node/session.ts'
import { tensor, toNumbers } from '../../src/tensor/tensor.ts'
import { chromiumPath, hasChromium, launch } from './chromium.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const PICTURE = path.join(ROOT, 'models/demo-images/fluorescence-small.png')
const EXAMPLE = path.join(ROOT, 'examples/export/index.html')
const RUNTIME = path.join(ROOT, 'node_modules/onnxruntime-web/dist')
const HOME = 'http://page.test/'
const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`

/** What the example imports. */
const [, RUNTIME_URL] = /from '(https:[^']+)'/.exec(readFileSync(EXAMPLE, 'utf8'))!

/** Names of outputs as plain numbers. */
type Numbers = Readonly<Record<string, readonly number[]>>

describe.skipIf(!hasChromium)(`the exported bundled model in onnxruntime-web${reason}`, () => {
  let page: Page
  let model: Uint8Array
  let close = async () => {}
  beforeAll(async () => {
    const nuclei = decodeModelFile(readFileSync(path.join(ROOT, 'models/nuclei.safetensors')))
    model = (await exportModel(nuclei, createSession, { paste: true, precision: 'fp16' })).bytes
    const browser = await launch()
    close = () => browser.close()
    page = await browser.newPage()
    // The page of the example, and what it asks of the network: the model beside it, and the runtime.
    await page.route(`${HOME}**`, async (route) => {
      const isModel = route.request().url().endsWith('nuclei.onnx')
      const body = isModel ? Buffer.from(model) : await readFile(EXAMPLE)
      await route.fulfill({ body, contentType: isModel ? 'application/octet-stream' : 'text/html' })
    })
    await page.route('https://cdn.jsdelivr.net/npm/onnxruntime-web@*/dist/*', (route) =>
      route.fulfill({
        path: path.join(RUNTIME, path.basename(new URL(route.request().url()).pathname)),
        headers: { 'access-control-allow-origin': '*' },
      }),
    )
    await page.goto(HOME)
  })
  afterAll(() => close())

  it('draws what the example says', async () => {
    await page.locator('#file:enabled').waitFor({ timeout: 60_000 })
    await page.setInputFiles('#file', PICTURE)
    const answer = page.locator('#status').filter({ hasText: 'found' })
    expect(await answer.textContent({ timeout: 200_000 })).toBe('19 found')
    const colours = await page.evaluate(() => {
      const canvas = document.querySelector('canvas')!
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      return data.filter((value, i) => i % 4 < 3 && value === 255).length
    })
    expect(colours).toBeGreaterThan(1000)
  }, 240_000)

  it('gives the numbers that it gives in Node', async () => {
    const picture = await decodeImage(PICTURE)
    const [left, top, width, height] = [96, 80, 112, 112]
    const row = (y: number) => 3 * ((top + y) * picture.width + left)
    const lines = Array.from({ length: height }, (_, y) => [
      ...picture.data.slice(row(y), row(y) + 3 * width),
    ])
    const image = { data: lines.flat(), shape: [height, width, 3] }
    await page.addScriptTag({
      type: 'module',
      content: `import * as ort from '${RUNTIME_URL}'; globalThis.ort = ort`,
    })
    await page.waitForFunction(() => 'ort' in globalThis)
    const inPage = await page.evaluate(async ({ data, shape }) => {
      const { ort } = globalThis as unknown as { ort: typeof import('onnxruntime-web') }
      const session = await ort.InferenceSession.create('nuclei.onnx')
      const found = await session.run({ image: new ort.Tensor('uint8', Uint8Array.from(data), shape) })
      const names = ['boxes', 'scores', 'labels', 'masks']
      return Object.fromEntries(names.map((name) => [name, Array.from(found[name].data, Number)])) as Numbers
    }, image)
    const session = await createSession(model, { threads: 1 })
    const inNode = await session.run({ image: tensor('uint8', image.shape, Uint8Array.from(image.data)) })
    await session.dispose()
    // Two runtimes, two orders of summation.
    const likely = toNumbers(inNode.scores).filter((score) => score >= 0.5).length
    expect(likely).toBeGreaterThan(3)
    expect(inPage.labels.slice(0, likely)).toEqual(toNumbers(inNode.labels).slice(0, likely))
    const errors = (name: string, each: number) => {
      const wanted = toNumbers(inNode[name])
      return inPage[name].slice(0, each * likely).map((value, i) => Math.abs(value - wanted[i]))
    }
    expect(Math.max(...errors('boxes', 4))).toBeLessThan(1e-3)
    expect(Math.max(...errors('scores', 1))).toBeLessThan(1e-5)
    const pixels = errors('masks', width * height)
    expect(pixels.filter(Boolean).length).toBeLessThan(likely)
  }, 240_000)
})
