import { type Dataset, type DatasetImage, requireStatedSize } from '../data/dataset.ts'
import type { RawImage } from '../data/picture.ts'
import type { CocoResult } from '../formats/coco/coco-results.ts'
import { boxArea, boxToXywh } from '../geometry/boxes.ts'
import { ahead, atOnceFor } from './ahead.ts'
import type { Instance } from './instance.ts'
import type { Prediction } from './predictor.ts'

export interface DetectDatasetOptions {
  readonly signal?: AbortSignal
  /** Images that are looked at at once. Default 1. */
  readonly concurrency?: number
  readonly onImage?: (done: number, image: DatasetImage, prediction: Prediction) => void
}

/**
 * Runs a detector over every image of a dataset and returns what it found as results to evaluate, with the areas of boxes. Throws `DataError`
 * where an image does not have the size its annotations say: its masks would not fit.
 */
export async function detectDataset(
  dataset: Dataset,
  loadImage: (image: DatasetImage) => Promise<RawImage>,
  detect: (image: RawImage, name: string) => Promise<Prediction>,
  { signal, concurrency = 1, onImage }: DetectDatasetOptions = {},
): Promise<CocoResult[]> {
  const results: CocoResult[] = []
  const look = async (image: DatasetImage) => {
    signal?.throwIfAborted()
    const pixels = await loadImage(image)
    requireStatedSize(pixels, image)
    return detect(pixels, image.fileName)
  }
  const looked = ahead(dataset.images, look, atOnceFor(concurrency))
  for await (const { item: image, index, made: prediction } of looked) {
    for (const instance of prediction.instances)
      results.push(foundResult(image.id, instance, results.length + 1))
    onImage?.(index + 1, image, prediction)
  }
  return results
}

/** What a results array would say of an instance, the `id`th of it. */
export function foundResult(imageId: number, instance: Instance, id: number): CocoResult {
  const { categoryId, score, maskScore, box, mask, keypoints } = instance
  return {
    id,
    imageId,
    categoryId,
    score,
    ...(maskScore !== undefined && { maskScore }),
    xywh: boxToXywh(box),
    area: boxArea(box),
    ...(mask && { segmentation: mask.toRuns() }),
    ...(keypoints && { keypoints: keypoints.flatMap(({ x, y }) => [x, y, 1]) }),
  }
}
