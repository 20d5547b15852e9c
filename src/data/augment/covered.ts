import type { RgbImage } from '../picture.ts'
import { type SampleInstance, trimInstance } from '../sample.ts'

/** How much of an object must be left for it to stay, where it is cut or covered. */
export interface LeastVisible {
  /** Share of its area. */
  readonly minVisible: number
  /** Square pixels. */
  readonly minArea: number
}

/** Of objects of crops, and of those that something lies on. */
export const LEAST_VISIBLE: LeastVisible = { minVisible: 0.1, minArea: 4 }

/** Whether an object of area `whole` stays of which `kept` is left; one that loses nothing does, however small it is. */
export function isLeft(kept: number, whole: number, { minVisible, minArea }: LeastVisible): boolean {
  return kept > 0 && (kept >= whole || (kept >= minVisible * whole && kept >= minArea))
}

/**
 * Objects with something in front of them. Masks lose what is covered and boxes shrink to the rest; boxes without a mask stay as they
 * are. Objects of which too little is left are dropped. Keypoints below the cover become hidden (v 1), as COCO labels what is known
 * and not seen.
 * @param cover ones where it lies, row-major [height, width] of the image
 */
export function coverInstances(
  instances: readonly SampleInstance[],
  cover: Uint8Array,
  { width, height }: Pick<RgbImage, 'width' | 'height'>,
  least: LeastVisible,
): SampleInstance[] {
  return instances.flatMap((instance) => {
    const seen = coverInstance(instance, cover, width, least)
    if (!seen?.keypoints) return seen ?? []
    const { points, mirror } = seen.keypoints
    const isCovered = (x: number, y: number) =>
      cover[Math.min(Math.floor(y), height - 1) * width + Math.min(Math.floor(x), width - 1)] === 1
    const hidden = points.map((value, i) =>
      i % 3 === 2 && value === 2 && isCovered(points[i - 2], points[i - 1]) ? 1 : value,
    )
    return { ...seen, keypoints: { points: hidden, mirror } }
  })
}

function coverInstance(
  instance: SampleInstance,
  cover: Uint8Array,
  width: number,
  least: LeastVisible,
): SampleInstance | undefined {
  const { box, mask } = instance
  const [x1, y1, x2, y2] = [Math.floor(box[0]), Math.floor(box[1]), Math.ceil(box[2]), Math.ceil(box[3])]
  const rest = mask?.slice() ?? new Uint8Array((x2 - x1) * (y2 - y1)).fill(1)
  let whole = 0
  let kept = 0
  for (let y = y1, i = 0; y < y2; y++) {
    for (let at = y * width + x1; at < y * width + x2; at++, i++) {
      whole += rest[i]
      if (cover[at]) rest[i] = 0
      kept += rest[i]
    }
  }
  if (kept === whole) return instance
  if (!isLeft(kept, whole, least)) return undefined
  return mask ? trimInstance({ ...instance, mask: rest }) : instance
}
