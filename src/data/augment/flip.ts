import { moveKeypoints, type SampleKeypoints, swapSides } from '../keypoints.ts'
import type { RgbImage } from '../picture.ts'
import type { Sample, SampleInstance } from '../sample.ts'
import { flipped, mirrored } from './orientation.ts'

/** Left and right exchanged. */
export function mirroredImage({ data, width, height }: RgbImage): RgbImage {
  const columns = new Uint8Array(data.length)
  for (let y = 0; y < height; y++) {
    let from = (y + 1) * width * 3 - 3
    for (let to = y * width * 3; to < (y + 1) * width * 3; to += 3, from -= 3) {
      columns[to] = data[from]
      columns[to + 1] = data[from + 1]
      columns[to + 2] = data[from + 2]
    }
  }
  return { data: columns, width, height }
}

/** Mirrors left and right: column x goes to W - 1 - x, and keypoints swap sides. Twice is the identity. */
export function horizontalFlip(sample: Sample): Sample {
  const { width } = sample.image
  const flip = ({ box: [x1, y1, x2, y2], label, mask, keypoints }: SampleInstance): SampleInstance => ({
    box: [width - x2, y1, width - x1, y2],
    label,
    mask: mask && mirrorColumns(mask, x2 - x1),
    keypoints: keypoints && mirrorKeypoints(keypoints, sample.image, (x, y) => [width - x, y]),
  })
  return {
    ...sample,
    image: mirroredImage(sample.image),
    instances: sample.instances.map(flip),
    orientation: mirrored(sample.orientation),
  }
}

/**
 * Mirrors top and bottom: row y goes to H - 1 - y, and keypoints swap sides as in any mirror (both mirrors together are half a
 * turn, and swap none). Twice is the identity.
 */
export function verticalFlip(sample: Sample): Sample {
  const { width, height, data } = sample.image
  const flip = ({ box: [x1, y1, x2, y2], label, mask, keypoints }: SampleInstance): SampleInstance => ({
    box: [x1, height - y2, x2, height - y1],
    label,
    mask: mask && mirrorRows(mask, x2 - x1),
    keypoints: keypoints && mirrorKeypoints(keypoints, sample.image, (x, y) => [x, height - y]),
  })
  return {
    ...sample,
    image: { data: mirrorRows(data, width * 3), width, height },
    instances: sample.instances.map(flip),
    orientation: flipped(sample.orientation),
  }
}

function mirrorKeypoints(
  keypoints: SampleKeypoints,
  image: RgbImage,
  move: (x: number, y: number) => readonly [number, number],
): SampleKeypoints {
  return swapSides(moveKeypoints(keypoints, image, move))
}

function mirrorColumns(cells: Uint8Array, width: number): Uint8Array {
  const mirrored = new Uint8Array(cells.length)
  for (let start = 0; start < cells.length; start += width) {
    for (let x = 0; x < width; x++) mirrored[start + x] = cells[start + width - 1 - x]
  }
  return mirrored
}

/** @param width bytes of a row */
function mirrorRows(cells: Uint8Array, width: number): Uint8Array {
  const mirrored = new Uint8Array(cells.length)
  for (let start = 0; start < cells.length; start += width) {
    mirrored.set(cells.subarray(start, start + width), cells.length - start - width)
  }
  return mirrored
}
