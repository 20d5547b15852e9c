import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import type { Box } from '../geometry/boxes.ts'
import { pasteMask } from '../geometry/paste-mask.ts'
import { decodeRle } from '../geometry/rle.ts'
import { input } from '../graph/value.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { pasteMasks } from './paste-masks.ts'

const SIDE = 5
const [height, width] = [23, 31]
const BOXES: Box[] = [
  [3.2, 4.9, 21.7, 17.1],
  [-8, -3.5, 9, 40],
  [25.5, 18, 31, 23],
  [4, 4, 4.2, 4.1],
  [7, 9, 7, 12],
  [12, 9, 8, 12],
  [0, 0, 31, 23],
]

it.each(['whole-pixels', 'exact'] as const)(
  'pastes as the host does, which is compared with the references: %s',
  async (pasting) => {
    const masks = input('masks', 'float32', ['D', SIDE, SIDE])
    const boxes = input('boxes', 'float32', ['D', 4])
    const data = Float32Array.from(
      { length: BOXES.length * SIDE * SIDE },
      (_, i) => (Math.sin(i * i) + 1) / 2,
    )
    const feeds = {
      masks: float32(data, [BOXES.length, SIDE, SIDE]),
      boxes: float32(BOXES.flat(), [BOXES.length, 4]),
    }
    const { pasted } = await runGraph({ pasted: pasteMasks(masks, boxes, { height, width, pasting }) }, feeds)
    expect(pasted).toMatchObject({ dtype: 'bool', shape: [BOXES.length, height, width] })
    const expected = BOXES.map((box, i) => {
      const mask = { data: data.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE), side: SIDE }
      return [...decodeRle(pasteMask(mask, box, { height, width }, pasting))]
    })
    expect(expected[0].filter(Boolean).length).toBeGreaterThan(50)
    expect(toNumbers(pasted)).toEqual(expected.flat())
  },
)
