/** Plain TIFF files put together by hand: little endian, one strip a page. */

type PageSamples = Uint8Array | Uint16Array | Int16Array | Float32Array | Float64Array

export interface TiffPageOptions {
  readonly data: PageSamples
  readonly width: number
  readonly height: number
  /** Interleaved. Default 1. */
  readonly channels?: number
  /** Plane after plane instead. */
  readonly isPlanar?: boolean
  /** 0 white is zero, 1 black is zero, 2 RGB. Default 1. */
  readonly photometric?: number
  /** 0 unspecified, 1 and 2 alpha. */
  readonly extraSamples?: readonly number[]
  readonly description?: string
  /** 1 for a smaller copy of another page. */
  readonly subfileType?: number
  /** Pixels a unit along x and y, in thousandths at most. */
  readonly resolution?: readonly [x: number, y: number]
  /** 1 none, 2 inch, 3 centimetre. */
  readonly resolutionUnit?: number
}

const [SHORT, LONG, ASCII, RATIONAL] = [3, 4, 2, 5]

type Entry = [tag: number, type: number, values: readonly number[]]

export function tiffFile(...pages: readonly TiffPageOptions[]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0)]
  let offset = 8
  pages.forEach((page, i) => {
    const part = encodePage(page, offset, i === pages.length - 1)
    parts.push(part)
    offset += part.length
  })
  return Uint8Array.from(Buffer.concat(parts))
}

/** A directory, what its entries refer to, and the samples. */
function encodePage(
  {
    data,
    width,
    height,
    channels = 1,
    isPlanar = false,
    photometric = 1,
    extraSamples = [],
    description,
    subfileType = 0,
    resolution,
    resolutionUnit,
  }: TiffPageOptions,
  start: number,
  isLast: boolean,
): Uint8Array {
  const kind = data.constructor.name
  const format = kind.startsWith('Float') ? 3 : kind.startsWith('Int') ? 2 : 1
  const strips = isPlanar ? channels : 1
  const stripBytes = data.byteLength / strips
  const text = description === undefined ? undefined : [...Buffer.from(`${description}\0`)]
  // Numerators; all denominators are 1000.
  const resolutions = (resolution ?? []).map(
    (value, i): Entry => [282 + i, RATIONAL, [Math.round(value * 1000)]],
  )
  const entries: Entry[] = [
    [254, LONG, [subfileType]],
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, new Array(channels).fill(data.BYTES_PER_ELEMENT * 8)],
    [259, SHORT, [1]],
    [262, SHORT, [photometric]],
    ...(text ? [[270, ASCII, text] as Entry] : []),
    [273, LONG, new Array(strips).fill(0)],
    [277, SHORT, [channels]],
    [278, LONG, [height]],
    [279, LONG, new Array(strips).fill(stripBytes)],
    ...resolutions,
    [284, SHORT, [isPlanar ? 2 : 1]],
    ...(resolutionUnit ? [[296, SHORT, [resolutionUnit]] as Entry] : []),
    ...(extraSamples.length > 0 ? [[338, SHORT, extraSamples] as Entry] : []),
    [339, SHORT, new Array(channels).fill(format)],
  ]
  const size = { [SHORT]: 2, [LONG]: 4, [ASCII]: 1, [RATIONAL]: 8 }
  const directory = Buffer.alloc(2 + 12 * entries.length + 4)
  const outside: Buffer[] = []
  let end = start + directory.length
  const place = (bytes: Buffer) => {
    const at = end
    const padded = Buffer.concat([bytes, Buffer.alloc(bytes.length % 8 === 0 ? 0 : 8 - (bytes.length % 8))])
    outside.push(padded)
    end += padded.length
    return at
  }
  const samples = place(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
  directory.writeUInt16LE(entries.length, 0)
  entries.forEach(([tag, type, values], i) => {
    const at = 2 + 12 * i
    directory.writeUInt16LE(tag, at)
    directory.writeUInt16LE(type, at + 2)
    directory.writeUInt32LE(values.length, at + 4)
    const bytes = Buffer.alloc(values.length * size[type])
    const stated = tag === 273 ? values.map((_, j) => samples + j * stripBytes) : values
    for (const [j, value] of stated.entries())
      bytes.writeUIntLE(value, j * size[type], Math.min(4, size[type]))
    if (type === RATIONAL) bytes.writeUInt32LE(1000, 4)
    if (bytes.length <= 4) bytes.copy(directory, at + 8)
    else directory.writeUInt32LE(place(bytes), at + 8)
  })
  directory.writeUInt32LE(isLast ? 0 : end, directory.length - 4)
  return Buffer.concat([directory, ...outside])
}
