/** What a training step is given where only its time and memory count. */
import type { Size } from '../../src/geometry/boxes.ts'
import { random } from '../../src/tensor/random.ts'
import { float32, tensor, zeros } from '../../src/tensor/tensor.ts'
import type { State } from '../../src/train/state.ts'

const OBJECTS = 8

/** Images of noise, each with eight objects of 50 to 200 pixels whose masks fill their boxes, always the same. */
export function randomBatch(images: number, { height, width }: Size) {
  const { integer } = random(0)
  const boxes = Array.from({ length: images * OBJECTS }, () => {
    const [x, y] = [integer(width - 200), integer(height - 200)]
    return [x, y, x + 50 + integer(150), y + 50 + integer(150)]
  })
  const masks = zeros('uint8', [images, OBJECTS, height, width])
  for (const [i, [x1, y1, x2, y2]] of boxes.entries())
    for (let y = y1; y < y2; y++)
      masks.data.fill(1, (i * height + y) * width + x1, (i * height + y) * width + x2)
  const pixels = zeros('uint8', [images, height, width, 3])
  for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = integer(256)
  return {
    images: pixels,
    image_sizes: float32(new Array(images).fill([height, width]).flat(), [images, 2]),
    gt_boxes: float32(boxes.flat(), [images, OBJECTS, 4]),
    gt_labels: tensor('int64', [images, OBJECTS], new BigInt64Array(images * OBJECTS).fill(1n)),
    gt_masks: masks,
  }
}

/** Random bodies whose norms do nothing grow from block to block beyond what float16 holds: their last norms are made smaller. */
export function tame(state: State): void {
  for (const [name, { data }] of state)
    if (/body\..*bn3\.weight$/.test(name)) for (let i = 0; i < data.length; i++) data[i] /= 4
}
