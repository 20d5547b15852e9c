/** What a round brush adds to an object, or takes away. */

import type { Size } from '../../../../src/geometry/boxes.ts'
import { polygonsToRle } from '../../../../src/geometry/polygon.ts'
import { type CompressedRle, compressRle, rleArea } from '../../../../src/geometry/rle.ts'
import { mergeRles, subtractRle } from '../../../../src/geometry/rle-merge.ts'
import type { Shape } from './coco-document.ts'
import { pixelsOf } from './shapes.ts'

export interface Stroke {
  /** Places of the brush's middle, x0 y0 x1 y1 …, in pixels of the photo. */
  readonly points: readonly number[]
  readonly radius: number
}

/** Corners of half a circle. */
const CORNERS = 12

/** The pixels of an object once a stroke was added or taken away; undefined where none are left. */
export function painted(
  shape: Shape | undefined,
  bbox: readonly number[] | undefined,
  stroke: Stroke,
  how: 'add' | 'remove',
  size: Size,
): CompressedRle | undefined {
  const before = pixelsOf(shape, bbox, size)
  const under = polygonsToRle(capsules(stroke), size)
  const after = how === 'add' ? mergeRles([before, under]) : subtractRle(before, under)
  return rleArea(after) > 0 ? compressRle(after) : undefined
}

/** The brush from each place to the next: two half circles and what lies between. */
function capsules({ points, radius }: Stroke): number[][] {
  const [x, y] = points
  const ways = points.length > 2 ? points : [x, y, x, y]
  const rings: number[][] = []
  for (let i = 0; i + 3 < ways.length; i += 2) {
    const [x1, y1, x2, y2] = ways.slice(i, i + 4)
    const ahead = Math.atan2(y2 - y1, x2 - x1) - Math.PI / 2
    rings.push([...halfCircle(x2, y2, radius, ahead), ...halfCircle(x1, y1, radius, ahead + Math.PI)])
  }
  return rings
}

function halfCircle(x: number, y: number, radius: number, from: number): number[] {
  return Array.from({ length: CORNERS + 1 }, (_, i) => {
    const angle = from + (Math.PI * i) / CORNERS
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)]
  }).flat()
}
