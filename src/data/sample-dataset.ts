import { boxArea } from '../geometry/boxes.ts'
import { encodeRle } from '../geometry/rle.ts'
import { type Annotation, type Category, type Dataset, type DatasetImage, labelMap } from './dataset.ts'
import type { Sample, SampleInstance } from './sample.ts'

/** Samples as labelled images of their own, with the ids 1, 2, ...; what is not learned from (label 0) is left out. */
export function sampleDataset(samples: readonly Sample[], categories: readonly Category[]): Dataset {
  const ordered = labelMap(categories).categories
  let id = 0
  const images = samples.map(({ image: { width, height }, fileName }, i): DatasetImage => {
    return { id: i + 1, fileName, width, height }
  })
  const annotations = samples.map(({ instances }, i) => {
    const own = instances.filter(({ label }) => label > 0)
    return own.map((instance): Annotation => {
      const segmentation = instance.mask && encodeRle(bitmapOf(instance, images[i]), images[i])
      return {
        id: ++id,
        imageId: i + 1,
        categoryId: ordered[instance.label - 1].id,
        box: instance.box,
        area: instance.mask?.reduce((sum, value) => sum + value, 0) ?? boxArea(instance.box),
        isCrowd: false,
        ...(segmentation && { segmentation }),
        ...(instance.keypoints && { keypoints: instance.keypoints.points }),
      }
    })
  })
  return { images, categories, annotations: new Map(annotations.map((own, i) => [i + 1, own])) }
}

function bitmapOf({ box, mask }: SampleInstance, { width, height }: DatasetImage): Uint8Array {
  const [x1, y1, x2, y2] = box
  const bitmap = new Uint8Array(width * height)
  for (let y = y1; y < y2; y++) {
    bitmap.set(mask!.subarray((y - y1) * (x2 - x1), (y - y1 + 1) * (x2 - x1)), y * width + x1)
  }
  return bitmap
}
