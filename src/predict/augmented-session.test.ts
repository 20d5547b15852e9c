import { expect, it } from 'vitest'
import type { Session } from '../runtime/session.ts'
import { float32, int64, type Tensor, tensor, toNumbers } from '../tensor/tensor.ts'
import { augmentedSession } from './augmented-session.ts'

const port = (name: string) => ({ name, dtype: 'float32', shape: [] }) as const
const CATEGORIES = [{ id: 4, name: 'leaf', keypoints: ['left_tip', 'right_tip'] }]

/** The first pixel of the picture is dark, so its mirror image begins with a bright one. */
const image = tensor(
  'uint8',
  [1, 10, 3],
  Uint8Array.from({ length: 30 }, (_, i) => Math.floor(i / 3)),
)
const isMirrored = (feeds: Readonly<Record<string, Tensor>>) => Number(feeds.image.data[0]) === 9

it('leads boxes, masks and keypoints of a mirrored image back, and puts together what is one thing', async () => {
  const told: number[][] = []
  const finding: Session = {
    inputs: [port('image')],
    outputs: [],
    dispose: async () => {},
    run: async (feeds) => ({
      // The thing on 1 to 3 lies on 7 to 9 in the mirror; the one on 0 to 2 there is seen in the mirror alone.
      boxes: float32(
        isMirrored(feeds) ? [7, 0, 9, 1, 0, 0, 2, 1] : [1, 0, 3, 1],
        isMirrored(feeds) ? [2, 4] : [1, 4],
      ),
      scores: float32(isMirrored(feeds) ? [0.75, 0.5] : [0.875]),
      labels: int64(isMirrored(feeds) ? [1, 1] : [1]),
    }),
  }
  const telling: Session = {
    inputs: [],
    outputs: [],
    dispose: async () => {},
    run: async (feeds) => {
      told.push(toNumbers(feeds.boxes))
      const mask = isMirrored(feeds) ? [1, 0, 1, 0] : [0.25, 0.5, 0.75, 1]
      const [left, right] = isMirrored(feeds)
        ? [
            [6, 5],
            [4, 3],
          ]
        : [
            [1, 2],
            [3, 4],
          ]
      return {
        masks: float32([...mask, ...mask], [2, 2, 2]),
        heatmaps: float32([...left, ...right, ...left, ...right], [2, 2, 1, 2]),
      }
    },
  }
  const session = augmentedSession(
    { finding, telling, nmsThreshold: 0.5, most: 10, categories: CATEGORIES },
    { flip: true },
  )
  const { boxes, scores, masks, heatmaps } = await session.run({ image })
  expect(toNumbers(scores)).toEqual([0.875, 0.5])
  expect(toNumbers(boxes)).toEqual([1, 0, 3, 1, 8, 0, 10, 1])
  expect(told).toEqual([
    [1, 0, 3, 1, 8, 0, 10, 1],
    [7, 0, 9, 1, 0, 0, 2, 1],
  ])
  // Of the mirrored mask [1 0; 1 0] the cells change sides: [0 1; 0 1].
  expect(toNumbers(masks).slice(0, 4)).toEqual([0.125, 0.75, 0.375, 1])
  // The left tip is what the mirror shows as the right one: [4 3], turned around.
  expect(toNumbers(heatmaps).slice(0, 4)).toEqual([(1 + 3) / 2, (2 + 4) / 2, (3 + 5) / 2, (4 + 6) / 2])
})
