import { expect, it } from 'vitest'
import { courseOf } from './training-state.ts'

const lines = (all: readonly object[]) => all.map((line) => `${JSON.stringify(line)}\n`).join('')

it('tells losses, smoothed, and the AP of masks, by steps', () => {
  const text = lines([
    { step: 5, loss: 2 },
    { step: 10, loss: 1 },
    { step: 10, val_bbox_AP: 0.5, val_segm_AP: 0.25, val_segm_AP50: 0.75 },
    { step: 12, val_segm_AP: -1 },
  ])
  const { step, losses, precision } = courseOf(`${text}{"step":15,"lo`)
  expect(step).toBe(12)
  expect(losses[0]).toEqual([5, 2])
  // 0.9 of the weight of 2 beside 1: 2.8 / 1.9.
  expect(losses[1][1]).toBeCloseTo(1.473_684, 6)
  expect(precision).toEqual([[10, 0.25]])
})

it('tells the AP of boxes where there are no masks, and nothing of nothing', () => {
  expect(courseOf(lines([{ step: 3, val_bbox_AP: 0.5 }])).precision).toEqual([[3, 0.5]])
  expect(courseOf('')).toEqual({ step: 0, losses: [], precision: [] })
})

it('leaves out points of a long run, not its last', () => {
  const text = lines(Array.from({ length: 4001 }, (_, i) => ({ step: i + 1, loss: 1 })))
  const { losses } = courseOf(text)
  expect(losses.length).toBeLessThanOrEqual(300)
  expect(losses.at(-1)?.[0]).toBe(4001)
})
