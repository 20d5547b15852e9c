import type { Size } from '../geometry/boxes.ts'
import { type Tensor, zeros } from '../tensor/tensor.ts'
import { IGNORED, type Sample, type SampleInstance } from './sample.ts'

/**
 * float32 [N, H + 1, W + 1]: how many pixels of each sample, padded to `size`, lie above and left of each corner of a pixel and in what is
 * ignored, a mask where there is one, else a box (exact up to 2^24 pixels). Counted once where regions overlap.
 */
export function ignoredArea(samples: readonly Sample[], { height, width }: Size): Tensor<'float32'> {
  const area = zeros('float32', [samples.length, height + 1, width + 1])
  samples.forEach(({ instances }, i) => {
    const ignored = instances.filter(({ label }) => label === IGNORED)
    if (ignored.length === 0) return
    const pixels = new Uint8Array(height * width)
    for (const instance of ignored) paint(instance, pixels, width)
    sumUp(pixels, area.data.subarray(i * (height + 1) * (width + 1)), width)
  })
  return area
}

function paint({ box, mask }: SampleInstance, pixels: Uint8Array, width: number): void {
  const [x1, y1, x2, y2] = box.map(Math.round)
  for (let y = y1; y < y2; y++) {
    if (!mask) pixels.fill(1, y * width + x1, y * width + x2)
    else for (let x = x1; x < x2; x++) pixels[y * width + x] |= mask[(y - y1) * (x2 - x1) + x - x1]
  }
}

/** @param sums [H + 1, W + 1], zeros */
function sumUp(pixels: Uint8Array, sums: Float32Array, width: number): void {
  for (let at = 0, y = 1; at < pixels.length; y++) {
    const row = y * (width + 1)
    for (let x = 1, run = 0; x <= width; x++) {
      run += pixels[at++]
      sums[row + x] = sums[row - width - 1 + x] + run
    }
  }
}
