import type { Samples } from '../data/samples.ts'
import { extentOf, type PlacedMask } from '../geometry/placed-mask.ts'
import { regionMeasures } from '../geometry/region-measures.ts'
import { columnsOf } from '../geometry/rle-columns.ts'
import type { Instance } from './instance.ts'

/** What is measured of one object; lengths in pixels, and in micrometres where the size of a pixel is known. */
export interface Measurements {
  readonly centroid: readonly [x: number, y: number]
  /** Of the centres of border pixels, weighted as scikit-image does with four neighbours. */
  readonly perimeter: number
  /** Axes of the ellipse of equal second moments. */
  readonly major_axis: number
  readonly minor_axis: number
  /** Degrees from the x axis to the major axis, counter-clockwise as seen, above -90 to 90. */
  readonly orientation: number
  readonly eccentricity: number
  /** 4 pi area / perimeter squared; null where the perimeter is 0. */
  readonly circularity: number | null
  /** Area over that of the convex hull, as scikit-image has it. */
  readonly solidity: number
  /** Of the numbers that the file stores; of colours their mean. Absent, as those that follow, where they are not at hand. */
  readonly mean?: number
  readonly min?: number
  readonly max?: number
  /** Standard deviation, over the count. */
  readonly sd?: number
  readonly area_um2?: number
  readonly perimeter_um?: number
  readonly major_axis_um?: number
  readonly minor_axis_um?: number
}

/** Measures an object; undefined where it has no mask or an empty one. Without `samples` it is its shape alone. `pixelSize` is in micrometres. */
export function measure(
  { mask }: Instance,
  samples: Samples | undefined,
  pixelSize: number | undefined,
): Measurements | undefined {
  const placed = mask?.toPlaced()
  const shape = placed && regionMeasures(placed.rle)
  if (!placed || !shape) return undefined
  const [left, top] = extentOf(placed)
  const {
    area,
    perimeter,
    majorAxis,
    minorAxis,
    orientation,
    eccentricity,
    circularity = null,
    solidity,
  } = shape
  const inMicrometres = (size: number) => ({
    area_um2: area * size * size,
    perimeter_um: perimeter * size,
    major_axis_um: majorAxis * size,
    minor_axis_um: minorAxis * size,
  })
  return {
    centroid: [shape.centroid[0] + left, shape.centroid[1] + top],
    ...{
      perimeter,
      major_axis: majorAxis,
      minor_axis: minorAxis,
      orientation,
      eccentricity,
      circularity,
      solidity,
    },
    ...(samples && intensities(placed, samples)),
    ...(pixelSize !== undefined && inMicrometres(pixelSize)),
  }
}

function intensities({ left, top, rle }: PlacedMask, { data, width, channels }: Samples) {
  const { starts, rows } = columnsOf(rle)
  const values: number[] = []
  for (let x = 0; x + 1 < starts.length; x++) {
    for (let i = starts[x]; i < starts[x + 1]; i++) {
      for (let y = rows[2 * i]; y < rows[2 * i + 1]; y++) {
        const at = ((top + y) * width + left + x) * channels
        let sum = 0
        for (let c = 0; c < channels; c++) sum += data[at + c]
        values.push(sum / channels)
      }
    }
  }
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    mean,
    min: values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    max: values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
    sd: Math.sqrt(squares / values.length),
  }
}
