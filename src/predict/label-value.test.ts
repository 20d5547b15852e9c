import { describe, expect, it } from 'vitest'
import type { Box } from '../geometry/boxes.ts'
import { encodeRle } from '../geometry/rle.ts'
import { type Instance, instanceMask } from './instance.ts'
import { labelValue } from './label-value.ts'

const [width, height] = [10, 4]

/** A filled box in an image of 10 x 4. */
function found(box: Box, score: number, more: Partial<Instance> = {}): Instance {
  const [x1, y1, x2, y2] = box
  const bits = Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)]
    return x >= x1 && x < x2 && y >= y1 && y < y2 ? 1 : 0
  })
  const mask = instanceMask(encodeRle(bits, { height, width }))
  return { categoryId: 1, category: 'cell', score, box, mask, ...more }
}

describe('labelValue', () => {
  it('is in doubt by scores near a half, of masks where there are any', () => {
    const value = labelValue([found([0, 0, 2, 2], 0.9), found([4, 0, 6, 2], 0.5)], [], width)
    expect(value.objects).toBe(2)
    // (0.2 + 1) / 2
    expect(value.doubt).toBeCloseTo(0.6, 12)
    expect(labelValue([found([0, 0, 2, 2], 0.9, { maskScore: 0.3 })], [], width).doubt).toBeCloseTo(0.6, 12)
  })

  it('disagrees by what the mirrored view has elsewhere, in another class, or not at all', () => {
    const left = found([0, 0, 4, 2], 1)
    // The same in the mirror: columns 6 to 10.
    expect(labelValue([left], [found([6, 0, 10, 2], 1)], width).disagreement).toBe(0)
    // One column more: an IoU of 8 / 10.
    expect(labelValue([left], [found([5, 0, 10, 2], 1)], width).disagreement).toBeCloseTo(0.2, 12)
    // Two objects, one pair: 1 - 2 * 0.8 / 3.
    const more = [found([5, 0, 10, 2], 1), found([0, 2, 2, 4], 1)]
    expect(labelValue([left], more, width).disagreement).toBeCloseTo(1 - 1.6 / 3, 12)
    expect(labelValue([left], [found([6, 0, 10, 2], 1, { categoryId: 2 })], width).disagreement).toBe(1)
    expect(labelValue([left], [found([8, 0, 10, 2], 1)], width).disagreement).toBe(1)
    expect(labelValue([left], [], width)).toMatchObject({ doubt: 0, disagreement: 1, uncertainty: 0.5 })
    expect(labelValue([], [], width)).toEqual({ objects: 0, doubt: 0, disagreement: 0, uncertainty: 0 })
  })

  it('compares boxes where there are no masks', () => {
    const boxed = (box: Box) => found(box, 1, { mask: undefined })
    expect(labelValue([boxed([0, 0, 4, 2])], [boxed([5, 0, 10, 2])], width).disagreement).toBeCloseTo(0.2, 12)
  })
})
