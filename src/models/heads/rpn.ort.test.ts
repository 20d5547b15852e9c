import { expect, it } from 'vitest'
import { runGraph } from '../../../test/run-graph.ts'
import { constant, input, type Value } from '../../graph/value.ts'
import { initialize } from '../../nn/init.ts'
import { asInputs, rootScope } from '../../nn/scope.ts'
import { concat } from '../../ops/layout.ts'
import { random } from '../../tensor/random.ts'
import { float32, int64, type Tensor, toNumbers } from '../../tensor/tensor.ts'
import { flattenRpnMaps, rpnHead, rpnHeadAt } from './rpn.ts'

const CHANNELS = 2
const PER_CELL = 3
/** Two images; maps of 3x4 and 2x1 cells, the second with border on every side. */
const SIZES = [
  [3, 4],
  [2, 1],
]
const COUNT = (3 * 4 + 2 * 1) * PER_CELL

it.each([0, 1, 2])(
  'says of each anchor what the head with %i convolutions says on whole maps',
  async (convDepth) => {
    const source = random(convDepth)
    const feeds: Record<string, Tensor> = {}
    const maps = SIZES.map(([height, width], i) => {
      const numbers = Array.from({ length: 2 * CHANNELS * height * width }, () => source.normal())
      feeds[`map${i}`] = float32(numbers, [2, CHANNELS, height, width])
      return input(`map${i}`, 'float32', [2, CHANNELS, `H${i}`, `W${i}`])
    })
    const parameters = asInputs()
    const scope = rootScope(parameters.resolve, 'batch')
    const dense = maps.map(rpnHead(scope, CHANNELS, PER_CELL, { convDepth })).map(flattenRpnMaps)
    const join = (parts: readonly Value<'float32'>[]) => concat(parts, 1)
    const everyAnchor = constant(int64(Array.from({ length: 2 * COUNT }, (_, i) => i)))
    const sampled = rpnHeadAt(scope, CHANNELS, PER_CELL, { convDepth })(maps, everyAnchor)
    for (const [name, value] of initialize(parameters.specs.values(), 1)) {
      feeds[name] = float32(
        value.data.map((_, i) => Math.sin(i + name.length)),
        value.shape,
      )
    }
    const out = await runGraph(
      {
        objectness: join(dense.map((level) => level.objectness)),
        deltas: join(dense.map((level) => level.deltas)),
        objectnessAt: sampled.objectness,
        deltasAt: sampled.deltas,
      },
      feeds,
    )
    for (const name of ['objectness', 'deltas']) {
      const [expected, got] = [toNumbers(out[name]), toNumbers(out[`${name}At`])]
      expect(got).toHaveLength(expected.length)
      for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 4)
    }
  },
)
