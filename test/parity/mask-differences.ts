/** Masks as they lie in the pictures against the recorded ones, pixel by pixel. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Box } from '../../src/geometry/boxes.ts'
import { type MaskProbabilities, pasteMask, pasteMaskProbabilities } from '../../src/geometry/paste-mask.ts'
import type { MaskPasting } from '../../src/geometry/paste-reach.ts'
import { type CompressedRle, decodeRle, decompressRle } from '../../src/geometry/rle.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { boxRows } from './box-rows.ts'
import type { Comparison } from './comparison.ts'

export interface DetectedMask {
  readonly mask: MaskProbabilities
  readonly box: Box
}

/** Masks `[D, M, M]` with their boxes `[D, 4]`. */
export function detectedMasks(masks: Tensor, boxes: Tensor): DetectedMask[] {
  const side = masks.shape[1]
  const data = masks.data as Float32Array
  return boxRows(boxes).map((box, d) => ({
    mask: { data: data.subarray(d * side * side, (d + 1) * side * side), side },
    box,
  }))
}

/** How masks are laid over their boxes, and how near to 1/2 a probability is nothing but noise; 0 where not given. */
export interface PastedAs {
  readonly pasting?: MaskPasting
  noise?(image: number): number
}

/** Of each image, `PREFIX.I.rle`: pixels that differ from the recorded masks beyond those the reference calls ambiguous; none may. */
export function maskDifferences(
  golden: Golden,
  prefix: string,
  found: readonly (readonly DetectedMask[])[],
  { pasting, noise = () => 0 }: PastedAs = {},
): Comparison[] {
  const path = join(golden.folder, 'masks_rle.json')
  if (!existsSync(path)) return []
  type Recorded = CompressedRle & { readonly ambiguous_pixels?: number }
  const recorded = JSON.parse(readFileSync(path, 'utf8')) as Recorded[][]
  return recorded.map((expected, i) => {
    const wrong = expected.map((rle, d) =>
      Math.max(0, differingPixels(rle, found[i][d], noise(i), pasting) - (rle.ambiguous_pixels ?? 0)),
    )
    const error = found[i].length === expected.length ? Math.max(0, ...wrong) : Number.POSITIVE_INFINITY
    return { name: `${prefix}.${i}.rle`, error, tolerance: 0 }
  })
}

function differingPixels(
  expected: CompressedRle,
  ours: DetectedMask | undefined,
  noise: number,
  pasting: MaskPasting | undefined,
): number {
  if (!ours) return Number.POSITIVE_INFINITY
  const [height, width] = expected.size
  const a = decodeRle(decompressRle(expected))
  const b = decodeRle(pasteMask(ours.mask, ours.box, { height, width }, pasting))
  const probabilities = pasteMaskProbabilities(ours.mask, ours.box, { height, width }, pasting)
  const isNoise = (pixel: number) => Math.abs(probabilities[pixel] - 0.5) <= noise
  return a.reduce((count, value, pixel) => count + Number(value !== b[pixel] && !isNoise(pixel)), 0)
}
