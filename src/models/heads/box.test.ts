import { expect, it } from 'vitest'
import { BOX_DEFAULTS, BOX_SCHEMA } from './box.ts'

const parsed = (suppression: unknown) => BOX_SCHEMA.safeParse({ ...BOX_DEFAULTS, suppression })

it('settings of suppression are completed by the numbers of the paper', () => {
  expect(BOX_SCHEMA.parse(BOX_DEFAULTS)).not.toHaveProperty('suppression')
  expect(parsed({ kind: 'linear' }).data?.suppression).toEqual({
    ...{ kind: 'linear', iouThreshold: 0.3, minScore: 0.001 },
  })
  expect(parsed({ kind: 'gaussian', sigma: 0.7 }).data?.suppression).toEqual({
    ...{ kind: 'gaussian', sigma: 0.7, minScore: 0.001 },
  })
})

it.each([
  { kind: 'soft' },
  { kind: 'gaussian', sigma: 0 },
  { kind: 'linear', sigma: 0.5 },
  { kind: 'linear', iouThreshold: 1.5 },
])('refuses %o', (suppression) => {
  expect(parsed(suppression).success).toBe(false)
})
