import type { MaskPolygon } from '../../geometry/contour.ts'
import type { Polygon } from '../../geometry/polygon.ts'

/** What one region of interest is. */
export interface ImagejRoi {
  readonly name: string
  readonly pieces: readonly MaskPolygon[]
  /** 1 to 255: regions of a group share a colour. */
  readonly group: number
  /** Lines of `key: value` that ImageJ shows as properties. */
  readonly properties: string
}

const HEADER = 64
const VERSION = 228
const POLYGON = 0
/** Also stands for shapes of several rings. */
const RECTANGLE = 1
const SUB_PIXEL = 128
/** Segments of a shape. */
const [MOVE, LINE, CLOSE] = [0, 1, 4]

/**
 * The bytes of a `.roi` file as ImageJ's RoiDecoder reads them, numbers big-endian: a header of 64 bytes, coordinates, a
 * second header with the name. One ring is a polygon with whole and exact coordinates; several rings are one shape, holes
 * by their way round.
 */
export function encodeRoi({ name, pieces, group, properties }: ImagejRoi): Uint8Array {
  const rings = pieces.flatMap(({ outer, holes }) => [outer, ...holes])
  const isPolygon = rings.length === 1
  const body = isPolygon ? 12 * (rings[0].length / 2) : 4 * shapeLength(rings)
  const second = HEADER + body
  const names = second + HEADER
  const view = new DataView(new ArrayBuffer(names + 2 * (name.length + properties.length)))
  const bytes = new Uint8Array(view.buffer)
  bytes.set([0x49, 0x6f, 0x75, 0x74])
  view.setInt16(4, VERSION)
  view.setUint8(6, isPolygon ? POLYGON : RECTANGLE)
  const all = rings.flat()
  const [xs, ys] = [0, 1].map((axis) => all.filter((_, i) => i % 2 === axis))
  const [left, top] = [Math.floor(least(xs)), Math.floor(least(ys))]
  const [right, bottom] = [Math.ceil(-least(xs.map((x) => -x))), Math.ceil(-least(ys.map((y) => -y)))]
  view.setInt16(8, top)
  view.setInt16(10, left)
  view.setInt16(12, bottom)
  view.setInt16(14, right)
  view.setInt32(60, second)
  if (isPolygon) writePolygon(view, rings[0], left, top)
  else writeShape(view, rings)
  view.setInt32(second + 16, names)
  view.setInt32(second + 20, name.length)
  view.setUint8(second + 30, group)
  view.setInt32(second + 40, names + 2 * name.length)
  view.setInt32(second + 44, properties.length)
  const text = name + properties
  for (let i = 0; i < text.length; i++) view.setUint16(names + 2 * i, text.charCodeAt(i))
  return bytes
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
}

function writePolygon(view: DataView, ring: Polygon, left: number, top: number): void {
  const count = ring.length / 2
  if (count <= 0xffff) view.setUint16(16, count)
  else view.setInt32(18, count)
  view.setInt16(50, SUB_PIXEL)
  for (let i = 0; i < count; i++) {
    const [x, y] = [ring[2 * i], ring[2 * i + 1]]
    view.setInt16(HEADER + 2 * i, Math.floor(x) - left)
    view.setInt16(HEADER + 2 * (count + i), Math.floor(y) - top)
    view.setFloat32(HEADER + 4 * (count + i), x)
    view.setFloat32(HEADER + 4 * (2 * count + i), y)
  }
}

/** Numbers of a shape: three a point, and one to close each ring. */
function shapeLength(rings: readonly Polygon[]): number {
  return rings.reduce((sum, ring) => sum + 3 * (ring.length / 2) + 1, 0)
}

function writeShape(view: DataView, rings: readonly Polygon[]): void {
  view.setInt32(36, shapeLength(rings))
  let at = HEADER
  const put = (value: number) => {
    view.setFloat32(at, value)
    at += 4
  }
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      put(i === 0 ? MOVE : LINE)
      put(ring[i])
      put(ring[i + 1])
    }
    put(CLOSE)
  }
}
