import type { Size } from '../geometry/boxes.ts'
import { boxConvention } from './box-convention.ts'
import { imageOfAnnotation, type RawAnnotation, type RawCoco } from './raw-coco.ts'
import type { Survey } from './survey.ts'

/** An object as the network sees it. */
export interface ScaledObject {
  readonly file: RawCoco
  readonly annotation: RawAnnotation
  /** Of its box in the resized image. */
  readonly size: Size
  readonly imageSize: Size
}

/** Share of all objects below which a few odd sizes are not worth a word. */
export const LEAST_SHARE = 0.01

/** The objects, crowds left out, that a test picks; none where they are fewer than `LEAST_SHARE` of all. */
export function oddlySized(
  { files, detector }: Survey,
  isOdd: (size: Size) => boolean,
): readonly ScaledObject[] {
  const odd: ScaledObject[] = []
  let total = 0
  for (const file of files) {
    if (boxConvention(file) !== 'xywh') continue
    for (const annotation of file.annotations) {
      const { box, isCrowd } = annotation
      const image = imageOfAnnotation(file, annotation)?.size
      if (!box || !image || isCrowd || !(box[2] > 0 && box[3] > 0)) continue
      total++
      const imageSize = detector.resized(image)
      const size = {
        width: (box[2] * imageSize.width) / image.width,
        height: (box[3] * imageSize.height) / image.height,
      }
      if (isOdd(size)) odd.push({ file, annotation, size, imageSize })
    }
  }
  return odd.length >= LEAST_SHARE * total ? odd : []
}

/** IoU of an object with the anchor whose shape fits best, centres together: no anchor can do better. */
export function bestAnchor(
  size: Size,
  anchors: readonly Size[],
): { readonly anchor: Size; readonly iou: number } {
  let best = { anchor: size, iou: 0 }
  for (const anchor of anchors) {
    const shared = Math.min(size.width, anchor.width) * Math.min(size.height, anchor.height)
    const iou = shared / (size.width * size.height + anchor.width * anchor.height - shared)
    if (iou > best.iou) best = { anchor, iou }
  }
  return best
}

export function shownSize({ width, height }: Size): string {
  const digit = (side: number) => (side < 10 ? Number(side.toFixed(1)) : Math.round(side))
  return `${digit(width)} x ${digit(height)}`
}
