import type { Dataset, DatasetImage } from '../data/dataset.ts'
import { DataError } from '../errors.ts'
import type { Prediction, RawImage } from './predictor.ts'
import { cocoResults } from './to-json.ts'

export type CocoResult = ReturnType<typeof cocoResults>[number]

export interface DetectDatasetOptions {
  readonly signal?: AbortSignal
  readonly onImage?: (done: number, image: DatasetImage, prediction: Prediction) => void
}

/**
 * Runs a detector over every image of a dataset and returns a COCO results array. Throws `DataError`
 * where an image does not have the size its annotations say: its masks would not fit.
 */
export async function detectDataset(
  dataset: Dataset,
  loadImage: (image: DatasetImage) => Promise<RawImage>,
  detect: (image: RawImage) => Promise<Prediction>,
  { signal, onImage }: DetectDatasetOptions = {},
): Promise<CocoResult[]> {
  const results: CocoResult[] = []
  for (const [i, image] of dataset.images.entries()) {
    signal?.throwIfAborted()
    const pixels = await loadImage(image)
    if (pixels.width !== image.width || pixels.height !== image.height) {
      throw new DataError('the image does not have the size its annotations say', {
        where: image.fileName,
        expected: `${image.width}x${image.height}`,
        got: `${pixels.width}x${pixels.height}`,
        hint: 'Was the image resized or turned after it was labelled?',
      })
    }
    const prediction = await detect(pixels)
    results.push(...cocoResults(image.id, prediction.instances))
    onImage?.(i + 1, image, prediction)
  }
  return results
}
