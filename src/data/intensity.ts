import { eightBitSteps } from './eight-bit-steps.ts'
import type { Intensity } from './image-reading.ts'
import type { ShownDepth } from './picture.ts'
import { type SampleArray, type Samples, sampleKind, typeRange } from './samples.ts'

/** Which value becomes black and which white. The first may be the larger: then the picture is shown inverted. */
export type Range = readonly [from: number, to: number]

/** Blocks of 2 x 2 pixels that may be darker or brighter than the range: what is smaller than that is no object. */
const IGNORED_BLOCKS = 4
/** The brightest value of an 8-bit picture that is called very dark. */
const DARK = 31

/**
 * The range of values that is shown from black to white, one for all channels, so that colours stay. Undefined where
 * samples are shown as they are: 8 bits, unless the range is given. `auto` is, for a picture of 8 bits in a wider type, what
 * those 8 bits were, and otherwise the darkest to the brightest that is larger than a few pixels (hot and dead pixels do not
 * count, nor values that are no numbers).
 */
export function intensityRange(samples: Samples, intensity: Intensity = 'auto'): Range | undefined {
  const range = upwardRange(samples, intensity)
  return range && samples.isInverted ? [range[1], range[0]] : range
}

function upwardRange(samples: Samples, intensity: Intensity): Range | undefined {
  if (intensity !== 'auto' && intensity !== 'full') return intensity
  if (samples.data instanceof Uint8Array) return undefined
  if (intensity === 'full') return typeRange(samples.data)
  return eightBitSteps(samples.data) ?? extentOf(samples)
}

/** How samples were shown by a range; undefined for 8 bits as they are. */
export function shownDepth({ data }: Samples, range: Range | undefined): ShownDepth | undefined {
  return range && { kind: sampleKind(data), black: range[0], white: range[1] }
}

/** RGB bytes of samples of one channel (grey) or three; without a range they are bytes already. */
export function shownRgb({ data, channels }: Samples, range: Range | undefined): Uint8Array {
  const bytes = range ? toBytes(data, range) : (data as Uint8Array)
  return channels === 1 ? greyToRgb(bytes) : bytes
}

/** What there is to tell of how samples are shown, or would be better shown; undefined for ordinary pictures of 8 bits. */
export function shownNote({ data }: Samples, range: Range | undefined): string | undefined {
  return range ? rangeNote(data, range) : darkNote(data as Uint8Array)
}

function greyToRgb(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3)
  for (let i = 0, to = 0; i < grey.length; i++) {
    rgb[to++] = grey[i]
    rgb[to++] = grey[i]
    rgb[to++] = grey[i]
  }
  return rgb
}

/** Bytes of the samples, `from` becoming 0 and `to` 255, rounded; what lies outside is black or white, NaN black. */
function toBytes(data: SampleArray, [from, to]: Range): Uint8Array {
  const span = to - from
  const byteOf = (value: number) => Math.min(255, Math.max(0, Math.round(((value - from) * 255) / span))) || 0
  const bytes = new Uint8Array(data.length)
  if (data instanceof Uint8Array || data instanceof Uint16Array) {
    const table = new Uint8Array(256 ** data.BYTES_PER_ELEMENT)
    for (let value = 0; value < table.length; value++) table[value] = byteOf(value)
    for (let i = 0; i < data.length; i++) bytes[i] = table[data[i]]
  } else for (let i = 0; i < data.length; i++) bytes[i] = byteOf(data[i])
  return bytes
}

/** `16 bit, 102 to 4075 shown as black to white`; of a picture that shows nothing, that. */
function rangeNote(data: SampleArray, [from, to]: Range): string {
  const shown = (value: number) => `${Number(value.toPrecision(6))}`
  const value = data.find(Number.isFinite)
  if (value === undefined) return `${sampleKind(data)}, no value is a finite number`
  const isPlain = data.every((other) => other === value || !Number.isFinite(other))
  if (isPlain) return `${sampleKind(data)}, all of it is ${shown(value)}`
  return `${sampleKind(data)}, ${shown(from)} to ${shown(to)} shown as black to white`
}

/** What to say of a picture of 8 bits that is nearly black, which is shown as it is. */
function darkNote(data: Uint8Array): string | undefined {
  let brightest = 0
  for (let i = 0; i < data.length; i++) {
    // The first bright value of an ordinary picture answers it.
    if (data[i] > DARK) return undefined
    if (data[i] > brightest) brightest = data[i]
  }
  if (brightest === 0) return 'all of it is black'
  return `very dark: no value is above ${brightest} of 255; --intensity 0:${brightest} brightens it`
}

/** Darkest and brightest of what covers more than a few blocks of 2 x 2 pixels. */
function extentOf({ data, width, height, channels }: Samples): Range {
  const [darkest, brightest] = [new Extremes(-1), new Extremes(1)]
  const row = width * channels
  const [right, down] = [width > 1 ? channels : 0, height > 1 ? row : 0]
  const [columns, rows] = [Math.max(1, width - 1) * channels, Math.max(1, height - 1)]
  for (let y = 0; y < rows; y++) {
    for (let i = y * row, end = i + columns; i < end; i++) {
      // Of a NaN among the four both become NaN, and of an infinity one becomes infinite: neither is kept.
      const low = Math.max(data[i], data[i + right], data[i + down], data[i + right + down])
      const high = Math.min(data[i], data[i + right], data[i + down], data[i + right + down])
      if (low < darkest.bound && low > Number.NEGATIVE_INFINITY) darkest.add(low)
      if (high > brightest.bound && high < Number.POSITIVE_INFINITY) brightest.add(high)
    }
  }
  const [from, to] = [darkest.last(), brightest.last()]
  return from < to ? [from, to] : plainExtentOf(data)
}

/** Of pictures that have no areas. */
function plainExtentOf(data: SampleArray): Range {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of data) {
    if (!Number.isFinite(value)) continue
    if (value < from) from = value
    if (value > to) to = value
  }
  if (from < to) return [from, to]
  return from === to ? [from, from + 1] : [0, 1]
}

/** The few largest of many numbers (`sign` 1), or the smallest (-1). */
class Extremes {
  readonly #sign: 1 | -1
  readonly #kept: number[] = []
  /** What a number must go beyond to be kept. */
  bound: number

  constructor(sign: 1 | -1) {
    this.#sign = sign
    this.bound = -sign * Number.POSITIVE_INFINITY
  }

  add(value: number): void {
    this.#kept.push(value)
    this.#kept.sort((a, b) => this.#sign * (b - a))
    if (this.#kept.length > IGNORED_BLOCKS + 1) this.#kept.pop()
    if (this.#kept.length > IGNORED_BLOCKS) this.bound = this.last()
  }

  last(): number {
    return this.#kept.at(-1) ?? Number.NaN
  }
}
