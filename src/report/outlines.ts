import { type XywhBox, xywhToBox } from '../geometry/boxes.ts'
import { maskToPolygons } from '../geometry/contour.ts'
import { boxToPolygon, type Polygon } from '../geometry/polygon.ts'
import type { Rle } from '../geometry/rle.ts'

/** The outline of a mask along the edges of its pixels, holes included, as the data of an SVG path. */
export function maskPath(rle: Rle): string {
  return maskToPolygons(rle)
    .flatMap(({ outer, holes }) => [outer, ...holes])
    .map(ringPath)
    .join('')
}

export function boxPath(xywh: XywhBox): string {
  const [x1, y1, x2, y2] = xywhToBox(xywh).map(decimal)
  return ringPath(boxToPolygon([x1, y1, x2, y2]))
}

/** A diamond around every keypoint of x y v; those at 0 0 are not there. */
export function keypointPath(keypoints: readonly number[], radius: number): string {
  const r = decimal(radius)
  let path = ''
  for (let i = 0; i + 1 < keypoints.length; i += 3) {
    const [x, y] = [keypoints[i], keypoints[i + 1]]
    if (x !== 0 || y !== 0) path += `M${decimal(x - r)} ${decimal(y)}l${r} ${-r} ${r} ${r} ${-r} ${r}z`
  }
  return path
}

/** A ring of edges along the axes, each told by its length alone. */
function ringPath(ring: Polygon): string {
  let path = `M${ring[0]} ${ring[1]}`
  for (let i = 2; i < ring.length; i += 2) {
    const [dx, dy] = [ring[i] - ring[i - 2], ring[i + 1] - ring[i - 1]]
    path += dy === 0 ? `h${decimal(dx)}` : `v${decimal(dy)}`
  }
  return `${path}z`
}

/** Tenths of a pixel are fine enough to be seen. */
function decimal(value: number): number {
  return Math.round(value * 10) / 10
}
