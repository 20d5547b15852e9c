import { expect, it } from 'vitest'
import { encodeRle } from '../geometry/rle.ts'
import { instanceMask } from './instance.ts'
import { videoJson } from './video-json.ts'

it('writes COCO-VID piece by piece', () => {
  const json = videoJson('m', [{ id: 4, name: 'leaf' }])
  const mask = instanceMask(encodeRle([0, 1, 0, 1], { height: 2, width: 2 }))
  const leaf = { categoryId: 4, category: 'leaf', score: 0.5, box: [0, 0, 2, 1] as const }
  const frame = { width: 2, height: 2, instances: [] }
  let text = json.begin
  text += json.frame({ ...frame, index: 0, time: 0, instances: [{ ...leaf, trackId: 3, mask }, leaf] })
  text += json.frame({ ...frame, index: 5, time: 0.2 })
  json.endVideo({ name: 'a.mp4', width: 2, height: 2, frameRate: 25 })
  text += json.frame({ ...frame, index: 0, time: 0, instances: [{ ...leaf, trackId: 3 }] })
  json.endVideo({ name: 'b.mp4', width: 2, height: 2, notes: ['it breaks off'] })
  const of = { category_id: 4, score: 0.5, bbox: [0, 0, 2, 1], area: 2, iscrowd: 0 }
  expect(JSON.parse(text + json.end())).toEqual({
    model: 'm',
    categories: [{ id: 4, name: 'leaf' }],
    annotations: [
      // Two rows, the right column: a run of two after a run of two.
      {
        id: 1,
        image_id: 1,
        video_id: 1,
        instance_id: 3,
        ...of,
        segmentation: { size: [2, 2], counts: '22' },
      },
      { id: 2, image_id: 1, video_id: 1, ...of },
      { id: 3, image_id: 3, video_id: 2, instance_id: 3, ...of },
    ],
    images: [
      { id: 1, video_id: 1, frame_id: 0, time: 0, width: 2, height: 2 },
      { id: 2, video_id: 1, frame_id: 5, time: 0.2, width: 2, height: 2 },
      { id: 3, video_id: 2, frame_id: 0, time: 0, width: 2, height: 2 },
    ],
    videos: [
      { id: 1, name: 'a.mp4', width: 2, height: 2, frame_rate: 25 },
      { id: 2, name: 'b.mp4', width: 2, height: 2, notes: ['it breaks off'] },
    ],
  })
})

it('is a document also where there was nothing', () => {
  const json = videoJson('m', [])
  expect(JSON.parse(json.begin + json.end())).toEqual({
    ...{ model: 'm', categories: [], annotations: [], images: [], videos: [] },
  })
})
