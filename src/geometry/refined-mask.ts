import type { Box, Size } from './boxes.ts'
import { type Click, cutByColor } from './color-cut.ts'
import { decodeRle, encodeRle, type Rle, rleArea, rleToBox } from './rle.ts'
import { cropRle } from './rle-crop.ts'
import { mergeRles, subtractRle } from './rle-merge.ts'

/** The part of a picture that a mask is refined in: whole pixels, and how large it is looked at. */
export interface RefinedWindow {
  readonly box: Box
  /** At most `MOST_SIDE` pixels a side. */
  readonly looked: Size
}

/** Longer sides are looked at smaller, so that a click is answered at once. */
const MOST_SIDE = 256
/** Of the longer side of what is refined, kept free around it. */
const MARGIN = 0.35
const LEAST_MARGIN = 24

/** What is looked at to refine a mask by clicks: all of both, with room around. Throws nothing; the window lies on the picture. */
export function refinedWindow(mask: Rle, clicks: readonly Click[], picture: Size): RefinedWindow {
  const box = rleToBox(mask)
  const xs = [...(box[2] > 0 ? [box[0], box[2]] : []), ...clicks.map(({ x }) => x)]
  const ys = [...(box[2] > 0 ? [box[1], box[3]] : []), ...clicks.map(({ y }) => y)]
  const [x1, y1, x2, y2] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
  const margin = Math.max(LEAST_MARGIN, MARGIN * Math.max(x2 - x1, y2 - y1))
  const within = [
    Math.max(0, Math.floor(x1 - margin)),
    Math.max(0, Math.floor(y1 - margin)),
    Math.min(picture.width, Math.ceil(x2 + margin)),
    Math.min(picture.height, Math.ceil(y2 + margin)),
  ] as const
  const [width, height] = [within[2] - within[0], within[3] - within[1]]
  const scale = Math.min(1, MOST_SIDE / Math.max(width, height))
  const side = (length: number) => Math.max(1, Math.round(length * scale))
  return { box: within, looked: { width: side(width), height: side(height) } }
}

/**
 * A mask with what clicks and colours say (`cutByColor`). What they do not change stays as it was to the pixel, also where the
 * window was looked at smaller.
 *
 * @param rgba the window's pixels, [H, W, 4] of its `looked` size.
 * @param isBox whether the mask is a box that the object lies in.
 */
export function refinedMask(
  mask: Rle,
  { box, looked }: RefinedWindow,
  rgba: ArrayLike<number>,
  clicks: readonly Click[],
  isBox: boolean,
): Rle {
  const [x1, y1, x2, y2] = box
  const window = { width: x2 - x1, height: y2 - y1 }
  const own = decodeRle(cropRle(mask, box))
  const [scaleX, scaleY] = [looked.width / window.width, looked.height / window.height]
  const before = sampled(own, window, looked)
  const ownClicks = clicks.map((click) => ({
    ...click,
    x: (click.x - x1) * scaleX,
    y: (click.y - y1) * scaleY,
  }))
  const after = cutByColor({ ...looked, rgba, before, isBox, clicks: ownClicks })
  const whole: Box = [-x1, -y1, mask.size[1] - x1, mask.size[0] - y1]
  const changed = (isAdded: boolean) => {
    const changes = after.map((isIn, p) => (isIn !== before[p] && (isIn === 1) === isAdded ? 1 : 0))
    return cropRle(encodeRle(sampled(changes, looked, window), window), whole)
  }
  const result = subtractRle(mergeRles([mask, changed(true)]), changed(false))
  return rleArea(result) > 0 ? result : mask
}

/** The pixel of one size that the middle of each of another lies on. */
function sampled(bitmap: Uint8Array, from: Size, to: Size): Uint8Array<ArrayBuffer> {
  if (from.width === to.width && from.height === to.height) return Uint8Array.from(bitmap)
  const result = new Uint8Array(to.width * to.height)
  for (let y = 0; y < to.height; y++) {
    const row = Math.floor(((y + 0.5) * from.height) / to.height) * from.width
    for (let x = 0; x < to.width; x++) {
      result[y * to.width + x] = bitmap[row + Math.floor(((x + 0.5) * from.width) / to.width)]
    }
  }
  return result
}
