import { describe, expect, it } from 'vitest'
import { parseCoco } from '../formats/coco/coco.ts'
import { requireMasks } from './run-data.ts'

/** An image with a mask, a box alone, and a crowd without a mask. */
function dataset(...ids: readonly number[]) {
  const shared = { category_id: 1, bbox: [1, 1, 4, 4], area: 16 }
  const annotations = [
    { ...shared, id: 1, image_id: 7, iscrowd: 0, segmentation: [[1, 1, 5, 1, 5, 5, 1, 5]] },
    { ...shared, id: 2, image_id: 8, iscrowd: 0 },
    { ...shared, id: 3, image_id: 7, iscrowd: 1 },
  ]
  return parseCoco(
    {
      images: [7, 8].map((id) => ({ id, file_name: `${id}.png`, width: 9, height: 9 })),
      annotations: annotations.filter(({ id }) => ids.includes(id)),
      categories: [{ id: 1, name: 'leaf' }],
    },
    'train.json',
  )
}

describe('requireMasks', () => {
  it('names file, annotation and count where a mask is missing', () => {
    expect(() => requireMasks(dataset(1, 2, 3), 'train.json', 'training')).toThrow(
      'train.json: 1 of 2 annotations have no mask; expected a segmentation for every annotation, got none for annotation 2 of 8.png. Add segmentations, or train faster-rcnn, which needs boxes alone',
    )
    expect(() => requireMasks(dataset(1, 2, 3), 'val.json', 'evaluation')).toThrow(
      'val.json: 2 of 3 annotations have no mask; expected a segmentation for every annotation, got none for annotation 3 of 7.png',
    )
  })

  it('lets crowds be without, which are not trained on', () => {
    expect(() => requireMasks(dataset(1, 3), 'train.json', 'training')).not.toThrow()
  })
})
