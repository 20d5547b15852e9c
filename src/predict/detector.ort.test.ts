import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { THIN_CATEGORIES, thinModelFile } from '../../test/thin-model.ts'
import { WeightError } from '../errors.ts'
import { Detector, type Prediction, Segmenter } from '../index.node.ts'
import type { MaskRcnnConfig } from '../models/mask-rcnn.ts'
import { decodeModelFile, encodeModelFile } from '../models/model-file.ts'
import { encodePng } from '../node/decode-image.ts'
import type { LoadEvent } from './detector.ts'

const picture = {
  width: 70,
  height: 50,
  data: Uint8Array.from({ length: 70 * 50 * 3 }, (_, i) => (i * 7919) % 251),
}

/** Everything that comes, as a list. */
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('Detector on Node', () => {
  let folder: string
  let model: string
  let detector: Detector
  const events: LoadEvent[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'maskwright-detector-'))
    model = join(folder, 'thin.safetensors')
    await writeFile(model, thinModelFile())
    detector = await Detector.load(model, { device: 'cpu', onProgress: (event) => events.push(event) })
  })
  afterAll(async () => {
    await detector?.dispose()
    await rm(folder, { recursive: true, force: true })
  })

  it('refuses options that do not exist', async () => {
    await expect(detector.detect(picture, { scores: 0.5 } as object)).rejects.toThrow(
      'detect: scores is not an option; did you mean score?',
    )
  })

  it('refuses options of reading files where pixels are given', async () => {
    for (const reading of [{ page: 2 }, { intensity: [0, 9] }, { channels: [1] }] as const) {
      await expect(detector.detect(picture, reading)).rejects.toThrow(
        `${Object.keys(reading)[0]}: option is for files of images, and pixels were given`,
      )
    }
  })

  it('tells the stages of loading, and what the model is', () => {
    expect(events).toEqual([
      { status: 'reading', model },
      { status: 'building', model },
      { status: 'ready', model },
    ])
    expect(detector.categories).toEqual(THIN_CATEGORIES)
    expect(detector.metadata.source).toBe('random numbers')
  })

  it('finds the same in pixels, encoded bytes, a path and a URL', async () => {
    const png = await encodePng(picture)
    const path = join(folder, 'picture.png')
    await writeFile(path, png)
    const found = async (source: Parameters<Detector['detect']>[0]) => {
      const { width, height, instances } = await detector.detect(source, { score: 0 })
      const plain = instances.map(({ mask, ...rest }) => ({ ...rest, mask: mask?.toRle() }))
      return { width, height, instances: plain }
    }
    const expected = await found(picture)
    expect(expected).toMatchObject({ width: 70, height: 50 })
    expect(expected.instances).toHaveLength(5)
    for (const { mask, category, score } of expected.instances) {
      expect(mask?.size).toEqual([50, 70])
      expect(THIN_CATEGORIES.map(({ name }) => name)).toContain(category)
      expect(score).toBeGreaterThan(0)
    }
    for (const source of [png, path, pathToFileURL(path), pathToFileURL(path).href]) {
      expect(await found(source)).toEqual(expected)
    }
  })

  it('tells when its limit, or the number asked for, left instances out, and makes room for more', async () => {
    const limit =
      "the model's limit of 5 instances was reached, so there may be more: raise it (--max, or max of Detector.load) or take smaller tiles (tile)"
    expect((await detector.detect(picture, { score: 0 })).notes).toEqual([limit])
    expect((await detector.detect(picture, { score: 1 })).notes).toEqual([])
    const two = await detector.detect(picture, { score: 0, max: 2 })
    expect(two.instances).toHaveLength(2)
    expect(two.notes).toEqual([limit, '5 instances were found, and the best 2 kept as asked for (max)'])
    const roomy = await Detector.load(model, { device: 'cpu', max: 12 })
    const twelve = await roomy.segment(picture, { score: 0 })
    await roomy.dispose()
    expect(twelve.instances).toHaveLength(12)
    const best = (await detector.detect(picture, { score: 0 })).instances
    expect(twelve.instances.slice(0, 5).map(({ box }) => box)).toEqual(best.map(({ box }) => box))
    await expect(Detector.load(model, { max: 0.5 })).rejects.toThrow(
      'max: option is wrong; expected a whole number of at least 1, got 0.5',
    )
  })

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [new Blob(['x']), 'Blob'],
    [7, 'Number'],
  ])('refuses %s for an image', async (source, got) => {
    await expect(detector.detect(source as never)).rejects.toThrow(
      `not an image; expected a path, a URL, the bytes of an image file, or { data, width, height }, got ${got}`,
    )
  })

  it('is loaded from bytes, computes in a thread of its own and is freed at the end of its block', async () => {
    const names: string[] = []
    let kept: Detector
    {
      await using own = await Detector.load(thinModelFile(), {
        worker: true,
        onProgress: (event) => names.push(event.model),
      })
      kept = own
      const boxes = async (by: Detector) =>
        (await by.detect(picture, { score: 0 })).instances.map(({ box }) => box)
      expect(await boxes(own)).toEqual(await boxes(detector))
    }
    expect(names).toEqual(['model', 'model', 'model'])
    await expect(kept.detect(picture)).rejects.toThrow('session is disposed')
  })

  it('lets what is under way end before it is freed', async () => {
    const own = await Detector.load(model, { device: 'cpu' })
    const found = own.detect(picture, { score: 0 })
    await own.dispose()
    expect((await found).instances).toHaveLength(5)
  })

  it('keeps the names it had', async () => {
    expect(Segmenter).toBe(Detector)
    expect(detector.segment).toBe(detector.detect)
  })

  it('finds in one image after the other what it finds in each, and ends with the first that is none', async () => {
    const other = { ...picture, data: picture.data.toReversed() }
    const expected = [
      await detector.detect(picture, { score: 0 }),
      await detector.detect(other, { score: 0 }),
    ]
    const images = [picture, other, picture]
    const found = await all(detector.detectAll(images, { score: 0 }))
    expect(found.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(found.map(({ image }) => image)).toEqual(images)
    const boxes = ({ instances }: Pick<Prediction, 'instances'>) => instances.map(({ box }) => box)
    expect(found.map(boxes)).toEqual([expected[0], expected[1], expected[0]].map(boxes))

    const missing = join(folder, 'missing.png')
    const seen: number[] = []
    const until = async () => {
      for await (const { index } of detector.detectAll([picture, missing, picture])) seen.push(index)
    }
    await expect(until()).rejects.toThrow('missing.png')
    expect(seen).toEqual([0])
    await expect(all(detector.detectAll([picture], { scores: 1 } as object))).rejects.toThrow(
      'detectAll: scores is not an option',
    )
  })

  it.each([
    ['a.png', 'text'],
    [Uint8Array.of(137, 80), 'Uint8Array'],
    [picture, 'Object'],
    [undefined, 'Undefined'],
  ])('refuses one image, or none, where it wants several: %#', async (images, got) => {
    await expect(all(detector.detectAll(images as never))).rejects.toThrow(
      `detectAll: not a list of images; expected images in an array, a generator or another iterable, got ${got}. detect takes a single image`,
    )
  })

  it('stops loading when told to: before, while bytes arrive, and once the session is made', async () => {
    const reason = new Error('enough')
    await expect(Detector.load(model, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('a piece')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const stopWhen = (status: string, loaded?: number) => {
      const controller = new AbortController()
      const onProgress = (event: LoadEvent) => {
        if (event.status === status && event.loaded === loaded) controller.abort(reason)
      }
      return { signal: controller.signal, onProgress }
    }
    try {
      const url = `http://127.0.0.1:${port}/model.safetensors`
      await expect(Detector.load(url, stopWhen('reading', 7))).rejects.toBe(reason)
      await expect(Detector.load(model, stopWhen('building'))).rejects.toBe(reason)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  it('names the model that does not exist, and the file that is none', async () => {
    await expect(Detector.load('no-such-model')).rejects.toThrow(/^no-such-model: there is no such model/)
    const broken = join(folder, 'broken.safetensors')
    await writeFile(broken, 'not a model')
    await expect(Detector.load(broken)).rejects.toThrow(broken)
    const { metadata, weights } = decodeModelFile(thinModelFile())
    const { architecture } = metadata
    const { box, anchors } = architecture as MaskRcnnConfig
    for (const wrong of [
      { ...architecture, box: { ...box, perClass: false } },
      { ...architecture, anchors: { ...anchors, sizes: anchors.sizes.slice(1) } },
    ]) {
      await writeFile(broken, encodeModelFile({ metadata: { ...metadata, architecture: wrong }, weights }))
      const error = await Detector.load(broken).catch((error) => error)
      expect(error).toBeInstanceOf(WeightError)
      expect(error.message).toContain(`${broken}: `)
    }
  })
})
