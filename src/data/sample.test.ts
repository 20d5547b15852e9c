import { describe, expect, it } from 'vitest'
import { DataError } from '../errors.ts'
import type { Annotation } from './dataset.ts'
import { IGNORED, makeSample, rleInstance, trimInstance } from './sample.ts'

const record = { id: 5, fileName: 'cells/a.png', width: 4, height: 3 }
const image = { data: new Uint8Array(4 * 3 * 3), width: 4, height: 3 }
const labelOf = new Map([
  [3, 1],
  [90, 2],
])
const annotation = (fields: Partial<Annotation>): Annotation => ({
  id: 1,
  imageId: 5,
  categoryId: 3,
  box: [0, 0, 1, 1],
  area: 1,
  isCrowd: false,
  ...fields,
})

describe('makeSample', () => {
  it('takes masks with their tight boxes, maps categories to labels, ignores crowds and leaves out empty masks', () => {
    // Column-major, 3 rows: ones at (1, 1), (1, 2), (2, 0), (2, 1), of which columns 1 and 2 are the box.
    const rle = { size: [3, 4], counts: [4, 4, 4] } as const
    const square = [
      [1, 0, 4, 0, 4, 2, 1, 2],
      [0, 2, 1, 2, 1, 3, 0, 3],
    ]
    const { instances, imageId, fileName } = makeSample(
      image,
      record,
      [
        annotation({ categoryId: 90, segmentation: rle, box: [0, 0, 4, 3] }),
        annotation({ segmentation: rle, isCrowd: true }),
        annotation({ segmentation: { size: [3, 4], counts: [12] } }),
        annotation({ segmentation: square }),
        annotation({ box: [-1, 0.5, 2.5, 9] }),
        annotation({ box: [2, 2, 2, 3] }),
      ],
      labelOf,
    )
    expect([imageId, fileName]).toEqual([5, 'cells/a.png'])
    expect(instances).toEqual([
      { box: [1, 0, 3, 3], label: 2, mask: Uint8Array.of(0, 1, 1, 1, 1, 0) },
      { box: [1, 0, 3, 3], label: IGNORED, mask: Uint8Array.of(0, 1, 1, 1, 1, 0) },
      { box: [0, 0, 4, 3], label: 1, mask: Uint8Array.of(0, 1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0) },
      { box: [0, 0.5, 2.5, 3], label: 1 },
    ])
  })

  it('takes keypoints of categories that have them; those outside the image are not labelled', () => {
    const plan = { count: 2, mirrors: new Map([[90, [1, 0]]]) }
    const box = [0, 0, 4, 3] as const
    const objects = [
      annotation({ box, categoryId: 90, keypoints: [4, 1.5, 2, 1, 3.1, 2] }),
      annotation({ box, categoryId: 90 }),
      annotation({ box, keypoints: [1, 1, 2, 1, 1, 2] }),
    ]
    const points = (use?: typeof plan) =>
      makeSample(image, record, objects, labelOf, use).instances.map(({ keypoints }) => keypoints)
    expect(points(plan)).toEqual([{ points: [4, 1.5, 2, 0, 0, 0], mirror: [1, 0] }, undefined, undefined])
    expect(points()).toEqual([undefined, undefined, undefined])
    const short = annotation({ id: 6, box, categoryId: 90, keypoints: [1, 1, 2] })
    expect(() => makeSample(image, record, [short], labelOf, plan)).toThrow(
      'cells/a.png: annotation 6: annotation has another number of keypoints than its category; expected 2, got 1',
    )
  })

  it('refuses an image of another size', () => {
    const other = { ...image, width: 3, height: 4 }
    expect(() => makeSample(other, record, [], labelOf)).toThrow(
      'cells/a.png: image has another size than its annotations say; expected 4 x 3, got 3 x 4',
    )
  })

  it('refuses a category without a label', () => {
    const odd = annotation({ id: 8, categoryId: 4 })
    expect(() => makeSample(image, record, [odd], labelOf)).toThrow(DataError)
    expect(() => makeSample(image, record, [odd], labelOf)).toThrow(
      'cells/a.png: annotation 8: annotation has an unknown category; expected one of 3, 90, got 4',
    )
  })
})

describe('trimInstance', () => {
  it('shrinks the box to the ones', () => {
    // 0 0 0 0
    // 0 0 1 0
    // 0 1 0 0
    const mask = Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0)
    expect(trimInstance({ box: [10, 20, 14, 23], label: 2, mask })).toEqual({
      box: [11, 21, 13, 23],
      label: 2,
      mask: Uint8Array.of(0, 1, 1, 0),
    })
    expect(trimInstance({ box: [0, 0, 4, 3], label: 2, mask: new Uint8Array(12) })).toBeUndefined()
    expect(rleInstance({ size: [2, 2], counts: [4] }, 1)).toBeUndefined()
  })
})
