import { expect, it } from 'vitest'
import { doubtAbout, ordered } from './queue.ts'

const IMAGES = [1, 2, 3, 4].map((id) => ({ id, file_name: `${id}.png`, width: 8, height: 8 }))
const proposals = (...scores: number[]) =>
  scores.map((score) => ({ category: 'leaf', score, bbox: [0, 0, 1, 1] }))

it('says how far scores are from sure', () => {
  // 1 - |2 x 0.9 - 1| is 0.2, and 1 - |2 x 0.6 - 1| 0.8; what scores below 0.3 is not looked at.
  expect(doubtAbout(proposals(0.9, 0.6, 0.1))).toBeCloseTo(0.5, 12)
  expect(doubtAbout([{ ...proposals(0.9)[0], mask_score: 0.5 }])).toBeCloseTo(1, 12)
  expect([doubtAbout([]), doubtAbout(undefined)]).toEqual([0, -1])
})

it('puts what is most in doubt first, then what is sure, then what was not looked at', () => {
  const found = new Map([
    [2, proposals(0.99)],
    [3, proposals(0.5)],
    [4, []],
  ])
  const ids = (order: 'files' | 'unlabelled' | 'doubt') =>
    ordered(IMAGES, order, ({ id }) => id < 3, found).map(({ id }) => id)
  expect([ids('files'), ids('doubt'), ids('unlabelled')]).toEqual([
    [1, 2, 3, 4],
    [3, 2, 4, 1],
    [3, 4, 1, 2],
  ])
})
