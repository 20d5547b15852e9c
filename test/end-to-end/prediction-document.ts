import { expect } from 'vitest'
import { z } from 'zod'
import type { Size } from '../../src/geometry/boxes.ts'
import { decompressRle, rleArea } from '../../src/geometry/rle.ts'
import { decodeImage } from '../../src/node/decode-image.ts'

const count = z.int().min(0)
const document = z.object({
  model: z.string(),
  images: z.array(
    z.object({
      file: z.string(),
      width: count,
      height: count,
      milliseconds: z.number().positive(),
      instances: z.array(
        z.object({
          category_id: z.int(),
          category: z.string(),
          score: z.number().min(0).max(1),
          bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
          area: count,
          segmentation: z.object({ size: z.tuple([count, count]), counts: z.string() }),
        }),
      ),
    }),
  ),
})

export type PredictionDocument = z.infer<typeof document>

/**
 * What `predict --json` and `demo --json` printed, checked against the contract: the shape of the document, masks of
 * the image's size whose area is the one stated, boxes inside the image, best first, no score below `score`.
 */
export function predictionDocument(stdout: string, score: number): PredictionDocument {
  const parsed = document.parse(JSON.parse(stdout))
  for (const { file, width, height, instances } of parsed.images) {
    const scores = instances.map((instance) => instance.score)
    expect(scores, file).toEqual(scores.toSorted((a, b) => b - a))
    expect(Math.min(1, ...scores), file).toBeGreaterThanOrEqual(score)
    for (const { bbox, area, segmentation } of instances) {
      const [x, y, w, h] = bbox
      expect(
        Math.min(x, y, w, h, width - (x + w) + 1e-3, height - (y + h) + 1e-3),
        file,
      ).toBeGreaterThanOrEqual(0)
      expect(segmentation.size).toEqual([height, width])
      expect(rleArea(decompressRle(segmentation))).toBe(area)
    }
  }
  return parsed
}

/** An overlay is the image of that size, small ones enlarged by a whole factor. */
export async function expectOverlay(file: string, { height, width }: Size): Promise<void> {
  const overlay = await decodeImage(file)
  const factor = overlay.width / width
  expect(Number.isInteger(factor), `${file} is ${overlay.width} wide, the image ${width}`).toBe(true)
  expect(overlay.height).toBe(height * factor)
}
