import { zlibSync } from 'fflate'
import type { Size } from '../../geometry/boxes.ts'

/** Pixels of a strip, compressed on its own. */
const STRIP_PIXELS = 2 ** 20
const SHORT = 3
const LONG = 4

/** A TIFF file of 32-bit whole numbers, one a pixel, row by row, in strips compressed with deflate (TIFF 6.0 and its supplement). */
export function encodeLabelTiff(data: Uint32Array, { height, width }: Size): Uint8Array {
  const rows = Math.max(1, Math.floor(STRIP_PIXELS / width))
  const strips: Uint8Array[] = []
  for (let top = 0; top < height; top += rows) {
    const part = data.subarray(top * width, Math.min(height, top + rows) * width)
    const bytes = new DataView(new ArrayBuffer(part.length * 4))
    for (let i = 0; i < part.length; i++) bytes.setUint32(4 * i, part[i], true)
    strips.push(zlibSync(new Uint8Array(bytes.buffer)))
  }
  const lengths = strips.map(({ length }) => length)
  const HEADER = 8
  let end = HEADER
  const offsets = lengths.map((length) => {
    const start = end
    end += length
    return start
  })
  const tags: readonly [tag: number, type: number, values: readonly number[]][] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, [32]],
    [259, SHORT, [8]],
    [262, SHORT, [1]],
    [273, LONG, offsets],
    [277, SHORT, [1]],
    [278, LONG, [rows]],
    [279, LONG, lengths],
    [339, SHORT, [1]],
  ]
  const directory = end + (end % 2)
  const lists = directory + 2 + 12 * tags.length + 4
  const longest = tags.filter(([, , values]) => values.length > 1)
  const total = lists + longest.reduce((sum, [, , values]) => sum + 4 * values.length, 0)
  const file = new Uint8Array(total)
  const view = new DataView(file.buffer)
  file.set([0x49, 0x49, 42, 0])
  view.setUint32(4, directory, true)
  for (const [i, strip] of strips.entries()) file.set(strip, offsets[i])
  view.setUint16(directory, tags.length, true)
  let list = lists
  tags.forEach(([tag, type, values], i) => {
    const at = directory + 2 + 12 * i
    view.setUint16(at, tag, true)
    view.setUint16(at + 2, type, true)
    view.setUint32(at + 4, values.length, true)
    if (values.length === 1) {
      if (type === SHORT) view.setUint16(at + 8, values[0], true)
      else view.setUint32(at + 8, values[0], true)
      return
    }
    view.setUint32(at + 8, list, true)
    for (const value of values) {
      view.setUint32(list, value, true)
      list += 4
    }
  })
  return file
}
