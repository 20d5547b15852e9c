/** What CenterMask's reference makes of the polygons of objects: masks of regions, and which part of an object lies in one. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Box } from '../../src/geometry/boxes.ts'
import { type Polygon, polygonsToRle } from '../../src/geometry/polygon.ts'
import { decodeRle } from '../../src/geometry/rle.ts'
import type { Golden } from '../goldens.ts'
import { pixels } from './msrcnn-targets.ts'

/** A region, and the parts of the object that it stands for. */
export interface PolygonRegion {
  readonly box: Box
  readonly parts: readonly Polygon[]
}

/** `[image][object][part]`. */
export function recordedPolygons({ folder }: Golden): Polygon[][][] {
  return JSON.parse(readFileSync(join(folder, 'polygons.json'), 'utf8'))
}

/** Pixels of an object's parts inside the box over their area; overlaps count twice. */
export function shareOf({ parts, box: [x1, y1, x2, y2] }: PolygonRegion): number {
  return Math.min(pixels(moved(parts, [x1, y1]), x2 - x1, y2 - y1) / areaOf(parts), 1)
}

/** Area of all parts, each by the shoelace formula. */
export function areaOf(parts: readonly Polygon[]): number {
  return parts.reduce((sum, part) => sum + polygonArea(part), 0)
}

function moved(parts: readonly Polygon[], origin: readonly [number, number]): number[][] {
  return parts.map((part) => part.map((value, i) => value - origin[i % 2]))
}

/** The object cut to the box, scaled and rasterised. */
export function maskOf({ parts, box: [x1, y1, x2, y2] }: PolygonRegion, side: number): Uint8Array {
  const scales = [side / Math.max(x2 - x1, 0.1), side / Math.max(y2 - y1, 0.1)]
  const scaled = moved(parts, [x1, y1]).map((part) => part.map((value, i) => value * scales[i % 2]))
  return decodeRle(polygonsToRle(scaled, { height: side, width: side }))
}

function polygonArea(polygon: Polygon): number {
  let twice = 0
  for (let i = 0; i < polygon.length; i += 2) {
    const next = (i + 2) % polygon.length
    twice += polygon[i] * polygon[next + 1] - polygon[next] * polygon[i + 1]
  }
  return Math.abs(twice) / 2
}
