import type { Size } from '../geometry/boxes.ts'

export type SampleArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array

/** Pixels as a file stores them: row by row, channels interleaved, of any type of number. */
export interface Samples extends Size {
  readonly data: SampleArray
  readonly channels: number
  /** Whether small numbers are bright. */
  readonly isInverted?: boolean
}

/** `16 bit`, `16 bit signed`, `32 bit float`. */
export function sampleKind(data: SampleArray): string {
  const kind = data.constructor.name
  const suffix = kind.startsWith('Float') ? ' float' : kind.startsWith('Int') ? ' signed' : ''
  return `${data.BYTES_PER_ELEMENT * 8} bit${suffix}`
}

/** What black and white are where the whole of a type is used; 0 and 1 for floats. */
export function typeRange(data: SampleArray): readonly [number, number] {
  const kind = data.constructor.name
  if (kind.startsWith('Float')) return [0, 1]
  const steps = 2 ** (8 * data.BYTES_PER_ELEMENT)
  return kind.startsWith('Int') ? [-steps / 2, steps / 2 - 1] : [0, steps - 1]
}

/** One channel of each of several pictures of equal size, or several of one. */
export function joinChannels(
  parts: readonly { readonly samples: Samples; readonly channel: number }[],
): Samples {
  const [{ samples: first }] = parts
  const isWhole =
    parts.length === first.channels &&
    parts.every(({ samples, channel }, i) => samples === first && channel === i)
  if (isWhole) return first
  const { width, height, isInverted } = first
  const make = first.data.constructor as new (length: number) => SampleArray
  const data = new make(width * height * parts.length)
  parts.forEach(({ samples, channel }, at) => {
    const { data: from, channels } = samples
    for (let i = channel, to = at; to < data.length; i += channels, to += parts.length) data[to] = from[i]
  })
  return { data, width, height, channels: parts.length, isInverted }
}
