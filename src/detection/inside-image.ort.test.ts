import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { float32, int64, toNumbers } from '../tensor/tensor.ts'
import { insideImage } from './inside-image.ts'

it('cuts boxes to the image and drops those of which nothing is left', async () => {
  const boxes = constant(
    float32([-5, 10, 20, 90, 60, 10, 70, 20, 30, -9, 40, 0, 1, 2, 3, 4, 7, 8, 7, 9], [5, 4]),
  )
  const rows = { boxes, labels: constant(int64([1, 2, 3, 4, 5])), masks: undefined }
  const { masks, ...inside } = insideImage(rows, constant(float32([80, 60])))
  expect(masks).toBeUndefined()
  const found = await runGraph(inside)
  expect(toNumbers(found.boxes)).toEqual([0, 10, 20, 80, 1, 2, 3, 4])
  expect(toNumbers(found.labels)).toEqual([1, 4])
})

it('leaves no rows of none', async () => {
  const rows = { boxes: constant(float32([], [0, 4])), scores: constant(float32([])) }
  const found = await runGraph(insideImage(rows, constant(float32([80, 60]))))
  expect([found.boxes.shape, found.scores.shape]).toEqual([[0, 4], [0]])
})
