import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { thinModelFile } from '../../test/thin-model.ts'
import { tiffFile } from '../../test/tiff-file.ts'
import type { MaskRcnnConfig } from '../models/mask-rcnn.ts'
import { decodeModelFile, encodeModelFile } from '../models/model-file.ts'
import { encodePng } from '../node/decode-image.ts'
import { predictionJson } from '../predict/to-json.ts'
import { isPredicted, type PredictFilesOptions, predictFiles } from './predict-files.ts'
import { listInputs } from './predict-inputs.ts'
import { pixelSizeLines } from './predict-report.ts'

const folder = mkdtempSync(join(tmpdir(), 'maskwright-predict-files-'))
const [width, height] = [64, 64]
const picture = await encodePng({ data: new Uint8Array(width * height * 3).fill(90), width, height })

/** Serves the picture as `/cell.png` and `/last.png`; what is done when the last one is asked for, tests say. */
const nothing = () => {}
let onLast = nothing
const server = createServer((request, response) => {
  if (request.url === '/last.png') onLast()
  if (/^\/(cell|last)\.png/.test(request.url ?? '')) response.end(picture)
  else response.writeHead(404).end()
})
let web = ''
let said = ''

beforeAll(async () => {
  writeFileSync(join(folder, 'thin.safetensors'), thinModelFile())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  web = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  said = ''
  onLast = nothing
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text
    return true
  })
  return () => spy.mockRestore()
})

async function predict(
  inputs: readonly string[],
  options: Partial<PredictFilesOptions> & { readonly page?: number } = {},
  signal = new AbortController().signal,
) {
  const { images } = await listInputs(inputs, options)
  const model = join(folder, 'thin.safetensors')
  const out = join(folder, 'out')
  return predictFiles(images, { model, out, device: 'cpu', score: 0.01, formats: [], ...options }, signal)
}

describe('predictFiles', { timeout: 60_000 }, () => {
  it('measures the page that was segmented', async () => {
    const flat = (value: number) => ({ width, height, data: new Uint8Array(width * height).fill(value) })
    const fine = { resolution: [20_000, 20_000], resolutionUnit: 3 } as const
    const stack = join(folder, 'stack.tif')
    writeFileSync(stack, tiffFile({ ...flat(50), ...fine }, { ...flat(200), ...fine }))
    for (const [page, value] of [
      [1, 50],
      [2, 200],
    ]) {
      const results = await predict([stack], { measure: true, page })
      const [{ measurements = [] }] = results.filter(isPredicted)
      const found = measurements.filter((measured) => measured !== undefined)
      expect(found.length).toBeGreaterThan(0)
      expect(new Set(found.map(({ mean }) => mean)), `page ${page}`).toEqual(new Set([value]))
      expect(pixelSizeLines(results)).toEqual(['a pixel is 0.5 um by TIFF resolution'])
    }
    const results = await predict([stack], { measure: true, pixelSize: 2 })
    expect(pixelSizeLines(results)).toEqual(['a pixel is 2 um by --pixel-size'])
    const table = readFileSync(join(folder, 'out', 'measurements.csv'), 'utf8').split('\n')
    expect(table[0]).toMatch(/,pixel_size_um,pixel_size_from$/)
    expect(table[1]).toMatch(/,2,--pixel-size$/)
  })

  it('reads URLs, and names those that cannot be read', async () => {
    const results = await predict([`${web}/cell.png?size=full#top`, `${web}/none.png`], {
      ...{ out: join(folder, 'web'), formats: ['coco', 'labels'] },
    })
    expect(
      results.map((result) => (isPredicted(result) ? result.prediction.width : result.error.message)),
    ).toEqual([width, `${web}/none.png: cannot be downloaded; got the server answered 404 Not Found`])
    expect(readdirSync(join(folder, 'web')).sort()).toEqual([
      ...['cell-labels.png', 'predictions-coco.json', 'predictions.json'],
    ])
    const { images } = JSON.parse(readFileSync(join(folder, 'web', 'predictions-coco.json'), 'utf8'))
    expect(images).toMatchObject([{ id: 1, width, height, file_name: `${web}/cell.png?size=full#top` }])
  })

  it('gives the same, in the same order, with several images at once', async () => {
    const many = join(folder, 'many')
    mkdirSync(many)
    for (let i = 0; i < 5; i++) {
      const [wide, high] = [40 + 24 * (5 - i), 64]
      const data = Uint8Array.from({ length: wide * high * 3 }, (_, at) => (at * (i + 3)) % 251)
      writeFileSync(join(many, `${i}.png`), await encodePng({ data, width: wide, height: high }))
    }
    writeFileSync(join(many, '2.png'), 'no image')
    const found = []
    for (const workers of [1, 3]) {
      said = ''
      const out = join(folder, `many-${workers}`)
      const results = await predict([many], { out, workers, overlay: {}, formats: ['coco'], max: 3 })
      const documents = results.map((result) =>
        isPredicted(result)
          ? predictionJson(result.file, { ...result.prediction, milliseconds: 0 })
          : result.error.message,
      )
      const files = readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'base64')])
      found.push(JSON.stringify({ documents, files, said: said.replaceAll(out, 'OUT') }))
    }
    expect(found[0]).toContain('"file":"')
    expect(found[1]).toBe(found[0])
  })

  it('says where a score is asked for that the model gives to nothing', async () => {
    const strict = decodeModelFile(thinModelFile())
    const { architecture, ...metadata } = strict.metadata
    const of = async (box: object, score: number) => {
      const model = join(folder, 'strict.safetensors')
      const changed = { ...architecture, box: { ...(architecture as MaskRcnnConfig).box, ...box } }
      writeFileSync(
        model,
        encodeModelFile({ ...strict, metadata: { ...metadata, architecture: changed } as never }),
      )
      said = ''
      await predict([`${web}/cell.png`], { model, score, out: join(folder, 'strict') })
      return said
    }
    expect(await of({ scoreThreshold: 0.2 }, 0.1)).toContain(
      'the model itself leaves out what scores 0.2 or less: --score 0.1 finds no more\n',
    )
    expect(await of({ scoreThreshold: 0.2 }, 0.2)).not.toContain('leaves out')
    const soft = { kind: 'gaussian', sigma: 0.5, minScore: 0.001 }
    expect(await of({ scoreThreshold: 0.2, suppression: soft }, 0.1)).not.toContain('leaves out')
  })

  it('keeps whole images alone when it is interrupted with several under way', async () => {
    const folders = ['whole', 'cut'].map((name) => join(folder, `workers-${name}`))
    const images = join(folder, 'workers')
    mkdirSync(images)
    for (let i = 0; i < 6; i++) {
      const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * (i + 3)) % 251)
      writeFileSync(join(images, `${i}.png`), await encodePng({ data, width, height }))
    }
    const inputs = [images, `${web}/last.png`]
    const read = (path: string): { image_id: number }[] => JSON.parse(readFileSync(path, 'utf8'))
    await predict(inputs, { out: folders[0], workers: 2, formats: ['coco'] })
    const control = new AbortController()
    onLast = () => control.abort()
    const again = predict(inputs, { out: folders[1], workers: 2, formats: ['coco'] }, control.signal)
    await expect(again).rejects.toThrow('aborted')
    const [whole, cut] = [
      read(join(folders[0], 'predictions.json')),
      read(join(folders[1], 'predictions-partial.json')),
    ]
    const ids = new Set(cut.map(({ image_id }) => image_id))
    expect(ids.size).toBeGreaterThan(0)
    expect(ids.has(7)).toBe(false)
    expect(cut).toEqual(whole.filter(({ image_id }) => ids.has(image_id)))
    expect(readdirSync(folders[1]).filter((name) => !name.endsWith('-partial.json'))).toEqual([])
  })

  it.each(['interrupted', 'unable to write'])('leaves complete files alone when it is %s', async (how) => {
    const out = join(folder, how)
    const urls = [`${web}/cell.png`, `${web}/last.png`]
    const text = (name: string) => readFileSync(join(out, name), 'utf8')
    const imageIds = (name: string) =>
      [...new Set(JSON.parse(text(name)).map((entry: { image_id: number }) => entry.image_id))].sort()
    await predict(urls, { out, formats: ['coco'] })
    const [complete, dataset] = ['predictions.json', 'predictions-coco.json'].map(text)
    expect(imageIds('predictions.json')).toEqual([1, 2])

    const control = new AbortController()
    if (how === 'interrupted') onLast = () => control.abort()
    // Where the overlay of the second image should go.
    else mkdirSync(join(out, 'last.png', 'full'), { recursive: true })
    const again = { out, formats: ['coco'], score: 0.02, overlay: {} } as const
    await expect(predict(urls, again, control.signal)).rejects.toThrow(
      how === 'interrupted' ? 'aborted' : 'last.png',
    )
    expect(['predictions.json', 'predictions-coco.json'].map(text)).toEqual([complete, dataset])
    expect(imageIds('predictions-partial.json')).toEqual([1])
    expect(JSON.parse(text('predictions-coco-partial.json')).images).toHaveLength(1)
    expect(said).toContain(
      `${join(out, 'predictions-partial.json')} holds the 1 of 2 images that were done\n`,
    )
  })
})
