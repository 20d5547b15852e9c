import { convexArea } from './convex-area.ts'
import { decodeRle, type Rle } from './rle.ts'
import { columnsOf } from './rle-columns.ts'

/** Shape of a mask, in pixels; undefined members cannot be said of it. */
export interface RegionMeasures {
  readonly area: number
  readonly centroid: readonly [x: number, y: number]
  readonly perimeter: number
  /** Axes of the ellipse of equal second moments. */
  readonly majorAxis: number
  readonly minorAxis: number
  /** Degrees from the x axis to the major axis, counter-clockwise as seen, above -90 to 90. */
  readonly orientation: number
  readonly eccentricity: number
  /** 4 pi area / perimeter squared; undefined where the perimeter is 0. Small objects may pass 1. */
  readonly circularity?: number
  /** Area over that of the convex hull, above 0 to 1. */
  readonly solidity: number
}

/** Weight of a pixel of the border by 10 times its straight and 2 times its diagonal neighbours there, plus 1 (Benkrid and Crookes 2000). */
const WEIGHTS: ReadonlyMap<number, number> = new Map([
  ...[5, 7, 15, 17, 25, 27].map((key) => [key, 1] as const),
  ...[21, 33].map((key) => [key, Math.SQRT2] as const),
  ...[13, 23].map((key) => [key, (1 + Math.SQRT2) / 2] as const),
])

/** Area, place, axes and outline of a mask as scikit-image's `regionprops` has them; undefined for an empty one. */
export function regionMeasures(mask: Rle): RegionMeasures | undefined {
  const moments = momentsOf(mask)
  if (!moments) return undefined
  const { area, x, y, xx, yy, xy } = moments
  const mean = (xx + yy) / 2
  const spread = Math.hypot((xx - yy) / 2, xy)
  const [large, small] = [mean + spread, Math.max(0, mean - spread)]
  const perimeter = perimeterOf(mask)
  // Rows go down, angles are seen with y upwards.
  const angle = (-Math.atan2(2 * xy, xx - yy) / 2) * (180 / Math.PI)
  return {
    area,
    centroid: [x, y],
    perimeter,
    majorAxis: 4 * Math.sqrt(large),
    minorAxis: 4 * Math.sqrt(small),
    orientation: angle <= -90 ? angle + 180 : angle + 0,
    eccentricity: large === 0 ? 0 : Math.sqrt(1 - small / large),
    ...(perimeter > 0 && { circularity: (4 * Math.PI * area) / perimeter ** 2 }),
    solidity: area / convexArea(mask),
  }
}

/** Count, mean and central second moments, over the count, of the centres of the pixels inside. */
function momentsOf(mask: Rle) {
  const { starts, rows } = columnsOf(mask)
  let [area, sumX, sumY] = [0, 0, 0]
  const spans: [x: number, top: number, bottom: number][] = []
  for (let x = 0; x + 1 < starts.length; x++) {
    for (let i = starts[x]; i < starts[x + 1]; i++) spans.push([x, rows[2 * i], rows[2 * i + 1]])
  }
  for (const [x, top, bottom] of spans) {
    const count = bottom - top
    area += count
    sumX += count * (x + 0.5)
    sumY += (count * (top + bottom)) / 2
  }
  if (area === 0) return undefined
  const [x, y] = [sumX / area, sumY / area]
  let [xx, yy, xy] = [0, 0, 0]
  for (const [column, top, bottom] of spans) {
    const count = bottom - top
    const [dx, dy] = [column + 0.5 - x, (top + bottom) / 2 - y]
    xx += count * dx * dx
    xy += count * dx * dy
    // Of `count` pixels in a row, one apart.
    yy += count * dy * dy + (count * (count * count - 1)) / 12
  }
  return { area, x, y, xx: xx / area, yy: yy / area, xy: xy / area }
}

function perimeterOf(mask: Rle): number {
  const [height, width] = mask.size
  const bitmap = decodeRle(mask)
  const at = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height ? bitmap[y * width + x] : 0
  const border = new Uint8Array(height * width)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inner = at(x - 1, y) && at(x + 1, y) && at(x, y - 1) && at(x, y + 1)
      border[y * width + x] = bitmap[y * width + x] && !inner ? 1 : 0
    }
  }
  const edge = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height ? border[y * width + x] : 0
  let total = 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!border[y * width + x]) continue
      const straight = edge(x - 1, y) + edge(x + 1, y) + edge(x, y - 1) + edge(x, y + 1)
      const diagonal = edge(x - 1, y - 1) + edge(x + 1, y - 1) + edge(x - 1, y + 1) + edge(x + 1, y + 1)
      total += WEIGHTS.get(1 + 2 * straight + 10 * diagonal) ?? 0
    }
  }
  return total
}
