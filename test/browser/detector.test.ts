import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReadingOptions } from '../../src/data/image-reading.ts'
import { encodeLabelPng } from '../../src/formats/mask-images/label-png.ts'
import { buildModel } from '../../src/models/catalogue.ts'
import { inferenceModel } from '../../src/models/inference-graph.ts'
import { decodeModelFile } from '../../src/models/model-file.ts'
import { decodeImage, encodePng } from '../../src/node/decode-image.ts'
import { createSession } from '../../src/node/session.ts'
import { predict } from '../../src/predict/predictor.ts'
import { predictionJson } from '../../src/predict/to-json.ts'
import { brightnessModel } from '../brightness-graph.ts'
import { THIN_CATEGORIES, thinCenterMask, thinCenterMaskWeights, thinModelFile } from '../thin-model.ts'
import { tiffFile } from '../tiff-file.ts'
import { chromiumPath, hasChromium, openPage, type TestPage } from './chromium.ts'
import type { PageTools } from './detector-page.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`
const CATEGORIES = ['red', 'green', 'blue'].map((name, i) => ({ id: i + 1, name }))

/** 7 x 5 pixels. */
const picture = {
  width: 7,
  height: 5,
  data: Uint8Array.from({ length: 105 }, (_, i) => (i * 37 + 11) % 256),
}

type Instances = ReturnType<typeof predictionJson>['instances']

/** Two runtimes, two orders of summation: the numbers agree to float32's rounding, the masks to a pixel or two. */
function expectSame(inPage: Instances, inNode: Instances, count: number): void {
  expect([inPage.length, inNode.length]).toEqual([count, count])
  for (const [i, expected] of inNode.entries()) {
    const { category, score, bbox, area } = inPage[i]
    expect(category).toBe(expected.category)
    expect(Math.abs(score - expected.score)).toBeLessThan(1e-5)
    for (const k of bbox.keys()) expect(Math.abs(bbox[k] - expected.bbox[k])).toBeLessThan(1e-3)
    expect(Math.abs(area! - expected.area!)).toBeLessThanOrEqual(2)
  }
}

describe.skipIf(!hasChromium)(`images and predictions in Chromium${reason}`, () => {
  let opened: TestPage
  const decodeAs = (image: Uint8Array, reading: ReadingOptions) =>
    opened.page.evaluate(
      ([bytes, options]) =>
        (globalThis as unknown as { tools: PageTools }).tools.decodeAs(bytes, options as ReadingOptions),
      [[...image], reading] as [number[], ReadingOptions],
    )
  let png: number[]
  const modelFile = thinModelFile()
  beforeAll(async () => {
    png = [...(await encodePng(picture))]
    opened = await openPage(new URL('./detector-page.ts', import.meta.url))
    await opened.page.route('**/models/thin.safetensors', (route) =>
      route.fulfill({ body: Buffer.from(modelFile), contentType: 'application/octet-stream' }),
    )
    await opened.page.waitForFunction(() => 'tools' in globalThis)
  })
  afterAll(() => opened?.close())

  it('predicts what Node predicts', async () => {
    const model = brightnessModel()
    const inPage = await opened.page.evaluate(
      ([graph, image]) => (globalThis as unknown as { tools: PageTools }).tools.predictBytes(graph, image),
      [[...model], png],
    )
    const session = await createSession(model, { threads: 1 })
    const pixels = await decodeImage(Uint8Array.from(png))
    const inNode = predictionJson(
      'image',
      await predict({ session, categories: CATEGORIES }, pixels, { score: 0 }),
    )
    await session.dispose()
    expect(inNode.instances).toHaveLength(3)
    expect({ ...inPage, milliseconds: 0 }).toEqual({ ...inNode, milliseconds: 0 })
  })

  it('predicts with a CenterMask as Node does', async () => {
    const size = { width: 70, height: 50 }
    const data = Uint8Array.from({ length: 70 * 50 * 3 }, (_, i) => (i * 7919) % 251)
    const image = [...(await encodePng({ ...size, data }))]
    const graph = inferenceModel(buildModel(thinCenterMask()), thinCenterMaskWeights())
    const inPage = await opened.page.evaluate(
      ([bytes, pixels]) => (globalThis as unknown as { tools: PageTools }).tools.predictBytes(bytes, pixels),
      [[...graph], image],
    )
    const session = await createSession(graph, { threads: 1 })
    const found = await predict({ session, categories: CATEGORIES }, { ...size, data }, { score: 0 })
    await session.dispose()
    expectSame(inPage.instances, predictionJson('image', found).instances, 5)
  })

  it('segments with a whole model as Node does', async () => {
    const size = { width: 70, height: 50 }
    const data = Uint8Array.from({ length: 70 * 50 * 3 }, (_, i) => (i * 7919) % 251)
    const image = [...(await encodePng({ ...size, data }))]
    const { events, fromBytes, fromImageData } = await opened.page.evaluate(
      (bytes) => (globalThis as unknown as { tools: PageTools }).tools.segment(bytes),
      image,
    )
    const model = 'thin'
    const length = modelFile.length
    expect(events[0]).toEqual({ status: 'reading', model })
    expect(events.at(-3)).toEqual({ status: 'reading', model, loaded: length, total: length })
    expect(events.slice(-2)).toEqual([
      { status: 'building', model },
      { status: 'ready', model },
    ])

    const { metadata, weights } = decodeModelFile(modelFile)
    const session = await createSession(inferenceModel(buildModel(metadata.architecture), weights), {
      threads: 1,
    })
    const inNode = predictionJson(
      'image',
      await predict({ session, categories: THIN_CATEGORIES }, { ...size, data }, { score: 0 }),
    ).instances
    await session.dispose()
    expectSame(fromBytes.instances, inNode, 5)
    expect(inNode.some(({ area }) => area! > 100)).toBe(true)
    expect(fromImageData.instances).toEqual(fromBytes.instances)
  })

  it('reads the same pixels from everything that holds them', async () => {
    const decoded = await opened.page.evaluate(
      (image) => (globalThis as unknown as { tools: PageTools }).tools.decodeEverything(image),
      png,
    )
    const expected = { ...picture, data: [...picture.data] }
    for (const [name, pixels] of Object.entries(decoded)) expect(pixels, name).toEqual(expected)
    expect(Object.keys(decoded)).toHaveLength(12)
  })

  it('reads pictures of 16 bits, and ranges of intensities, as Node does', async () => {
    const size = { width: 40, height: 30 }
    const grey = Uint16Array.from({ length: 1200 }, (_, i) => 300 + 3 * i)
    const colours = Uint16Array.from({ length: 3600 }, (_, i) => 200 + ((i * 37) % 4000))
    const files: [Uint8Array, ReadingOptions][] = [
      [encodeLabelPng({ ...size, data: grey, channels: 1 }), {}],
      [encodeLabelPng({ ...size, data: colours, channels: 3 }), {}],
      [encodeLabelPng({ ...size, data: colours, channels: 3 }), { intensity: 'full', channels: [2] }],
      [encodeLabelPng({ ...size, data: grey, channels: 1 }), { intensity: [4000, 100] }],
      [Uint8Array.from(png), { intensity: [20, 200] }],
      [Uint8Array.from(png), {}],
    ]
    for (const [i, [file, reading]] of files.entries()) {
      const { data, width, height, notes } = await decodeImage(file, reading)
      expect(await decodeAs(file, reading), `${i}`).toEqual({ data: [...data], width, height, notes })
    }
  })

  it('refuses TIFF files, and pages and channels that a browser does not give', async () => {
    const tiff = tiffFile({ data: new Uint16Array(16), width: 4, height: 4 })
    expect(await decodeAs(tiff, {})).toBe(
      'DataError: image: browsers do not read TIFF files. Save it as PNG, which keeps 16 bits, or give its pixels as { data, width, height }',
    )
    const refused = 'a browser does not give other pages or channels of this file; got'
    expect(await decodeAs(Uint8Array.from(png), { page: 2 })).toContain(`page: ${refused} 2`)
    expect(await decodeAs(Uint8Array.from(png), { channels: [3] })).toContain(`channels: ${refused} [3]`)
    expect(await decodeAs(Uint8Array.from(png), { page: 1 })).toMatchObject({ width: 7 })
  })

  it('turns photographs upright', async () => {
    // Red on the left, blue on the right; orientation 6 is shown turned clockwise: red at the top.
    const data = Uint8Array.from(
      { length: 32 * 16 * 3 },
      (_, i) => (Math.floor(i / 3) % 32 < 16 ? [255, 0, 0] : [0, 0, 255])[i % 3],
    )
    const jpeg = await sharp(data, { raw: { width: 32, height: 16, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer()
    const pixels = await opened.page.evaluate(
      (image) => (globalThis as unknown as { tools: PageTools }).tools.decodeBytes(image),
      [...jpeg],
    )
    expect([pixels.width, pixels.height]).toEqual([16, 32])
    const at = (x: number, y: number) => pixels.data.slice((y * 16 + x) * 3, (y * 16 + x) * 3 + 3)
    for (const x of [0, 15]) {
      expect(nearest(at(x, 2))).toBe('red')
      expect(nearest(at(x, 29))).toBe('blue')
    }
  })

  it('says in one line why something has no pixels', async () => {
    const messages = await opened.page.evaluate(() =>
      (globalThis as unknown as { tools: PageTools }).tools.failures(),
    )
    expect(messages).toEqual({
      text: expect.stringMatching(
        /^DataError: image: file is damaged or not an image this browser knows; expected PNG/,
      ),
      file: expect.stringMatching(/^DataError: notes\.txt: file is damaged/),
      'missing URL': expect.stringMatching(
        /^DataError: \/missing\.png: cannot be downloaded; got the server answered 404/,
      ),
      'closed bitmap': expect.stringMatching(
        /^DataError: bitmap: has no pixels to read: .+\. Has it loaded\?$/,
      ),
      'image not loaded': expect.stringMatching(/^DataError: picture of the page: has no pixels to read: /),
      'video not loaded': expect.stringMatching(/^DataError: picture of the page: has no pixels to read: /),
    })
  })

  it('says what to do about a model that is not where it is asked for', async () => {
    await opened.page.route('**/moved/*', (route) =>
      route.fulfill({ body: '<!doctype html><title>page</title>', contentType: 'text/html' }),
    )
    const messages = await opened.page.evaluate(() =>
      (globalThis as unknown as { tools: PageTools }).tools.missingModels(),
    )
    expect(messages).toEqual([
      expect.stringMatching(
        /^DataError: models\/gone\.safetensors: the model cannot be downloaded; got .*404.*maskwright\/models\/nuclei/,
      ),
      expect.stringMatching(
        /^DataError: .*\/moved\/model\.safetensors: the model is not there; got a web page\. With Vite before 8 add `optimizeDeps/,
      ),
    ])
  })

  it('fetches files in pieces, counting the bytes', async () => {
    const { equal, rising, last, length } = await opened.page.evaluate(() =>
      (globalThis as unknown as { tools: PageTools }).tools.fetchOwnScript(),
    )
    expect([equal, rising]).toEqual([true, true])
    expect(last).toBe(length)
  })
})

function nearest([red, green, blue]: number[]): string {
  if (green > 100) return 'other'
  return red > 200 && blue < 100 ? 'red' : blue > 200 && red < 100 ? 'blue' : 'other'
}
