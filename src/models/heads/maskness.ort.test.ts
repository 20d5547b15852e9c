import { expect, it } from 'vitest'
import { runGraph } from '../../../test/run-graph.ts'
import { constant } from '../../graph/value.ts'
import { float32, toNumbers } from '../../tensor/tensor.ts'
import { maskness } from './maskness.ts'

it('is the mean of the cells inside, of which half is none, and 0 where there is none', async () => {
  const masks = float32([0.9, 0.7, 0.5, 0.1, 0.5, 0.4, 0, 0.2, 0.6, 0.1, 0.1, 0.1], [3, 2, 2])
  const { value } = await runGraph({ value: maskness(constant(masks)) })
  const [sure, none, one] = toNumbers(value)
  expect(sure).toBeCloseTo(0.8, 6)
  expect(none).toBe(0)
  expect(one).toBeCloseTo(0.6, 6)
})
