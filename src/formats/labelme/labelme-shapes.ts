import type { Losses } from '../../data/losses.ts'
import { DataError } from '../../errors.ts'
import type { Box, Size } from '../../geometry/boxes.ts'
import { boxToPolygon, type Polygon, polygonsToRle } from '../../geometry/polygon.ts'
import type { Rle } from '../../geometry/rle.ts'
import { mergeRles } from '../../geometry/rle-merge.ts'
import { extent } from '../../tensor/extent.ts'
import { bytesOfBase64 } from '../base64.ts'
import { describe, integerAt, isAbsent, isRounded, type JsonObject, listAt, textAt } from '../json-fields.ts'
import { decodeLabelPng } from '../mask-images/label-png.ts'
import type { Shape } from '../shape-annotation.ts'
import { ellipseRing } from '../shape-curves.ts'

/** One shape of a file; shapes of one label and group are one object. */
export interface LabelmePart {
  readonly label: string
  readonly group?: string
  readonly isCrowd: boolean
  readonly ring?: Polygon
  readonly box?: Box
  readonly mask?: Rle
  readonly where: string
}

/** Types that enclose nothing. */
const WITHOUT_AREA = ['point', 'points', 'line', 'linestrip']

/** Undefined for shapes that enclose nothing, which are counted as lost. Throws `DataError` naming `where`. */
export function parseLabelmeShape(
  shape: JsonObject,
  size: Size,
  where: string,
  losses: Losses,
): LabelmePart | undefined {
  const label = textAt(shape, 'label', where)
  const type =
    shape.shape_type === undefined || shape.shape_type === null
      ? 'polygon'
      : textAt(shape, 'shape_type', where)
  const points = listAt(shape, 'points', where).map((point, i) => parsePoint(point, `${where}: points[${i}]`))
  if (WITHOUT_AREA.includes(type)) {
    losses.add(`shapes of type ${type} left out`, where)
    return undefined
  }
  const flags = trueFlags(shape.flags)
  if (flags.some((flag) => flag !== 'iscrowd')) losses.add('shapes whose flags are left out', where)
  if (typeof shape.description === 'string' && shape.description !== '') {
    losses.add('shapes whose descriptions are left out', where)
  }
  return {
    label,
    group: groupOf(shape, where),
    isCrowd: flags.includes('iscrowd'),
    ...parseOutline(type, points, shape, size, where, losses),
    where,
  }
}

/** A number that was rounded when it was read could be that of another group, so it is refused. */
function groupOf(shape: JsonObject, where: string): string | undefined {
  const { group_id: group } = shape
  if (isAbsent(group)) return undefined
  if (isRounded(group)) integerAt(shape, 'group_id', where)
  return typeof group === 'string' ? JSON.stringify(group) : describe(group)
}

/** Names of the flags that are set. */
export function trueFlags(flags: unknown): string[] {
  if (typeof flags !== 'object' || flags === null) return []
  return Object.entries(flags).flatMap(([name, value]) => (value ? [name] : []))
}

function parsePoint(point: unknown, where: string): [number, number] {
  if (Array.isArray(point) && point.length === 2 && point.every(Number.isFinite))
    return point as [number, number]
  throw new DataError('point is malformed', { where, expected: '[x, y]', got: describe(point) })
}

function parseOutline(
  type: string,
  points: readonly (readonly [number, number])[],
  shape: JsonObject,
  size: Size,
  where: string,
  losses: Losses,
): Pick<LabelmePart, 'ring' | 'box' | 'mask'> {
  const wrong = (expected: string) =>
    new DataError(`${type} is malformed`, { where, expected, got: `${points.length} points` })
  switch (type) {
    case 'polygon':
    case 'rotation':
    case 'oriented_rectangle':
      return { ring: points.flat() }
    case 'rectangle': {
      if (points.length < 2) throw wrong('two corners')
      const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
      return { box: [extent(xs)[0], extent(ys)[0], extent(xs)[1], extent(ys)[1]] }
    }
    case 'circle': {
      if (points.length !== 2) throw wrong('its centre and a point on it')
      const [[x, y], [edgeX, edgeY]] = points
      const radius = Math.hypot(edgeX - x, edgeY - y)
      losses.change('circles taken for polygons of many corners', where)
      return { ring: ellipseRing(x, y, radius, radius) }
    }
    case 'mask':
      if (points.length < 1) throw wrong('first and last pixel')
      return { mask: parseMask(textAt(shape, 'mask', where), points[0], size, where) }
    default:
      throw new DataError('shape has an unknown type', {
        where,
        expected: 'polygon, rectangle, circle or mask',
        got: describe(type),
      })
  }
}

/** The mask's image lies with its first pixel on the first point; what is outside of the image is cut. */
function parseMask(png: string, [left, top]: readonly [number, number], size: Size, where: string): Rle {
  const { data, width, height, channels } = decodeLabelPng(bytesOfBase64(png, where), where)
  const isSet = (x: number, y: number) => data[(y * width + x) * channels] > 0
  return placedMask({ height, width }, isSet, Math.trunc(left), Math.trunc(top), size)
}

/** Runs of the image for a smaller mask at (left, top): its columns, and background around them. */
function placedMask(
  { height, width }: Size,
  isSet: (x: number, y: number) => boolean,
  left: number,
  top: number,
  size: Size,
): Rle {
  const counts: number[] = [0]
  const append = (isInside: boolean, length: number) => {
    if (length <= 0) return
    if ((counts.length % 2 === 0) !== isInside) counts.push(0)
    counts[counts.length - 1] += length
  }
  const [x1, x2] = [Math.max(0, left), Math.min(size.width, left + width)]
  const [y1, y2] = [Math.max(0, top), Math.min(size.height, top + height)]
  if (x1 >= x2 || y1 >= y2) return { size: [size.height, size.width], counts: [size.height * size.width] }
  append(false, x1 * size.height)
  for (let x = x1; x < x2; x++) {
    append(false, y1)
    for (let y = y1; y < y2; y++) append(isSet(x - left, y - top), 1)
    append(false, size.height - y2)
  }
  append(false, (size.width - x2) * size.height)
  return { size: [size.height, size.width], counts }
}

/** The shapes of one object as one: rings stay rings, a rectangle alone a box, and a mask makes all of it a mask. */
export function joinedParts(parts: readonly LabelmePart[], size: Size): Shape {
  const isCrowd = parts.some((part) => part.isCrowd)
  if (parts.length === 1 && parts[0].box) return { box: parts[0].box, isCrowd }
  const rings = parts.flatMap(({ ring, box }) => (ring ? [ring] : box ? [boxToPolygon(box)] : []))
  const masks = parts.flatMap(({ mask }) => (mask ? [mask] : []))
  if (masks.length === 0) return { segmentation: rings, isCrowd }
  const whole = rings.filter((ring) => ring.length >= 6)
  const segmentation = mergeRles(whole.length > 0 ? [...masks, polygonsToRle(whole, size)] : masks)
  return { segmentation, isCrowd }
}
