import { expect, it } from 'vitest'
import { decodeRle, encodeRle } from '../geometry/rle.ts'
import { instanceMask } from './instance.ts'
import { rawReader } from './raw-reader.ts'
import { reducedPicture } from './reduced-picture.ts'

/** 9001 x 7: a third of its size is 3000 x 2, the last column and row left out. */
const WIDTH = 9001
const HEIGHT = 7
const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (Math.floor(i / 3) % WIDTH) % 256)
const reader = rawReader({ data, width: WIDTH, height: HEIGHT })

function instance(pixels: readonly (readonly [x: number, y: number])[]) {
  const bitmap = new Uint8Array(WIDTH * HEIGHT)
  for (const [x, y] of pixels) bitmap[y * WIDTH + x] = 1
  const mask = instanceMask(encodeRle(bitmap, { width: WIDTH, height: HEIGHT }))
  return { categoryId: 1, category: 'cell', score: 0.5, box: [30, 0, 36, 6] as const, mask }
}

it('averages pixels, and shows of a mask what lies at their centres', async () => {
  const centres = [
    [31, 1],
    [34, 4],
    [35, 5],
  ] as const
  const { picture, instances, factor } = await reducedPicture(reader, [instance(centres)])
  expect([factor, picture.width, picture.height]).toEqual([3, 3000, 2])
  // Columns 30, 31, 32 and so on.
  expect([...picture.data.subarray(3 * 10, 3 * 12)]).toEqual([31, 31, 31, 34, 34, 34])
  const [{ box, mask }] = instances
  expect(box).toEqual([10, 0, 12, 2])
  const shown = decodeRle(mask!.toRuns())
  const places = [...shown.keys()].filter((at) => shown[at] === 1)
  expect(places).toEqual([10, 3000 + 11])
})

it('leaves a picture that is small enough as it is', async () => {
  const small = rawReader({ data: data.slice(0, 3 * 40 * HEIGHT), width: 40, height: HEIGHT })
  const things = [instance([[31, 1]])]
  const { picture, instances, factor } = await reducedPicture(small, things)
  expect(factor).toBe(1)
  expect(picture.data).toEqual(data.slice(0, 3 * 40 * HEIGHT))
  expect(instances).toBe(things)
})
