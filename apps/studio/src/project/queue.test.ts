import { expect, it } from 'vitest'
import { type Order, ordered } from './queue.ts'

const IMAGES = [1, 2, 3, 4].map((id) => ({ id, file_name: `${id}.png`, width: 8, height: 8 }))

it('puts what is worth most first, and what was not looked at last', () => {
  const places = new Map([
    [4, 0],
    [2, 1],
  ])
  const ids = (order: Order) => ordered(IMAGES, order, ({ id }) => id < 3, places).map(({ id }) => id)
  expect([ids('files'), ids('worth'), ids('unlabelled')]).toEqual([
    [1, 2, 3, 4],
    [4, 2, 1, 3],
    [3, 4, 1, 2],
  ])
})
