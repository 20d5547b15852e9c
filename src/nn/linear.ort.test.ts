import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { float32, type Tensor, tensor, toNumbers } from '../tensor/tensor.ts'
import { mapLinear } from './linear.ts'
import { asInputs, fromTensors, rootScope } from './scope.ts'

const OPTIONS = { channels: 2, side: 2, out: 1 }
// Channel 0 of the map is 1 2 / 3 4, channel 1 is 5 6 / 7 8; the weights are powers of 2 in the same order.
const map = constant(float32([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2]))
const weight = float32([1, 2, 4, 8, 16, 32, 64, 128], [1, 8])
const bias = float32([0.5])
// 1 + 4 + 12 + 32 + 80 + 192 + 448 + 1024 + 0.5
const EXPECTED = [1793.5]

/** Half floats of powers of 2. */
const halves = tensor(
  'float16',
  [1, 8],
  Uint16Array.from({ length: 8 }, (_, i) => (15 + i) << 10),
)

it.each<[string, Tensor]>([
  ['float32', weight],
  ['float16', halves],
])('reads whole maps by a fixed weight, %s', async (_, stored) => {
  const weights = new Map<string, Tensor>(Object.entries({ weight: stored, bias }))
  const y = mapLinear(rootScope(fromTensors(weights), 'running'), OPTIONS)(map)
  expect(toNumbers((await runGraph({ y })).y)).toEqual(EXPECTED)
})

it('reads them by a weight that comes in the same way', async () => {
  const y = mapLinear(rootScope(asInputs().resolve, 'running'), OPTIONS)(map)
  expect(toNumbers((await runGraph({ y }, { weight, bias })).y)).toEqual(EXPECTED)
})
