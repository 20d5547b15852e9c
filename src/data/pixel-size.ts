import { DataError } from '../errors.ts'

/** Micrometres of each unit, as people and OME write them. */
const MICROMETRES: Readonly<Record<string, number>> = { nm: 1e-3, um: 1, µm: 1, μm: 1, mm: 1e3, cm: 1e4 }

/** Micrometres of `0.5um`. Throws `DataError` for anything else. */
export function parsePixelSize(text: string): number {
  const [, number, unit] = /^\s*([\d.]+(?:e-?\d+)?)\s*([a-zµμ]+)\s*$/i.exec(text) ?? []
  const size = Number(number) * (MICROMETRES[unit ?? ''] ?? Number.NaN)
  if (size > 0 && size < Number.POSITIVE_INFINITY) return size
  throw new DataError('not the size of a pixel', {
    expected: 'a length such as 0.5um, 320nm or 0.01mm',
    got: text,
  })
}

/** Micrometres a pixel by the OME-XML in a TIFF's description; undefined where it says none, or pixels that are not square. */
export function omePixelSize(description: string): number | undefined {
  const pixels = /<(?:\w+:)?Pixels\s[^>]*>/.exec(description)?.[0]
  if (!pixels) return undefined
  const along = (axis: 'X' | 'Y') => {
    const size = Number(new RegExp(`\\sPhysicalSize${axis}="([^"]+)"`).exec(pixels)?.[1])
    const unit = new RegExp(`\\sPhysicalSize${axis}Unit="([^"]+)"`).exec(pixels)?.[1] ?? 'µm'
    return size * (MICROMETRES[unit.replace('&#181;', 'µ')] ?? Number.NaN)
  }
  const [x, y] = [along('X'), along('Y')]
  return x > 0 && Math.abs(x - y) <= 0.001 * x ? x : undefined
}
