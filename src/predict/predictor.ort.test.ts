import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brightnessModel } from '../../test/brightness-graph.ts'
import type { RawImage } from '../data/picture.ts'
import { createSession } from '../node/session.ts'
import type { Session } from '../runtime/session.ts'
import { predict } from './predictor.ts'

const CATEGORIES = [
  { id: 11, name: 'red' },
  { id: 5, name: 'green' },
  { id: 8, name: 'blue' },
]

/** 6 x 4 pixels of red 200, green 100, blue 50: the scores are 24 * 200 / 65536 = 0.0732421875, and half and a quarter of it. */
const image: RawImage = {
  width: 6,
  height: 4,
  data: Uint8Array.from({ length: 72 }, (_, i) => [200, 100, 50][i % 3]),
}
const RED = 0.0732421875

describe('predict', () => {
  let session: Session
  beforeAll(async () => {
    session = await createSession(brightnessModel(), { threads: 1 })
  })
  afterAll(() => session.dispose())

  it('gives categories by label, scores, boxes and masks at the size of the image', async () => {
    const { width, height, instances, milliseconds } = await predict(
      { session, categories: CATEGORIES },
      image,
      { score: 0 },
    )
    expect([width, height]).toEqual([6, 4])
    expect(milliseconds).toBeGreaterThan(0)
    expect(
      instances.map(({ categoryId, category, score, box }) => [categoryId, category, score, box]),
    ).toEqual([
      [11, 'red', RED, [0, 0, 6, 4]],
      [5, 'green', RED / 2, [0, 0, 2, 2]],
      [8, 'blue', RED / 4, [1, 1, 3, 3]],
    ])
    const bitmaps = instances.map(({ mask }) => mask && rows(mask.toBitmap(), 6))
    // With its border of zeros the mask has 4 x 4 cells and its box (-3, -2, 9, 6), which covers 13 x 9 pixels. Columns
    // 0 to 5 lie at cells 4 (x + 3.5) / 13 - 0.5, so they weigh 0.58 0.88 1 1 1 0.88, and rows 0.61 1 1 1: of the
    // products only 0.58 * 0.61 is below one half.
    expect(bitmaps[0]).toEqual(['.#####', '######', '######', '######'])
    // Box (-1, -1, 3, 3) of 5 x 5 pixels: columns weigh 0.7 1 0.7 0, rows 0.9 times 0.7 0.5 0 0; only 1 * 0.63 is enough.
    expect(bitmaps[1]).toEqual(['.#....', '......', '......', '......'])
    expect(bitmaps[2]).toEqual(['......', '......', '......', '......'])
  })

  it('leaves out low scores and keeps no more than asked for', async () => {
    const categoriesOf = async (options: { score?: number; max?: number }) =>
      (await predict({ session, categories: CATEGORIES }, image, options)).instances.map(
        ({ category }) => category,
      )
    expect(await categoriesOf({})).toEqual([])
    expect(await categoriesOf({ score: RED / 2 })).toEqual(['red', 'green'])
    expect(await categoriesOf({ score: 0, max: 1 })).toEqual(['red'])
  })

  it('takes grey and RGBA pixels, with and without the count of channels', async () => {
    const grey = Uint8Array.from({ length: 24 }, () => 200)
    const rgba = Uint8ClampedArray.from({ length: 96 }, (_, i) => [200, 100, 50, 7][i % 4])
    const scores = async (data: RawImage['data'], channels?: 1 | 4) => {
      const given = { data, width: 6, height: 4, channels }
      return (await predict({ session, categories: CATEGORIES }, given, { score: 0 })).instances.map(
        ({ score }) => score,
      )
    }
    for (const channels of [1, undefined] as const)
      expect(await scores(grey, channels)).toEqual([RED, RED, RED])
    for (const channels of [4, undefined] as const) {
      expect(await scores(rgba, channels)).toEqual([RED, RED / 2, RED / 4])
    }
  })

  it('refuses pixels that do not fit the size and images too small, saying so', async () => {
    // Floats from 0 to 1 would become bytes of 0 and 1: a black picture.
    const floats = { data: new Float32Array(72) as never, width: 6, height: 4 }
    await expect(predict({ session, categories: CATEGORIES }, floats)).rejects.toThrow(
      'image data is not bytes; expected a Uint8Array or Uint8ClampedArray of values from 0 to 255, got Float32Array',
    )
    const tooFew = { data: new Uint8Array(70), width: 6, height: 4 }
    await expect(predict({ session, categories: CATEGORIES }, tooFew)).rejects.toThrow(
      'image data does not fit its size; expected 72 bytes for 6x4 with 3 channels, got 70',
    )
    const tiny = { data: new Uint8Array(3 * 8 * 3), width: 8, height: 3 }
    await expect(predict({ session, categories: CATEGORIES }, tiny, { name: 'a.png' })).rejects.toThrow(
      'a.png: image is too small',
    )
    await expect(predict({ session, categories: CATEGORIES }, tiny)).rejects.toThrow(
      'image is too small to segment; expected at least 4 pixels on each side, got 8x3',
    )
  })

  it.each([
    [{ score: 50 }, 'score: option is wrong; expected a number from 0 to 1, got 50'],
    [{ score: Number.NaN }, 'score: option is wrong; expected a number from 0 to 1, got NaN'],
    [{ max: -1 }, 'max: option is wrong; expected a whole number of at least 0, got -1'],
    [{ max: Number.NaN }, 'max: option is wrong; expected a whole number of at least 0, got NaN'],
  ])('refuses the options %o', async (options, message) => {
    await expect(predict({ session, categories: CATEGORIES }, image, options)).rejects.toThrow(message)
  })

  it('refuses two channels', async () => {
    const grey = { data: new Uint8Array(2 * 6 * 4), width: 6, height: 4, channels: 2 as never }
    await expect(predict({ session, categories: CATEGORIES }, grey)).rejects.toThrow(
      'image has an impossible number of channels; expected 1 (grey), 3 (RGB) or 4 (RGBA), got 2',
    )
  })

  it('does not start once aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(predict({ session, categories: CATEGORIES }, image, { signal })).rejects.toThrow('enough')
  })

  it('gives instances without masks where the model makes none', async () => {
    const boxes = await createSession(brightnessModel({ masks: false }), { threads: 1 })
    const { instances } = await predict({ session: boxes, categories: CATEGORIES }, image, { score: 0 })
    await boxes.dispose()
    expect(instances.map(({ mask }) => mask)).toEqual([undefined, undefined, undefined])
  })
})

function rows(bitmap: Uint8Array, width: number): string[] {
  const text = Array.from(bitmap, (inside) => (inside ? '#' : '.')).join('')
  return text.match(new RegExp(`.{${width}}`, 'g')) ?? []
}
