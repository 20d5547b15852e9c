import { expect, it } from 'vitest'
import { hashfill } from '../../../test/recipe.ts'
import { runGraph } from '../../../test/run-graph.ts'
import { constant } from '../../graph/value.ts'
import { FROZEN_BATCH_NORM } from '../../nn/norm.ts'
import { rootScope } from '../../nn/scope.ts'
import { elementCount } from '../../tensor/shape.ts'
import { float32, toNumbers } from '../../tensor/tensor.ts'
import { bodyOf } from './bodies.ts'

const body = bodyOf({ name: 'efficientnet_lite0', widthMultiplier: 0.25, norm: FROZEN_BATCH_NORM })

/** The first stage of an image, with weights by formula. */
async function firstStageOf(values: number[], shape: number[]) {
  const scope = rootScope(
    ({ name, shape }) =>
      constant(
        /running_var|weight/.test(name) && shape.length === 1
          ? float32(new Array(elementCount(shape)).fill(1), shape)
          : hashfill(7, name, shape, 0.3, 0),
      ),
    'running',
  )
  const { map } = await runGraph({ map: body.stage(scope, 0)(constant(float32(values, shape))) })
  return map
}

it('sees an odd side as if zeros followed', async () => {
  const [height, width] = [5, 7]
  const values = toNumbers(hashfill(1, 'x', [1, 3, height, width], 1, 0))
  const followed = Array.from({ length: 3 * (height + 1) * (width + 1) }, (_, i) => {
    const [x, y] = [i % (width + 1), Math.floor(i / (width + 1)) % (height + 1)]
    const channel = Math.floor(i / ((width + 1) * (height + 1)))
    return x < width && y < height ? values[(channel * height + y) * width + x] : 0
  })
  const odd = await firstStageOf(values, [1, 3, height, width])
  const even = await firstStageOf(followed, [1, 3, height + 1, width + 1])
  expect(odd.shape).toEqual([1, 8, 3, 4])
  expect(even.shape).toEqual(odd.shape)
  expect(toNumbers(odd).some((value) => Math.abs(value) > 1e-3)).toBe(true)
  const expected = toNumbers(even)
  expect(toNumbers(odd).filter((value, i) => Math.abs(value - expected[i]) > 1e-6)).toEqual([])
})
