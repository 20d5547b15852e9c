import type { Size } from '../../geometry/boxes.ts'
import type { Random } from '../../tensor/random.ts'
import { moveKeypoints } from '../keypoints.ts'
import type { Sample, SampleInstance } from '../sample.ts'

/** Four training images as the quarters of one (Bochkovskiy et al. 2020, arXiv:2004.10934). */
export interface MosaicConfig {
  /** Of an image to be made of four. */
  readonly probability: number
}

/** Where the quarters may meet, as parts of each side. */
const MIDDLE = [0.25, 0.75] as const

/**
 * The samples as the quarters of an image of `size`, which meet at a place drawn from its middle half; from the upper left one on, row by
 * row. Image and file are those of the first.
 * @param cut a sample seen through a window of that size
 */
export function mosaic(
  samples: readonly Sample[],
  size: Size,
  cut: (sample: Sample, size: Size) => Sample,
  random: Random,
): Sample {
  const draw = (side: number) => {
    const place = MIDDLE[0] + random.uniform() * (MIDDLE[1] - MIDDLE[0])
    return Math.min(Math.max(Math.round(side * place), 1), Math.max(side - 1, 1))
  }
  const [x, y] = [draw(size.width), draw(size.height)]
  const data = new Uint8Array(size.width * size.height * 3)
  const instances = samples.flatMap((sample, i) => {
    const [left, width] = i % 2 === 0 ? [0, x] : [x, size.width - x]
    const [top, height] = i < 2 ? [0, y] : [y, size.height - y]
    if (width === 0 || height === 0) return []
    const part = cut(sample, { width, height })
    for (let row = 0; row < height; row++) {
      const from = part.image.data.subarray(row * width * 3, (row + 1) * width * 3)
      data.set(from, ((top + row) * size.width + left) * 3)
    }
    return part.instances.map((instance) => moved(instance, left, top, size))
  })
  return { ...samples[0], image: { data, width: size.width, height: size.height }, instances }
}

function moved(instance: SampleInstance, left: number, top: number, size: Size): SampleInstance {
  const [x1, y1, x2, y2] = instance.box
  const { keypoints } = instance
  const move = (x: number, y: number) => [x + left, y + top] as const
  return {
    ...instance,
    box: [x1 + left, y1 + top, x2 + left, y2 + top],
    ...(keypoints && { keypoints: moveKeypoints(keypoints, size, move) }),
  }
}
