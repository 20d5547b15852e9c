import { expect, it } from 'vitest'
import { cropPicture, shrinkByBlocks } from './pixels.ts'

/** Every pixel's red is `red[y][x]`, green and blue are 0. */
function picture(red: readonly (readonly number[])[]) {
  const data = Uint8Array.from(red.flat().flatMap((value) => [value, 0, 7]))
  return { data, width: red[0].length, height: red.length }
}

it('crops whole pixels', () => {
  const whole = picture([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ])
  expect(cropPicture(whole, { left: 1, top: 1, width: 2, height: 2 })).toEqual(
    picture([
      [5, 6],
      [8, 9],
    ]),
  )
})

it('shrinks to means of blocks, cut ones at the edges', () => {
  const whole = picture([
    [1, 3, 10],
    [5, 7, 20],
    [100, 50, 200],
  ])
  // (1 + 3 + 5 + 7) / 4, (10 + 20) / 2, (100 + 50) / 2, 200
  expect(shrinkByBlocks(whole, 2)).toEqual(
    picture([
      [4, 15],
      [75, 200],
    ]),
  )
  expect(shrinkByBlocks(whole, 1)).toEqual(whole)
})
