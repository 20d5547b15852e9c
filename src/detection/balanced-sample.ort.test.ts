import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { float32, tensor, toNumbers } from '../tensor/tensor.ts'
import { sampleBalanced } from './balanced-sample.ts'

async function sample(kinds: readonly number[], priority: readonly number[], size: number, fraction = 0.5) {
  const is = (kind: number) =>
    constant(
      tensor(
        'bool',
        [kinds.length],
        Uint8Array.from(kinds, (k) => Number(k === kind)),
      ),
    )
  const options = { size, positiveFraction: fraction }
  const chosen = sampleBalanced(is(1), is(0), constant(float32(priority)), options)
  const out = await runGraph({ ...chosen })
  return {
    positive: toNumbers(out.positive),
    weight: toNumbers(out.positiveWeight),
    negative: toNumbers(out.negative),
  }
}

const priority = [0.1, 0.9, 0.5, 0.8, 0.2, 0.7]

it('takes the candidates of highest priority', async () => {
  expect(await sample([1, 1, 1, 0, 0, 0], priority, 4)).toEqual({
    positive: [1, 2],
    weight: [1, 1],
    negative: [3, 5],
  })
})

it('fills up with negatives where positives are few, and never takes what is neither', async () => {
  expect(await sample([1, -1, 0, 0, 0, -1], priority, 4)).toEqual({
    positive: [0],
    weight: [1],
    negative: [3, 2, 4],
  })
})

it('stands a row of weight 0 for no positive, and none for no negative', async () => {
  const none = await sample([0, 0, 0, -1, 0, 0], priority, 4)
  expect(none.weight).toEqual([0])
  expect(none.positive).toHaveLength(1)
  expect(none.negative).toEqual([1, 5, 2, 4])
  expect(await sample([1, 1, 1, 1, 1, -1], priority, 4)).toEqual({
    positive: [1, 3],
    weight: [1, 1],
    negative: [],
  })
})
