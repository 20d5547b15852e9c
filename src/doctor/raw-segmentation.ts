import { DataError } from '../errors.ts'
import { describe, isCoordinate, type JsonObject } from '../formats/json-fields.ts'
import type { Polygon } from '../geometry/polygon.ts'
import { checkRle, decodeCounts, type Rle } from '../geometry/rle.ts'

/** What stands under `segmentation`, as far as it can be read. */
export type RawSegmentation =
  /** Missing, null or an empty list. */
  | { readonly kind: 'none' }
  /** Coordinates within `FARTHEST` in pairs; rings may have fewer than three points. */
  | { readonly kind: 'polygons'; readonly rings: readonly Polygon[] }
  /** Whole in itself; its size may differ from the image's. */
  | { readonly kind: 'mask'; readonly rle: Rle }
  | {
      readonly kind: 'malformed'
      readonly form: 'polygons' | 'mask' | 'unknown'
      readonly problem: string
      /** The ring, where all that is wrong is that it is not in a list of rings. */
      readonly flatRing?: Polygon
    }

/** Reads a segmentation; never throws. */
export function readSegmentation(value: unknown): RawSegmentation {
  if (value === undefined || value === null) return { kind: 'none' }
  if (Array.isArray(value)) return value.length === 0 ? { kind: 'none' } : readRings(value)
  if (typeof value === 'object') return readMask(value as JsonObject)
  return { kind: 'malformed', form: 'unknown', problem: `is ${describe(value)}` }
}

function readRings(rings: readonly unknown[]): RawSegmentation {
  const malformed = (problem: string, flatRing?: Polygon): RawSegmentation => ({
    kind: 'malformed',
    form: 'polygons',
    problem,
    flatRing,
  })
  if (rings.every((number) => typeof number === 'number')) {
    const isRing = rings.length % 2 === 0 && rings.length >= 6 && rings.every(isCoordinate)
    return malformed('is one list of numbers, not a list of polygons', isRing ? rings : undefined)
  }
  for (const [i, ring] of rings.entries()) {
    if (!Array.isArray(ring)) return malformed(`polygon ${i} is ${describe(ring)}`)
    const wrong = ring.find((coordinate) => !isCoordinate(coordinate))
    if (wrong !== undefined || ring.includes(undefined)) {
      return malformed(
        `polygon ${i} has the coordinate ${typeof wrong === 'number' ? wrong : describe(wrong)}`,
      )
    }
    if (ring.length % 2 === 1) return malformed(`polygon ${i} has ${ring.length} numbers, an odd count`)
  }
  return { kind: 'polygons', rings: rings as Polygon[] }
}

function readMask({ size, counts }: JsonObject): RawSegmentation {
  const malformed = (problem: string): RawSegmentation => ({ kind: 'malformed', form: 'mask', problem })
  const isSize =
    Array.isArray(size) && size.length === 2 && size.every((side) => Number.isSafeInteger(side) && side >= 0)
  if (!isSize) return malformed(`has the size ${describe(size)}`)
  if (typeof counts !== 'string' && !(Array.isArray(counts) && counts.every(Number.isFinite))) {
    return malformed(`has the counts ${describe(counts)}`)
  }
  try {
    const [height, width] = size as [number, number]
    const rle = {
      size: [height, width] as const,
      counts: typeof counts === 'string' ? decodeCounts(counts) : counts,
    }
    checkRle(rle)
    return { kind: 'mask', rle }
  } catch (error) {
    if (error instanceof DataError) return malformed(error.message)
    throw error
  }
}
