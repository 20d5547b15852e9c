import { DataError } from '../../errors.ts'
import type { DataFolder } from '../format.ts'
import { placeOf } from '../json-file.ts'
import { decodeLabelPng, type LabelRaster } from './label-png.ts'

/** Endings of files that hold label maps and masks: lossless, with exact samples. */
const LABEL_ENDING = /\.(png|tiff?)$/i

export function isLabelFile(path: string): boolean {
  return LABEL_ENDING.test(path)
}

/** Exact samples of a PNG or TIFF file, told apart by content. Throws `DataError` naming the file for anything else. */
export async function readLabelRaster(source: DataFolder, path: string): Promise<LabelRaster> {
  const where = placeOf(source, path)
  const bytes = await source.readBytes(path)
  const magic = String.fromCharCode(...bytes.subarray(0, 4))
  if (magic === '\x89PNG') return decodeLabelPng(bytes, where)
  if (/^(II[*+]\0|MM\0[*+])/.test(magic)) return source.decodeTiff(bytes, where)
  const isJpeg = magic.startsWith('\xff\xd8')
  throw new DataError(isJpeg ? 'labels are compressed as JPEG, which changes them' : 'file holds no labels', {
    where,
    expected: 'a PNG or TIFF file',
    got: bytes.length === 0 ? 'an empty file' : undefined,
    hint: 'Export the labels again in a lossless format',
  })
}

/**
 * Labels of a map with one instance a number: the samples of one channel, or the indices of a palette. A grey image
 * stored as colours is one channel; alpha does not count. Throws `DataError` for colours, fractions and negative numbers.
 */
export function labelsOf(raster: LabelRaster, where: string): ArrayLike<number> {
  const { data, channels } = raster
  if (channels >= 3 && !isGrey(raster)) {
    throw new DataError('label map is a colour image', {
      where,
      expected: 'one channel of whole numbers, one number an object',
      got: `${new Set(coloursOf(raster)).size} colours`,
      hint: 'Colours do not number objects, and smooth or compressed edges add colours that belong to none. Export labels as 8 or 16 bit grey; if the colours code ids (R + 256 G + 65536 B), convert from panoptic',
    })
  }
  const labels = channels === 1 ? data : everyNth(data, channels)
  const isWhole = data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Uint32Array
  if (!isWhole) {
    for (let at = 0; at < labels.length; at++) {
      if (labels[at] >= 0 && Number.isSafeInteger(labels[at])) continue
      throw new DataError('label map holds something else than labels', {
        where,
        expected: 'whole numbers, 0 for the background',
        got: `${labels[at]}`,
      })
    }
  }
  return labels
}

/**
 * The mask of one object: 1 where the image is not black and not transparent. Throws `DataError` for an image of more
 * than two values.
 */
export function foregroundOf(raster: LabelRaster, where: string): Uint8Array {
  const colours = colourValues(raster)
  const opaque = alphaOf(raster)
  const mask = new Uint8Array(raster.width * raster.height)
  let foreground = 0
  for (let at = 0; at < mask.length; at++) {
    const value = opaque && opaque[at] === 0 ? 0 : colours[at]
    if (value === 0) continue
    if (foreground !== 0 && value !== foreground) throw severalValues(where)
    foreground = value
    mask[at] = 1
  }
  return mask
}

function severalValues(where: string): DataError {
  return new DataError('mask has more than two values', {
    where,
    expected: 'black outside the object and one other value inside',
    got: 'several values besides black',
    hint: 'An image with one number an object is a label map; smooth edges have to be made hard first',
  })
}

/** R + 256 G + 65536 B of each pixel: ids of panoptic segments. Throws `DataError` for other than 8-bit colours. */
export function colourIdsOf(raster: LabelRaster, where: string): ArrayLike<number> {
  if ((raster.channels >= 3 && raster.data instanceof Uint8Array) || raster.palette) return coloursOf(raster)
  throw new DataError('segments are not coded as colours', {
    where,
    expected: 'an RGB image of 8 bits a channel, id = R + 256 G + 65536 B',
    got: `${raster.channels} channel${raster.channels > 1 ? 's' : ''}`,
  })
}

/** One number a pixel of a colour or palette image: R + 256 G + 65536 B for 8 bits a channel. Alpha does not count. */
function coloursOf({ data, channels, palette, width, height }: LabelRaster): Uint32Array | Float64Array {
  if (palette) {
    const table = palette.map(([r, g, b]) => r + 256 * g + 65536 * b)
    return Uint32Array.from(data, (index) => table[index])
  }
  const isByte = data instanceof Uint8Array
  const step = isByte ? 2 ** 8 : 2 ** 16
  const colours = new (isByte ? Uint32Array : Float64Array)(width * height)
  for (let at = 0, from = 0; at < colours.length; at++, from += channels) {
    colours[at] = data[from] + step * data[from + 1] + step * step * data[from + 2]
  }
  return colours
}

/** One number a pixel that tells colours apart; 0 is black. */
function colourValues(raster: LabelRaster): ArrayLike<number> {
  if (raster.channels >= 3 || raster.palette) return coloursOf(raster)
  return raster.channels === 1 ? raster.data : everyNth(raster.data, raster.channels)
}

/** Opacity of each pixel; undefined where all are opaque. */
function alphaOf({ data, channels, palette }: LabelRaster): ArrayLike<number> | undefined {
  if (palette) {
    if (palette.every((colour) => (colour[3] ?? 255) === 255)) return undefined
    return Uint8Array.from(data, (index) => palette[index][3] ?? 255)
  }
  return channels === 2 || channels === 4 ? everyNth(data, channels, channels - 1) : undefined
}

function everyNth(data: ArrayLike<number>, step: number, offset = 0): Float64Array {
  const chosen = new Float64Array(data.length / step)
  for (let at = 0; at < chosen.length; at++) chosen[at] = data[at * step + offset]
  return chosen
}

/** Whether red, green and blue are the same everywhere. */
function isGrey({ data, channels }: LabelRaster): boolean {
  for (let at = 0; at < data.length; at += channels) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false
  }
  return true
}
