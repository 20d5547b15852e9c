import { expect, it } from 'vitest'
import { Losses, lossLine } from './losses.ts'

it('counts by kind, with the first three places', () => {
  const losses = new Losses()
  for (const id of [17, 20, 21, 30]) losses.add('crowd annotations left out', `a.jpg: annotation ${id}`)
  losses.add('keypoints left out', 'b.jpg')
  for (let i = 0; i < 5; i++) losses.add('license of images left out', 'a.json')
  losses.change('ids are numbered anew')
  expect(losses.lost.map(lossLine)).toEqual([
    'crowd annotations left out: 4 (a.jpg: annotation 17, a.jpg: annotation 20, a.jpg: annotation 21, ...)',
    'keypoints left out: 1 (b.jpg)',
    'license of images left out: 5 (a.json)',
  ])
  expect(losses.changed.map(lossLine)).toEqual(['ids are numbered anew'])
})
