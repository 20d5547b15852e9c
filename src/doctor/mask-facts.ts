import { segmentationBox } from '../data/dataset.ts'
import type { Box, Size } from '../geometry/boxes.ts'
import { xywhToBox } from '../geometry/boxes.ts'
import { type Polygon, polygonsToRle, signedArea } from '../geometry/polygon.ts'
import { type Rle, rleArea, rleToBox } from '../geometry/rle.ts'
import { imageOfAnnotation, type RawAnnotation, type RawCoco } from './raw-coco.ts'

/** Measures of a mask in its image. */
export interface MaskFacts {
  readonly pixels: number
  /** Around the pixels; [0, 0, 0, 0] where there are none. */
  readonly box: Box
  /** Around the points, and the area they enclose; for polygons. */
  readonly outline?: { readonly box: Box; readonly area: number }
}

/** Polygons further outside than this many times the image's longer side are not rasterised: the walk would take ages. */
const FARTHEST_SIDES = 10
/** The same in pixels, whatever size the image is said to have. */
const FARTHEST_PIXELS = 1e6

const cache = new WeakMap<RawAnnotation['entry'], { readonly size: Size; readonly facts: MaskFacts }>()

/**
 * Mask of an annotation at the size of its image; rings of fewer than three points are passed over. Undefined where
 * there is none that fits: no segmentation, a malformed one, an unknown image, another size.
 */
export function maskOf(file: RawCoco, annotation: RawAnnotation): Rle | undefined {
  const size = imageOfAnnotation(file, annotation)?.size
  if (!size) return undefined
  const { segmentation } = annotation
  if (segmentation.kind === 'mask') {
    const [height, width] = segmentation.rle.size
    return height === size.height && width === size.width ? segmentation.rle : undefined
  }
  const rings = closedRings(annotation)
  const limit = Math.min(FARTHEST_SIDES * Math.max(size.width, size.height), FARTHEST_PIXELS)
  if (rings.length === 0 || rings.some((ring) => ring.some((value) => Math.abs(value) > limit)))
    return undefined
  return polygonsToRle(rings, size)
}

/** Measures of the mask that `maskOf` gives, kept for the next check that asks. */
export function maskFacts(file: RawCoco, annotation: RawAnnotation): MaskFacts | undefined {
  const size = imageOfAnnotation(file, annotation)?.size
  const known = cache.get(annotation.entry)
  if (known && size && known.size.width === size.width && known.size.height === size.height)
    return known.facts
  const mask = maskOf(file, annotation)
  if (!mask || !size) return undefined
  const rings = closedRings(annotation)
  const outline = rings.length
    ? {
        box: xywhToBox(segmentationBox(rings)),
        area: rings.reduce((sum, ring) => sum + Math.abs(signedArea(ring)), 0),
      }
    : undefined
  const facts = { pixels: rleArea(mask), box: rleToBox(mask), outline }
  cache.set(annotation.entry, { size, facts })
  return facts
}

/** Polygons of at least three points. */
export function closedRings({ segmentation }: RawAnnotation): Polygon[] {
  return segmentation.kind === 'polygons' ? segmentation.rings.filter(({ length }) => length >= 6) : []
}
