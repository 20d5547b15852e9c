import { type Annotation, type Segmentation, segmentationBox, segmentationToRle } from '../data/dataset.ts'
import { DataError } from '../errors.ts'
import { type Box, boxArea, type Size, xywhToBox } from '../geometry/boxes.ts'
import { FARTHEST, type Polygon } from '../geometry/polygon.ts'
import { rleArea } from '../geometry/rle.ts'
import type { ReadOptions } from './format.ts'

export interface Shape {
  /** Rings or a mask of the image's size. */
  readonly segmentation?: Segmentation
  /** Where there is no segmentation. */
  readonly box?: Box
  readonly isCrowd?: boolean
}

/**
 * An annotation of a shape drawn on an image: its box is around the points or pixels, its area that of the mask (of the box
 * where there is none). A ring of fewer than three points or a box without area is an error or skipped as
 * `onDegenerate` says; then the result is undefined. Throws `DataError` naming `where`.
 */
export function shapeAnnotation(
  ids: Pick<Annotation, 'id' | 'imageId' | 'categoryId'>,
  shape: Shape,
  size: Size,
  where: string,
  { onDegenerate = 'error', losses }: Pick<ReadOptions, 'onDegenerate' | 'losses'>,
): Annotation | undefined {
  const degenerate = (what: string, lost: string, expected: string, got: string) => {
    const hint = 'Correct or remove it, or leave such annotations out (skip)'
    if (onDegenerate === 'error') throw new DataError(what, { where, expected, got, hint })
    losses.add(lost, where)
  }
  let { segmentation } = shape
  if (segmentation && !('counts' in segmentation)) {
    for (const ring of segmentation) checkCoordinates(ring, where)
    const rings = segmentation.filter((ring) => {
      if (ring.length >= 6) return true
      degenerate(
        'polygon encloses nothing',
        'polygons of fewer than three points left out',
        'at least three points',
        `${ring.length / 2}`,
      )
      return false
    })
    if (rings.length === 0) return undefined
    segmentation = rings
  }
  const box = segmentation ? xywhToBox(segmentationBox(segmentation)) : shape.box
  if (!box) throw new DataError('annotation has no shape', { where, expected: 'polygons, a mask or a box' })
  checkCoordinates(box, where)
  if (!(box[2] > box[0] && box[3] > box[1])) {
    degenerate(
      'annotation has no area',
      'annotations without area left out',
      'width and height above 0',
      `${box[2] - box[0]} x ${box[3] - box[1]}`,
    )
    return undefined
  }
  const area = segmentation ? rleArea(segmentationToRle(segmentation, size, where)) : boxArea(box)
  return { ...ids, box, area, isCrowd: shape.isCrowd ?? false, ...(segmentation && { segmentation }) }
}

function checkCoordinates(numbers: Polygon | Box, where: string): void {
  for (const number of numbers) {
    if (Math.abs(number) <= FARTHEST) continue
    throw new DataError('shape has an impossible coordinate', {
      where,
      expected: `a number of pixels within ${FARTHEST}`,
      got: `${number}`,
    })
  }
}
