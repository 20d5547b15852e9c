import type { Size } from './boxes.ts'
import { type Polygon, signedArea } from './polygon.ts'
import { decodeRle, type Rle, rleToBox } from './rle.ts'

/** One connected piece of a mask: its outline and the outlines of the holes in it. */
export interface MaskPolygon {
  /** Clockwise on screen, corners of pixels. */
  readonly outer: Polygon
  /** Counter-clockwise on screen. */
  readonly holes: readonly Polygon[]
}

/** Directions of travel along pixel edges with the foreground on the right hand. */
const RIGHT = 0
const DOWN = 1
const LEFT = 2
const UP = 3
const STEP_X = [1, 0, -1, 0]
const STEP_Y = [0, 1, 0, -1]

/**
 * Outlines of a mask along pixel edges, so the polygons cover exactly its pixels: rasterising every outer ring
 * and taking away the holes gives the mask back. Pixels that touch only at a corner belong to different pieces.
 */
export function maskToPolygons(rle: Rle): MaskPolygon[] {
  const [x1, y1, x2, y2] = rleToBox(rle)
  const size = { height: y2 - y1, width: x2 - x1 }
  const rings = traceRings(cropBitmap(rle, x1, y1, size), size).map((ring) =>
    ring.map((coordinate, i) => coordinate + (i % 2 === 0 ? x1 : y1)),
  )
  const pieces = rings
    .map((outer) => ({ outer, holes: [] as Polygon[], area: signedArea(outer) }))
    .filter(({ area }) => area > 0)
  for (const hole of rings.filter((ring) => signedArea(ring) < 0)) {
    // A hole starts at its top left corner and goes down, with foreground on the right hand: to the left on screen.
    const [x, y] = [hole[0] - 0.5, hole[1] + 0.5]
    const around = pieces.filter(({ outer }) => contains(outer, x, y))
    around.reduce((a, b) => (b.area < a.area ? b : a)).holes.push(hole)
  }
  return pieces.map(({ outer, holes }) => ({ outer, holes }))
}

/** Whether a point, not on the outline, lies inside a ring (even-odd rule). */
function contains(ring: Polygon, x: number, y: number): boolean {
  let inside = false
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length
    if (ring[i + 1] > y === ring[j + 1] > y) continue
    const crossing = ring[i] + ((y - ring[i + 1]) / (ring[j + 1] - ring[i + 1])) * (ring[j] - ring[i])
    if (crossing > x) inside = !inside
  }
  return inside
}

function cropBitmap(rle: Rle, left: number, top: number, { height, width }: Size): Uint8Array {
  const [fullHeight, fullWidth] = rle.size
  if (height === fullHeight && width === fullWidth) return decodeRle(rle)
  const bitmap = new Uint8Array(height * width)
  let position = 0
  for (let i = 0; i < rle.counts.length; i++) {
    const end = position + rle.counts[i]
    if (i % 2 === 1) {
      for (let at = position; at < end; at++) {
        const x = Math.floor(at / fullHeight)
        bitmap[(at - x * fullHeight - top) * width + x - left] = 1
      }
    }
    position = end
  }
  return bitmap
}

/** All closed walks along pixel edges between foreground and background, corners only. */
function traceRings(bitmap: Uint8Array, { height, width }: Size): number[][] {
  const stride = width + 1
  const pixel = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height ? bitmap[y * width + x] : 0
  // Bit d of edges[vertex]: an edge leaves the vertex in direction d.
  const edges = new Uint8Array(stride * (height + 1))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (bitmap[y * width + x] === 0) continue
      const corner = y * stride + x
      if (!pixel(x, y - 1)) edges[corner] |= 1 << RIGHT
      if (!pixel(x + 1, y)) edges[corner + 1] |= 1 << DOWN
      if (!pixel(x, y + 1)) edges[corner + stride + 1] |= 1 << LEFT
      if (!pixel(x - 1, y)) edges[corner + stride] |= 1 << UP
    }
  }
  const rings: number[][] = []
  for (let start = 0; start < edges.length; start++) {
    // The first vertex met of a ring is its top left corner: outer rings leave it to the right, holes down.
    while (edges[start] & ((1 << RIGHT) | (1 << DOWN))) {
      rings.push(followRing(edges, start, edges[start] & (1 << RIGHT) ? RIGHT : DOWN, stride))
    }
  }
  return rings
}

/** One ring from its top left corner, which it passes once. */
function followRing(edges: Uint8Array, start: number, first: number, stride: number): number[] {
  const ring: number[] = []
  let vertex = start
  let direction = first
  do {
    ring.push(vertex % stride, Math.floor(vertex / stride))
    do {
      edges[vertex] &= ~(1 << direction)
      vertex += STEP_X[direction] + STEP_Y[direction] * stride
    } while (edges[vertex] & (1 << direction))
    // At a corner shared by two diagonal pixels the right turn stays with the same pixel.
    const right = (direction + 1) % 4
    direction = edges[vertex] & (1 << right) ? right : (direction + 3) % 4
  } while (vertex !== start)
  return ring
}
