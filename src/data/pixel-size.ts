import { DataError } from '../errors.ts'
import type { TiffPage } from './tiff-pages.ts'

/** Micrometres of each unit, as people, OME and ImageJ write them. */
const MICROMETRES: Readonly<Record<string, number>> = {
  nm: 1e-3,
  um: 1,
  µm: 1,
  mm: 1e3,
  cm: 1e4,
  micron: 1,
  microns: 1,
  micrometer: 1,
  micrometre: 1,
}

/** Micrometres of `0.5um`. Throws `DataError` for anything else. */
export function parsePixelSize(text: string): number {
  const [, number, unit] = /^\s*([\d.]+(?:e-?\d+)?)\s*([a-z\u00b5\u03bc]+)\s*$/i.exec(text) ?? []
  const size = Number(number) * micrometresOf(unit ?? '')
  if (size > 0 && size < Number.POSITIVE_INFINITY) return size
  throw new DataError('not the size of a pixel', {
    expected: 'a length such as 0.5um, 320nm or 0.01mm',
    got: text,
  })
}

/** What is known of the side of a pixel. */
export interface PixelSize {
  /** Absent where it is not known, or not believed. */
  readonly micrometres?: number
  /** Who says so: `OME-XML`; without micrometres why there are none: `its resolution of 72 dpi is ...`. */
  readonly source: string
}

/** Micrometres of an inch and of a centimetre, by `resolutionUnit` of TIFF files. */
const RESOLUTION_UNITS: Readonly<Record<number, number>> = { 2: 25_400, 3: 10_000 }
/** Pixels this large and larger are those of screens, print and defaults: 1200 dpi. */
const COARSE = 25_400 / 1200
/** Sides of a pixel that differ by no more than this part of them are equal. */
const SQUARE = 0.001

/**
 * The size of a pixel by a TIFF file: its OME-XML, ImageJ's description with the resolution, or the resolution alone. That one
 * is believed above 1200 dpi only, since cameras and editors write one for screens and print without having measured anything.
 * @param first page of the file, which describes all
 * @param page that is measured
 * @returns undefined where the file says nothing
 */
export function tiffPixelSize(first: TiffPage, page: TiffPage): PixelSize | undefined {
  return omePixelSize(first.description) ?? imageJPixelSize(first) ?? resolutionPixelSize(page)
}

/** By the OME-XML in a description; a side without a unit is in micrometres, as OME's schema has it. */
function omePixelSize(description: string): PixelSize | undefined {
  const pixels = /<(?:\w+:)?Pixels\s[^>]*>/.exec(description)?.[0]
  const along = (axis: 'X' | 'Y') => {
    const size = Number(new RegExp(`\\sPhysicalSize${axis}="([^"]+)"`).exec(pixels ?? '')?.[1])
    const unit = new RegExp(`\\sPhysicalSize${axis}Unit="([^"]+)"`).exec(pixels ?? '')?.[1] ?? 'µm'
    return size * micrometresOf(unit.replace('&#181;', 'µ'))
  }
  return squareSize([along('X'), along('Y')], 'OME-XML')
}

/** By the unit in ImageJ's description and the resolution, which is in that unit. `spacing` there is the distance of slices. */
function imageJPixelSize({ description, resolution }: TiffPage): PixelSize | undefined {
  if (!description.startsWith('ImageJ=') || !resolution) return undefined
  const lines = new Map(description.split('\n').map((line) => line.trim().split('=', 2) as [string, string]))
  const unit = lines.get('unit')
  if (unit === undefined) return undefined
  const [x, y] = [unit, lines.get('yunit') ?? unit].map(micrometresOf)
  return squareSize([x / resolution[0], y / resolution[1]], 'ImageJ')
}

function resolutionPixelSize({ resolution, resolutionUnit }: TiffPage): PixelSize | undefined {
  const unit = RESOLUTION_UNITS[resolutionUnit]
  if (!unit || !resolution) return undefined
  const size = squareSize([unit / resolution[0], unit / resolution[1]], 'TIFF resolution')
  if (size?.micrometres === undefined || size.micrometres < COARSE) return size
  const dpi = Number((25_400 / size.micrometres).toPrecision(4))
  const taken = Number(size.micrometres.toPrecision(5))
  return {
    source: `its resolution of ${dpi} dpi is one for screens and print; --pixel-size ${taken}um takes it all the same`,
  }
}

function squareSize([x, y]: readonly [number, number], source: string): PixelSize | undefined {
  if (!(x > 0 && y > 0 && x < Number.POSITIVE_INFINITY && y < Number.POSITIVE_INFINITY)) return undefined
  if (Math.abs(x - y) <= SQUARE * x) return { micrometres: x, source }
  const [wide, high] = [x, y].map((side) => Number(side.toPrecision(5)))
  return { source: `its pixels are ${wide} x ${high} um by its ${source}, not square` }
}

/** NaN for what is no unit of length. */
function micrometresOf(unit: string): number {
  const plain = unit.trim().replace(/\\u00b5|\u03bc/i, 'µ')
  return MICROMETRES[plain] ?? MICROMETRES[plain.toLowerCase()] ?? Number.NaN
}
