import { DataError } from '../errors.ts'
import type { Box, Size } from '../geometry/boxes.ts'
import { type Rle, rleToBox } from '../geometry/rle.ts'
import type { Orientation } from './augment/orientation.ts'
import { type Annotation, annotationToRle, type DatasetImage, requireStatedSize } from './dataset.ts'
import { type KeypointPlan, moveKeypoints, type SampleKeypoints } from './keypoints.ts'
import type { RgbImage } from './picture.ts'

/** The label of what is neither object nor background: crowds, and objects beyond the largest number of a batch. */
export const IGNORED = 0

/** One object of an image that is trained on, or a region of it that is ignored. */
export interface SampleInstance {
  /** x1 y1 x2 y2 in pixels of the sample's image. Where there is a mask, its tight box: whole pixels. */
  readonly box: Box
  /** 1..K, or `IGNORED`. */
  readonly label: number
  /** Zeros and ones of the box, row-major [y2 - y1, x2 - x1]; every side of the box touches a one. */
  readonly mask?: Uint8Array
  /** Where they are learned and the object has any. */
  readonly keypoints?: SampleKeypoints
}

/** An instance whose mask is known. */
export type MaskedInstance = SampleInstance & { readonly mask: Uint8Array }

/** An image with its objects, before and after each augmentation. Samples are never changed in place. */
export interface Sample {
  readonly image: RgbImage
  readonly instances: readonly SampleInstance[]
  readonly imageId: number
  readonly fileName: string
  /** How its image was turned and mirrored; not at all where not given. */
  readonly orientation?: Orientation
}

/**
 * The sample of a decoded image. Crowds are ignored, and empty masks left out; boxes are taken from the masks where there
 * are any. With a plan, objects have their keypoints; those outside the image are not labelled. Throws `DataError` where the image is not of the size its annotations say, a mask does not fit, an
 * object has another number of keypoints, or a category has no label.
 */
export function makeSample(
  image: RgbImage,
  record: DatasetImage,
  annotations: readonly Annotation[],
  labelOf: ReadonlyMap<number, number>,
  plan?: KeypointPlan,
): Sample {
  const { id, fileName, width, height } = record
  requireStatedSize(image, record)
  const instances: SampleInstance[] = []
  for (const annotation of annotations) {
    const label = annotation.isCrowd ? IGNORED : labelOf.get(annotation.categoryId)
    if (label === undefined) {
      throw new DataError('annotation has an unknown category', {
        where: `${fileName}: annotation ${annotation.id}`,
        expected: `one of ${[...labelOf.keys()].join(', ')}`,
        got: `${annotation.categoryId}`,
      })
    }
    const instance = annotation.segmentation
      ? rleInstance(annotationToRle(annotation, { height, width }), label)
      : boxInstance(annotation.box, { height, width }, label)
    const keypoints = plan && label !== IGNORED ? keypointsOf(annotation, plan, record) : undefined
    if (instance) instances.push(keypoints ? { ...instance, keypoints } : instance)
  }
  return { image, instances, imageId: id, fileName }
}

function keypointsOf(
  { id, categoryId, keypoints }: Annotation,
  { count, mirrors }: KeypointPlan,
  { fileName, width, height }: DatasetImage,
): SampleKeypoints | undefined {
  const mirror = mirrors.get(categoryId)
  if (!mirror || !keypoints) return undefined
  if (keypoints.length === 3 * count) {
    return moveKeypoints({ points: keypoints, mirror }, { width, height }, (x, y) => [x, y])
  }
  throw new DataError('annotation has another number of keypoints than its category', {
    where: `${fileName}: annotation ${id}`,
    expected: `${count}`,
    got: `${keypoints.length / 3}`,
  })
}

/** The instance of a mask in its image; undefined where the mask is empty. */
export function rleInstance(rle: Rle, label: number): SampleInstance | undefined {
  const box = rleToBox(rle)
  const [x1, y1, x2, y2] = box
  if (x2 <= x1 || y2 <= y1) return undefined
  const height = rle.size[0]
  const width = x2 - x1
  const mask = new Uint8Array(width * (y2 - y1))
  let position = 0
  for (let i = 0; i + 1 < rle.counts.length; i += 2) {
    position += rle.counts[i]
    let x = Math.floor(position / height)
    let y = position - x * height
    for (let left = rle.counts[i + 1]; left > 0; left--) {
      mask[(y - y1) * width + x - x1] = 1
      if (++y === height) {
        y = 0
        x++
      }
    }
    position += rle.counts[i + 1]
  }
  return { box, label, mask }
}

/** The same object with its box shrunk to the ones of its mask; undefined where there are none. */
export function trimInstance(instance: MaskedInstance): SampleInstance | undefined {
  const { mask } = instance
  const [x1, y1, x2, y2] = instance.box
  const width = x2 - x1
  let top = Number.POSITIVE_INFINITY
  let bottom = -1
  let left = width
  let right = -1
  for (let y = 0; y < y2 - y1; y++) {
    const first = mask.indexOf(1, y * width) - y * width
    if (first < 0 || first >= width) continue
    top = Math.min(top, y)
    bottom = y
    left = Math.min(left, first)
    right = Math.max(right, mask.lastIndexOf(1, (y + 1) * width - 1) - y * width)
  }
  if (bottom < 0) return undefined
  if (top === 0 && left === 0 && right === width - 1 && bottom === y2 - y1 - 1) return instance
  const trimmed = new Uint8Array((right - left + 1) * (bottom - top + 1))
  for (let y = top; y <= bottom; y++) {
    trimmed.set(mask.subarray(y * width + left, y * width + right + 1), (y - top) * (right - left + 1))
  }
  return { ...instance, box: [x1 + left, y1 + top, x1 + right + 1, y1 + bottom + 1], mask: trimmed }
}

function boxInstance(box: Box, { height, width }: Size, label: number): SampleInstance | undefined {
  const [x1, y1, x2, y2] = box
  const clipped: Box = [Math.max(x1, 0), Math.max(y1, 0), Math.min(x2, width), Math.min(y2, height)]
  return clipped[2] > clipped[0] && clipped[3] > clipped[1] ? { box: clipped, label } : undefined
}
