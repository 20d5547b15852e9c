/** A small part of the campaign (`npm run campaign` runs all of it): every input is accepted rightly or refused in one line. */
import { expect, it } from 'vitest'
import { exported } from './campaign-exported.ts'
import { images } from './campaign-images.ts'
import { labels } from './campaign-labels.ts'
import { models } from './campaign-models.ts'
import { names } from './campaign-names.ts'
import { type Subject, trySubject, Unsound } from './campaign-subject.ts'
import { weights } from './campaign-weights.ts'

it.each<[Subject, number]>([
  [models, 120],
  [exported, 300],
  [weights, 600],
  [images, 400],
  [labels, 600],
  [names, 300],
])('$name are accepted rightly or refused in one line', async (subject, count) => {
  const { bad, accepted, refused } = await trySubject(subject, count)
  expect(bad).toEqual([])
  expect(Math.min(accepted, refused)).toBeGreaterThan(count / 50)
})

it('tells what is neither', async () => {
  const attempt = async (seed: number) => {
    if (seed === 1) throw new TypeError('x is not a function')
    if (seed === 2) throw new Unsound('too much')
  }
  const { accepted, refused, bad } = await trySubject({ name: 'x', attempt }, 4)
  expect([accepted, refused, bad.map(({ seed }) => seed)]).toEqual([2, 0, [1, 2]])
})
