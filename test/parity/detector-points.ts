/** What is done with predicted masks and keypoints after the graph. */

import { keypointsFromHeatmaps } from '../../src/geometry/keypoints-from-heatmaps.ts'
import { pasteMask, pasteMaskProbabilities } from '../../src/geometry/paste-mask.ts'
import { pasteBox } from '../../src/geometry/paste-reach.ts'
import { type CompressedRle, compressRle } from '../../src/geometry/rle.ts'
import { float32, int64, type Tensor, tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { boxRows } from './box-rows.ts'
import type { Comparison } from './comparison.ts'

/** The recorded masks `[D, 1, M, M]` with their boxes. */
function recordedMasks({ inputs }: Golden) {
  const masks = inputs.get('paste.masks') as Tensor<'float32'>
  const side = masks.shape[2]
  return boxRows(inputs.get('paste.boxes')!).map((box, i) => ({
    mask: { data: masks.data.subarray(i * side * side, (i + 1) * side * side), side },
    box,
  }))
}

function imageSize({ case: { values } }: Golden) {
  const [height, width] = values['paste.image_hw'] as [number, number]
  return { height, width }
}

/** Masks pasted into images `[D, H, W]`, and the whole pixels each was resized to. */
export function pasted(golden: Golden): Record<string, Tensor> {
  const masks = recordedMasks(golden)
  const size = imageSize(golden)
  const data = new Float32Array(masks.length * size.height * size.width)
  for (const [i, { mask, box }] of masks.entries()) {
    data.set(pasteMaskProbabilities(mask, box, size), i * size.height * size.width)
  }
  const boxes = masks.map(({ mask, box }) => pasteBox(box, mask.side))
  return {
    'paste.masks': tensor('float32', [masks.length, size.height, size.width], data),
    'paste.expanded_int_boxes': int64(boxes.flat(), [masks.length, 4]),
  }
}

/** `values`: how many masks at threshold 1/2 differ in any pixel; none may. */
export function pastedRles(golden: Golden): Comparison[] {
  const name = 'paste.rle_ge_half'
  const expected = golden.case.values[name] as CompressedRle[] | undefined
  if (!expected) return []
  const ours = recordedMasks(golden).map(({ mask, box }) =>
    compressRle(pasteMask(mask, box, imageSize(golden))),
  )
  const error = expected.filter(
    ({ size, counts }, i) => ours[i]?.counts !== counts || `${ours[i].size}` !== `${size}`,
  ).length
  return [{ name, error, tolerance: 0 }]
}

/** `kp.points` `[D, K, 3]` (x, y, 1) and `kp.scores` `[D, K]`. */
export function placedKeypoints({ inputs }: Golden): Record<string, Tensor> {
  const maps = inputs.get('kp.maps') as Tensor<'float32'>
  const [count, kinds, side] = maps.shape
  const perBox = kinds * side * side
  const boxes = boxRows(inputs.get('paste.boxes')!)
  const points = boxes.flatMap((box, i) =>
    keypointsFromHeatmaps({ data: maps.data.subarray(i * perBox, (i + 1) * perBox), side }, box),
  )
  return {
    'kp.points': float32(
      points.flatMap(({ x, y }) => [x, y, 1]),
      [count, kinds, 3],
    ),
    'kp.scores': float32(
      points.map(({ score }) => score),
      [count, kinds],
    ),
  }
}
