import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { THIN_CATEGORIES, thinModelFile } from '../../test/thin-model.ts'
import { Segmenter } from '../index.node.ts'
import { encodePng } from '../node/decode-image.ts'
import type { LoadEvent } from './segmenter.ts'

const picture = {
  width: 70,
  height: 50,
  data: Uint8Array.from({ length: 70 * 50 * 3 }, (_, i) => (i * 7919) % 251),
}

describe('Segmenter on Node', () => {
  let folder: string
  let model: string
  let segmenter: Segmenter
  const events: LoadEvent[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'maskwright-segmenter-'))
    model = join(folder, 'thin.safetensors')
    await writeFile(model, thinModelFile())
    segmenter = await Segmenter.load(model, { device: 'cpu', onProgress: (event) => events.push(event) })
  })
  afterAll(async () => {
    await segmenter?.dispose()
    await rm(folder, { recursive: true, force: true })
  })

  it('refuses options that do not exist', async () => {
    await expect(segmenter.segment(picture, { scores: 0.5 } as object)).rejects.toThrow(
      'segment: scores is not an option; did you mean score?',
    )
  })

  it('refuses options of reading files where pixels are given', async () => {
    for (const reading of [{ page: 2 }, { intensity: [0, 9] }, { channels: [1] }] as const) {
      await expect(segmenter.segment(picture, reading)).rejects.toThrow(
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
    expect(segmenter.categories).toEqual(THIN_CATEGORIES)
    expect(segmenter.metadata.source).toBe('random numbers')
  })

  it('finds the same in pixels, encoded bytes, a path and a URL', async () => {
    const png = await encodePng(picture)
    const path = join(folder, 'picture.png')
    await writeFile(path, png)
    const found = async (source: Parameters<Segmenter['segment']>[0]) => {
      const { width, height, instances } = await segmenter.segment(source, { score: 0 })
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
      "the model's limit of 5 instances was reached, so there may be more: raise it (--max, or max of Segmenter.load) or take smaller tiles (tile)"
    expect((await segmenter.segment(picture, { score: 0 })).notes).toEqual([limit])
    expect((await segmenter.segment(picture, { score: 1 })).notes).toEqual([])
    const two = await segmenter.segment(picture, { score: 0, max: 2 })
    expect(two.instances).toHaveLength(2)
    expect(two.notes).toEqual([limit, '5 instances were found, and the best 2 kept as asked for (max)'])
    const roomy = await Segmenter.load(model, { device: 'cpu', max: 12 })
    const twelve = await roomy.segment(picture, { score: 0 })
    await roomy.dispose()
    expect(twelve.instances).toHaveLength(12)
    const best = (await segmenter.segment(picture, { score: 0 })).instances
    expect(twelve.instances.slice(0, 5).map(({ box }) => box)).toEqual(best.map(({ box }) => box))
    await expect(Segmenter.load(model, { max: 0.5 })).rejects.toThrow(
      'max: option is wrong; expected a whole number of at least 1, got 0.5',
    )
  })

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [new Blob(['x']), 'Blob'],
    [7, 'Number'],
  ])('refuses %s for an image', async (source, got) => {
    await expect(segmenter.segment(source as never)).rejects.toThrow(
      `not an image; expected a path, a URL, the bytes of an image file, or { data, width, height }, got ${got}`,
    )
  })

  it('names the model that does not exist, and the file that is none', async () => {
    await expect(Segmenter.load('no-such-model')).rejects.toThrow(/^no-such-model: there is no such model/)
    const broken = join(folder, 'broken.safetensors')
    await writeFile(broken, 'not a model')
    await expect(Segmenter.load(broken)).rejects.toThrow(broken)
  })
})
