import type { Box, XywhBox } from '../geometry/boxes.ts'
import { maskFacts } from './mask-facts.ts'
import { imageOfAnnotation, type RawCoco } from './raw-coco.ts'

/** How the numbers of a file's boxes are to be read: COCO's way, as two corners, or as shares of the image's sides. */
export type BoxConvention = 'xywh' | 'corners' | 'fractions'

/** Boxes of a file below which nothing is said about their convention. */
export const LEAST_BOXES = 5
/** Share of boxes that must leave the image, read as COCO's, before they are taken for corners. */
export const LEAST_OUTSIDE = 0.2
/** Pixels by which boxes read as corners may differ from the masks' boxes. */
export const CORNER_SLACK = 2

const known = new WeakMap<RawCoco, BoxConvention>()

export function boxConvention(file: RawCoco): BoxConvention {
  const convention = known.get(file) ?? guess(file)
  known.set(file, convention)
  return convention
}

function guess(file: RawCoco): BoxConvention {
  let [boxes, fractions, ordered, outside, confirmed, refuted] = [0, 0, 0, 0, 0, 0]
  for (const annotation of file.annotations) {
    const { box } = annotation
    const size = imageOfAnnotation(file, annotation)?.size
    if (!box || !size) continue
    boxes++
    const [a, b, c, d] = box
    if (Math.min(...box) >= 0 && Math.max(...box) <= 1) fractions++
    if (c > a && d > b && a >= -1 && b >= -1 && c <= size.width + 1 && d <= size.height + 1) ordered++
    if (a + c > size.width + 1 || b + d > size.height + 1) outside++
    // Masks are asked only where boxes may be corners at all.
    if (c <= a || d <= b) continue
    const mask = maskFacts(file, annotation)
    if (!mask || mask.pixels === 0) continue
    if (isNear(mask.box, box)) confirmed++
    else refuted++
  }
  if (boxes < LEAST_BOXES) return 'xywh'
  if (fractions === boxes) return 'fractions'
  if (ordered < boxes || refuted > confirmed) return 'xywh'
  return outside >= LEAST_OUTSIDE * boxes ? 'corners' : 'xywh'
}

function isNear(box: Box, corners: XywhBox): boolean {
  return box.every((value, i) => Math.abs(value - corners[i]) <= CORNER_SLACK)
}
