import { DataError } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import type { Random } from '../tensor/random.ts'
import { type Tensor, zeros } from '../tensor/tensor.ts'
import { ignoredArea } from './ignored-area.ts'
import type { KeypointPlan } from './keypoints.ts'
import { IGNORED, type Sample, type SampleInstance } from './sample.ts'

export interface BatchOptions {
  /** Size every image is padded to; without it the largest of the batch, up to a multiple of `divisor`. */
  readonly size?: Size
  /** Default 32, the coarsest stride of the usual backbones. */
  readonly divisor?: number
  /** Whether the batch has `gt_masks`; default true. */
  readonly masks?: boolean
  /** Whether the batch has `ignored_area`; without it, what is ignored counts as background. Default false. */
  readonly ignored?: boolean
  /** Which keypoints `gt_keypoints` has; without it the batch has none. */
  readonly keypoints?: KeypointPlan
}

/** Names of the feeds, as the training step has them for inputs. */
export const FEED = {
  images: 'images',
  sizes: 'image_sizes',
  boxes: 'gt_boxes',
  labels: 'gt_labels',
  masks: 'gt_masks',
  keypoints: 'gt_keypoints',
  ignored: 'ignored_area',
  /** Int32 `[N]`: how each image lies; no input of a step. */
  orientations: 'orientations',
} as const

/** The feeds of a training step; `gt_masks` and `gt_keypoints` are absent where they are not asked for. */
export interface BatchFeeds extends Record<string, Tensor> {
  /** uint8 [N, H, W, 3]: RGB, zeros at the right and at the bottom. */
  readonly [FEED.images]: Tensor<'uint8'>
  /** float32 [N, 2]: height and width without padding. */
  readonly [FEED.sizes]: Tensor<'float32'>
  /** float32 [N, G, 4]: x1 y1 x2 y2 in pixels; G is the largest number of instances in the batch, at least 1. */
  readonly [FEED.boxes]: Tensor<'float32'>
  /** int64 [N, G]: 1..K, 0 in the rows that only fill up. */
  readonly [FEED.labels]: Tensor<'int64'>
}

/**
 * One training batch of samples (see `BatchFeeds`), with `gt_masks` uint8 [N, G, H, W] of zeros and ones and `gt_keypoints`
 * float32 [N, G, K, 3] of x, y and visibility, zeros for objects without keypoints; `ignored_area`, see `ignoredArea`. Throws
 * `DataError` where an image is larger than the fixed size, or an instance has no mask.
 */
export function makeBatch(samples: readonly Sample[], options: BatchOptions = {}): BatchFeeds {
  const { height, width } = paddedSize(samples, options)
  const n = samples.length
  const learned = samples.map(({ instances }) => instances.filter(({ label }) => label !== IGNORED))
  const g = Math.max(1, ...learned.map(({ length }) => length))
  const feeds: BatchFeeds = {
    images: zeros('uint8', [n, height, width, 3]),
    image_sizes: zeros('float32', [n, 2]),
    gt_boxes: zeros('float32', [n, g, 4]),
    gt_labels: zeros('int64', [n, g]),
  }
  const masks = options.masks === false ? undefined : zeros('uint8', [n, g, height, width])
  const { count } = options.keypoints ?? { count: 0 }
  const keypoints = options.keypoints && zeros('float32', [n, g, count, 3])
  samples.forEach((sample, i) => {
    const { image, fileName } = sample
    const instances = learned[i]
    const row = image.width * 3
    for (let y = 0; y < image.height; y++) {
      feeds.images.data.set(image.data.subarray(y * row, (y + 1) * row), (i * height + y) * width * 3)
    }
    feeds.image_sizes.data.set([image.height, image.width], i * 2)
    instances.forEach(({ box, label, keypoints: own }, j) => {
      feeds.gt_boxes.data.set(box, (i * g + j) * 4)
      if (own) keypoints?.data.set(own.points, (i * g + j) * count * 3)
      feeds.gt_labels.data[i * g + j] = BigInt(label)
    })
    if (masks) pasteMasks(instances, fileName, masks.data.subarray(i * g * height * width), { height, width })
  })
  return {
    ...feeds,
    ...(masks && { [FEED.masks]: masks }),
    ...(options.ignored && { [FEED.ignored]: ignoredArea(samples, { height, width }) }),
    ...(keypoints && { [FEED.keypoints]: keypoints }),
  }
}

/**
 * The sample with at most `limit` of its objects, chosen evenly by chance and left in their order. Of the others the box stays, as
 * ignored.
 */
export function limitInstances(sample: Sample, limit: number, random: Random): Sample {
  let left = sample.instances.filter(({ label }) => label !== IGNORED).length
  if (left <= limit) return sample
  let open = limit
  const instances = sample.instances.map((instance): SampleInstance => {
    if (instance.label === IGNORED) return instance
    // Selection sampling (Knuth, volume 2, 3.4.2, algorithm S).
    if (random.integer(left--) >= open) return { box: instance.box, label: IGNORED }
    open--
    return instance
  })
  return { ...sample, instances }
}

/** @param planes [G, H, W] */
function pasteMasks(
  instances: Sample['instances'],
  fileName: string,
  planes: Uint8Array,
  { height, width }: Size,
): void {
  instances.forEach(({ box: [x1, y1, x2, y2], mask }, j) => {
    if (!mask) {
      throw new DataError('an object has no mask', {
        where: fileName,
        expected: 'a segmentation for every annotation',
        hint: 'Data with boxes alone can train box detectors only',
      })
    }
    const row = x2 - x1
    for (let y = 0; y < y2 - y1; y++) {
      planes.set(mask.subarray(y * row, (y + 1) * row), (j * height + y1 + y) * width + x1)
    }
  })
}

function paddedSize(samples: readonly Sample[], { size, divisor = 32 }: BatchOptions): Size {
  const up = (length: number) => Math.ceil(length / divisor) * divisor
  if (!size) {
    return {
      height: up(Math.max(...samples.map(({ image }) => image.height))),
      width: up(Math.max(...samples.map(({ image }) => image.width))),
    }
  }
  for (const { image, fileName } of samples) {
    if (image.height <= size.height && image.width <= size.width) continue
    throw new DataError('image is larger than the fixed size of the batch', {
      where: fileName,
      expected: `at most ${size.width} x ${size.height}`,
      got: `${image.width} x ${image.height}`,
      hint: 'Add a crop or a smaller scale to the augmentation',
    })
  }
  return size
}
