import { describe, expect, it } from 'vitest'
import { NO_AUGMENTATION } from './augment/augment.ts'
import { companions } from './companions.ts'
import type { Dataset } from './dataset.ts'

/** Image 1 with a mask, 2 with a box, 3 with a crowd, 4 with a mask, 5 with nothing. */
const images = [1, 2, 3, 4, 5].map((id) => ({ id, fileName: `${id}.png`, width: 6, height: 6 }))
const segmentation = { size: [6, 6], counts: [7, 3, 26] } as const
const object = (id: number, more: object) => ({
  ...{ id, imageId: id, categoryId: 1, box: [1, 1, 2, 4] as const, area: 3, isCrowd: false },
  ...more,
})
const dataset: Dataset = {
  images,
  categories: [{ id: 1, name: 'cell' }],
  annotations: new Map([
    [1, [object(1, { segmentation })]],
    [2, [object(2, {})]],
    [3, [object(3, { segmentation, isCrowd: true })]],
    [4, [object(4, {}), object(6, { segmentation })]],
  ]),
}
const pastedOf = (probability: number, seed = 1, from = images) => {
  const of = companions(dataset, from, { ...NO_AUGMENTATION, copyPaste: { probability } }, seed)
  return Array.from({ length: 2000 }, (_, i) => of(Math.floor(i / 100), i % 100).pasted?.image.id)
}

describe('companions', () => {
  it('are drawn of the images with masks, as often as asked for', () => {
    const drawn = pastedOf(0.3)
    const times = (id?: number) => drawn.filter((one) => one === id).length
    // Standard deviations of 20 and of 16.
    expect(Math.abs(times(undefined) - 1400)).toBeLessThan(80)
    expect(Math.abs(times(1) - 300)).toBeLessThan(64)
    expect(times(1) + times(4) + times(undefined)).toBe(2000)
  })

  it('follow from seed, epoch and index', () => {
    expect(pastedOf(0.5)).toEqual(pastedOf(0.5))
    expect(pastedOf(0.5)).not.toEqual(pastedOf(0.5, 2))
    const none = companions(dataset, images, NO_AUGMENTATION, 1)
    expect(none(0, 0)).toEqual({})
  })

  it('are refused where there is nothing to paste', () => {
    expect(() => pastedOf(1, 1, images.slice(1, 3))).toThrow(
      'augment.copyPaste: no object has a mask to be pasted by; expected a segmentation of at least one object. Leave augment.copyPaste out',
    )
  })
})
