import type { Losses } from '../../data/losses.ts'
import { DataError } from '../../errors.ts'
import { describe, type JsonObject, numberAt, numbersAt, textAt } from '../json-fields.ts'
import type { Shape } from '../shape-annotation.ts'
import { ellipseRing } from '../shape-curves.ts'

/** Undefined for points, which are counted as lost. Throws `DataError` naming `where`. */
export function parseViaShape(shape: JsonObject, where: string, losses: Losses): Shape | undefined {
  const number = (key: string) => numberAt(shape, key, where)
  const name = textAt(shape, 'name', where)
  switch (name) {
    case 'polygon':
      return { segmentation: [parseRing(shape, where)] }
    case 'polyline':
      losses.change('polylines closed to polygons', where)
      return { segmentation: [parseRing(shape, where)] }
    case 'rect': {
      const [x, y] = [number('x'), number('y')]
      return { box: [x, y, x + number('width'), y + number('height')] }
    }
    case 'circle':
      losses.change('circles and ellipses taken for polygons of many corners', where)
      return { segmentation: [ellipseRing(number('cx'), number('cy'), number('r'), number('r'))] }
    case 'ellipse': {
      losses.change('circles and ellipses taken for polygons of many corners', where)
      const angle = shape.theta === undefined ? 0 : number('theta')
      return {
        segmentation: [ellipseRing(number('cx'), number('cy'), number('rx'), number('ry'), angle)],
      }
    }
    case 'point':
      losses.add('points left out', where)
      return undefined
    default:
      throw new DataError('region has an unknown shape', {
        where,
        expected: 'polygon, polyline, rect, circle, ellipse or point',
        got: describe(name),
      })
  }
}

/** A ring that ends where it starts closes itself without that. */
function parseRing(shape: JsonObject, where: string): number[] {
  const xs = numbersAt(shape, 'all_points_x', where)
  const ys = numbersAt(shape, 'all_points_y', where, xs.length)
  const last = xs.length - 1
  const isClosed = last > 2 && xs[0] === xs[last] && ys[0] === ys[last]
  return (isClosed ? xs.slice(0, -1) : xs).flatMap((x, i) => [x, ys[i]])
}

/**
 * The category of a region: the text of the attribute, or the option that is ticked where it has several. Throws
 * `DataError` where there is none.
 */
export function parseViaCategory(attributes: JsonObject, attribute: string, where: string): string {
  const value = attributes[attribute]
  if (typeof value === 'string' && value.trim() !== '') return value
  if (typeof value === 'number') return String(value)
  if (typeof value === 'object' && value !== null) {
    const ticked = Object.entries(value).flatMap(([option, isTicked]) => (isTicked ? [option] : []))
    if (ticked.length === 1) return ticked[0]
  }
  throw new DataError(`region has no category in its attribute ${JSON.stringify(attribute)}`, {
    where,
    expected: 'one name',
    got: describe(value),
    hint: 'Choose the attribute with --attribute',
  })
}
