import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { decodeSideDistances, encodeSideDistances } from './box-linear-coding.ts'

const anchors = constant(float32([0, 0, 10, 20, 4, 4, 8, 8], [2, 4]))
const targets = constant(float32([2, 5, 9, 15, 7, 0, 9, 8], [2, 4]))

it('measures from the centre to the sides, in sides of the anchor, and back', async () => {
  const distances = encodeSideDistances(targets, anchors)
  const results = await runGraph({ distances, boxes: decodeSideDistances(distances, anchors) })
  // From (5, 10), sides 10 and 20; from (6, 6), side 4, the left side of the box beyond the centre.
  const expected = [0.3, 0.25, 0.4, 0.25, -0.25, 1.5, 0.75, 0.5]
  for (const [i, value] of toNumbers(results.distances).entries()) expect(value).toBeCloseTo(expected[i], 6)
  const boxes = [2, 5, 9, 15, 7, 0, 9, 8]
  for (const [i, value] of toNumbers(results.boxes).entries()) expect(value).toBeCloseTo(boxes[i], 5)
})
