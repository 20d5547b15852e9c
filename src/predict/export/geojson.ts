import type { Polygon } from '../../geometry/polygon.ts'
import type { Instance } from '../instance.ts'
import { instanceArea } from '../to-json.ts'
import type { Exporter } from './exporter.ts'
import { type OutlineOptions, outlines, points } from './outlines.ts'

/**
 * One FeatureCollection for each image, a feature for every instance: a Polygon, or a MultiPolygon where the mask
 * has several pieces, with holes; no geometry where it is empty. Coordinates are pixels of the image, y downwards.
 * Rings are closed and follow RFC 7946's right-hand rule as the numbers stand: with y read upwards, outer rings
 * run counter-clockwise and holes clockwise.
 */
export const exportGeojson: Exporter = function* (predicted, { outline }) {
  for (const { name, prediction } of predicted) {
    const features = prediction.instances.map((instance) => JSON.stringify(feature(instance, outline)))
    const content = `{"type":"FeatureCollection","features":[\n${features.join(',\n')}\n]}\n`
    yield { name: `${name}.geojson`, content }
  }
}

function feature(instance: Instance, outline: OutlineOptions) {
  const { category, score } = instance
  return {
    type: 'Feature',
    properties: { category, score, area: instanceArea(instance) },
    geometry: geometry(instance, outline),
  }
}

function geometry(instance: Instance, outline: OutlineOptions) {
  const polygons = outlines(instance, outline).map(({ outer, holes }) => [outer, ...holes].map(closedRing))
  if (polygons.length === 0) return null
  if (polygons.length === 1) return { type: 'Polygon', coordinates: polygons[0] }
  return { type: 'MultiPolygon', coordinates: polygons }
}

/** The outlines of a mask already turn the right way round. */
function closedRing(ring: Polygon): [x: number, y: number][] {
  const corners = points(ring)
  return [...corners, corners[0]]
}
