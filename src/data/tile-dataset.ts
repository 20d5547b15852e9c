import type { Box, Size } from '../geometry/boxes.ts'
import { boxArea, boxToXywh, xywhToBox } from '../geometry/boxes.ts'
import { clipPolygon } from '../geometry/clip-polygon.ts'
import { polygonsToRle } from '../geometry/polygon.ts'
import type { Region } from '../geometry/regions.ts'
import { compressRle, type Rle, rleArea } from '../geometry/rle.ts'
import { cropRle } from '../geometry/rle-crop.ts'
import { type Annotation, annotationToRle, type Segmentation, segmentationBox } from './dataset.ts'

/** An annotation as it is seen through a tile. */
export interface TilePiece {
  readonly annotation: Annotation
  /** Share of its area that lies in the tile; 1 where it is whole. */
  readonly visible: number
}

/**
 * The part of an annotation of an image of `size` inside a tile, in the tile's pixels; undefined where nothing is. The mask
 * is that of the whole image, cut: outlines where they enclose just those pixels, else runs. A whole annotation keeps its
 * box and area as stated; of others the box is that of the pixels (or the cut box), the area theirs. Keypoints outside
 * become unlabelled (0, 0, 0). Throws `DataError` for a mask that does not fit the image.
 */
export function cutAnnotation(annotation: Annotation, size: Size, tile: Region): TilePiece | undefined {
  const { left, top, width, height } = tile
  const cut = annotation.segmentation
    ? cutMask(annotation.segmentation, annotationToRle(annotation, size), tile)
    : cutBox(annotation.box, tile)
  if (!cut) return undefined
  const [x, y, w, h] = annotation.xywh ?? boxToXywh(annotation.box)
  const isWhole = cut.visible === 1 && x >= left && y >= top && x + w <= left + width && y + h <= top + height
  const xywh = isWhole ? ([x - left, y - top, w, h] as const) : boxToXywh(cut.box)
  return {
    visible: cut.visible,
    annotation: {
      ...annotation,
      box: xywhToBox(xywh),
      xywh,
      area: isWhole ? annotation.area : cut.area,
      ...(cut.segmentation && { segmentation: cut.segmentation }),
      ...cutKeypoints(annotation, tile),
    },
  }
}

interface CutShape {
  readonly box: Box
  readonly area: number
  readonly visible: number
  readonly segmentation?: Segmentation
}

function cutMask(segmentation: Segmentation, whole: Rle, tile: Region): CutShape | undefined {
  const { left, top, width, height } = tile
  const mask = cropRle(whole, [left, top, left + width, top + height])
  const area = rleArea(mask)
  if (area === 0) return undefined
  const kept = 'counts' in segmentation ? mask : (cutOutlines(segmentation, mask, tile) ?? mask)
  const [x, y, w, h] = segmentationBox(mask)
  return { box: [x, y, x + w, y + h], area, visible: area / rleArea(whole), segmentation: kept }
}

/** Rings moved and clipped to the tile; undefined where they would not give the pixels of the mask. */
function cutOutlines(rings: Exclude<Segmentation, Rle>, mask: Rle, tile: Region): Segmentation | undefined {
  const moved = rings
    .map((ring) => ring.map((value, i) => value - (i % 2 === 0 ? tile.left : tile.top)))
    .map((ring) => (isInside(ring, tile) ? ring : clipPolygon(ring, tile)))
    .filter((ring) => ring.length >= 6)
  if (moved.length === 0) return undefined
  const drawn = polygonsToRle(moved, tile)
  return compressRle(drawn).counts === compressRle(mask).counts ? moved : undefined
}

function isInside(ring: readonly number[], { width, height }: Size): boolean {
  return ring.every((value, i) => value >= 0 && value <= (i % 2 === 0 ? width : height))
}

function cutBox([x1, y1, x2, y2]: Box, { left, top, width, height }: Region): CutShape | undefined {
  const box: Box = [
    Math.max(x1 - left, 0),
    Math.max(y1 - top, 0),
    Math.min(x2 - left, width),
    Math.min(y2 - top, height),
  ]
  if (box[2] <= box[0] || box[3] <= box[1]) return undefined
  const area = boxArea(box)
  const isWhole = x1 >= left && y1 >= top && x2 <= left + width && y2 <= top + height
  return { box, area, visible: isWhole ? 1 : area / boxArea([x1, y1, x2, y2]) }
}

function cutKeypoints({ keypoints }: Annotation, { left, top, width, height }: Region): Partial<Annotation> {
  if (!keypoints) return {}
  const moved = keypoints.map((value, i) => value - [left, top, 0][i % 3])
  for (let i = 0; i < moved.length; i += 3) {
    const [x, y, v] = moved.slice(i, i + 3)
    if (v === 0 || x < 0 || y < 0 || x > width || y > height) moved.fill(0, i, i + 3)
  }
  return { keypoints: moved, keypointCount: moved.filter((value, i) => i % 3 === 2 && value > 0).length }
}
