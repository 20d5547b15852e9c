import type { Color } from './colors.ts'
import type { InstanceKeypoint } from './found-keypoints.ts'
import type { Instance } from './instance.ts'

export interface SkeletonOptions {
  /** Pixels of the drawing along a side of a pixel of the image. */
  readonly magnify: number
  /** Pixels of the drawing. */
  readonly lineWidth: number
}

/** Covers a pixel of the drawing with a colour, by a share from 0 to 1. */
export type Paint = (x: number, y: number, color: Color, share: number) => void

const WHITE: Color = [255, 255, 255]

/**
 * Draws the keypoints of an instance as dots with a white rim over lines between those that its skeleton connects. Points
 * without a place (score -Infinity) are left out, with their lines.
 */
export function drawSkeleton(
  { keypoints = [], skeleton = [] }: Instance,
  color: Color,
  { magnify, lineWidth }: SkeletonOptions,
  paint: Paint,
): void {
  const place = ({ x, y }: InstanceKeypoint): Point => [x * magnify, y * magnify]
  const hasPlace = (point?: InstanceKeypoint) => point !== undefined && point.score > Number.NEGATIVE_INFINITY
  for (const [a, b] of skeleton) {
    const [from, to] = [keypoints[a - 1], keypoints[b - 1]]
    if (hasPlace(from) && hasPlace(to)) strokeLine(place(from), place(to), lineWidth, color, paint)
  }
  for (const point of keypoints.filter(hasPlace)) {
    strokeLine(place(point), place(point), lineWidth + 2.5, WHITE, paint)
    strokeLine(place(point), place(point), lineWidth + 1, color, paint)
  }
}

type Point = readonly [x: number, y: number]

/** A line with round ends, `reach` pixels to either side; pixels that it covers in part are covered by that share. */
function strokeLine([x1, y1]: Point, [x2, y2]: Point, reach: number, color: Color, paint: Paint): void {
  const [dx, dy] = [x2 - x1, y2 - y1]
  const squared = dx * dx + dy * dy
  const [left, right] = [Math.floor(Math.min(x1, x2) - reach), Math.ceil(Math.max(x1, x2) + reach)]
  const [top, bottom] = [Math.floor(Math.min(y1, y2) - reach), Math.ceil(Math.max(y1, y2) + reach)]
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const [px, py] = [x + 0.5 - x1, y + 0.5 - y1]
      const along = squared === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / squared))
      const share = reach + 0.5 - Math.hypot(px - along * dx, py - along * dy)
      if (share > 0) paint(x, y, color, Math.min(1, share))
    }
  }
}
