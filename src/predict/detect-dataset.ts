import { type Dataset, type DatasetImage, requireStatedSize } from '../data/dataset.ts'
import type { Prediction, RawImage } from './predictor.ts'
import { cocoResults } from './to-json.ts'

/** An entry of a results array, as JSON has it. */
export type CocoResultJson = ReturnType<typeof cocoResults>[number]

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
  detect: (image: RawImage, name: string) => Promise<Prediction>,
  { signal, onImage }: DetectDatasetOptions = {},
): Promise<CocoResultJson[]> {
  const results: CocoResultJson[] = []
  for (const [i, image] of dataset.images.entries()) {
    signal?.throwIfAborted()
    const pixels = await loadImage(image)
    requireStatedSize(pixels, image)
    const prediction = await detect(pixels, image.fileName)
    results.push(...cocoResults(image.id, prediction.instances))
    onImage?.(i + 1, image, prediction)
  }
  return results
}
