import { DataError } from '../errors.ts'

/** What the tags of one page of a TIFF file say of its pixels. */
export interface TiffPage {
  /** Counted from 0 over all pages of the file, as decoders count them. */
  readonly index: number
  /** Where in the file its tags begin. */
  readonly directoryAt: number
  readonly width: number
  readonly height: number
  readonly bitsPerSample: number
  /** 1 whole numbers, 2 signed ones, 3 floats. */
  readonly sampleFormat: number
  /** 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr, 8 Lab. */
  readonly photometric: number
  /** Where in the file that number is; its type is a short one. */
  readonly photometricAt: number
  readonly samplesPerPixel: number
  /** Of the samples beyond the colour: 1 and 2 are alpha, anything else is not said. */
  readonly extraSamples: readonly number[]
  readonly isTiled: boolean
  /** Whether the samples of a pixel lie apart, a plane a channel. */
  readonly isPlanar: boolean
  readonly description: string
  /** Pixels a unit along each axis, where the file says. */
  readonly resolution?: readonly [x: number, y: number]
  /** Of the resolution: 1 none, 2 inch, 3 centimetre. */
  readonly resolutionUnit: number
}

/** Bytes of a file from a place on; fewer at its end. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array> | Uint8Array

const MAX_PAGES = 100_000
const MAX_ENTRIES = 4096
const MAX_TEXT = 1 << 24

const TAG = {
  subfileType: 254,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  photometric: 262,
  description: 270,
  samplesPerPixel: 277,
  resolutionX: 282,
  resolutionY: 283,
  planar: 284,
  resolutionUnit: 296,
  tileWidth: 322,
  extraSamples: 338,
  sampleFormat: 339,
} as const

/** Bytes of one value of each type of number that these tags come in. */
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 16: 8 }
const RATIONAL = 5

/**
 * The pages of a TIFF or BigTIFF file, without those that are smaller copies of others (TIFF 6.0, and the BigTIFF design).
 * Throws `DataError` naming `where` for what is damaged.
 */
export async function readTiffPages(readAt: ReadAt, where: string): Promise<TiffPage[]> {
  const head = await readAt(0, 16)
  const isLittle = head[0] === 0x49
  const at = viewOf(head)
  const isBig = head.length >= 16 && at.getUint16(2, isLittle) === 43
  const format = { readAt, isLittle, isBig, where }
  const pages: TiffPage[] = []
  const seen = new Set<number>()
  let offset = head.length < 8 ? 0 : isBig ? Number(at.getBigUint64(8, isLittle)) : at.getUint32(4, isLittle)
  for (let index = 0; offset !== 0; index++) {
    if (seen.has(offset) || index >= MAX_PAGES) throw damaged(where, 'its pages lead in a circle')
    seen.add(offset)
    const { tags, next, photometricAt } = await readDirectory(format, offset)
    const page = { ...pageOf(index, tags), photometricAt, directoryAt: offset }
    const isCopy = ((tags.get(TAG.subfileType)?.[0] as number | undefined) ?? 0) & 1
    if (!isCopy || index === 0) pages.push(page)
    offset = next
  }
  if (pages.length === 0) throw damaged(where, 'it has no page')
  return pages
}

interface Format {
  readonly readAt: ReadAt
  readonly isLittle: boolean
  readonly isBig: boolean
  readonly where: string
}

type TagValue = readonly number[] | string

async function readDirectory(format: Format, offset: number) {
  const { isLittle, isBig, where } = format
  const [countBytes, entryBytes, offsetBytes] = isBig ? [8, 20, 8] : [2, 12, 4]
  const counted = await exactly(format, offset, countBytes)
  const count = isBig ? Number(counted.getBigUint64(0, isLittle)) : counted.getUint16(0, isLittle)
  if (count > MAX_ENTRIES) throw damaged(where, `a page has ${count} tags`)
  const entries = await exactly(format, offset + countBytes, count * entryBytes + offsetBytes)
  const tags = new Map<number, TagValue>()
  let photometricAt = 0
  const wanted: ReadonlySet<number> = new Set(Object.values(TAG))
  for (let i = 0; i < count; i++) {
    const tag = entries.getUint16(i * entryBytes, isLittle)
    if (tag === TAG.photometric) photometricAt = offset + countBytes + i * entryBytes + (isBig ? 12 : 8)
    if (wanted.has(tag)) {
      const value = await readValue(format, entries, i * entryBytes)
      if (value !== undefined) tags.set(tag, value)
    }
  }
  const end = count * entryBytes
  const next = isBig ? Number(entries.getBigUint64(end, isLittle)) : entries.getUint32(end, isLittle)
  return { tags, next, photometricAt }
}

async function readValue(format: Format, entries: DataView, at: number): Promise<TagValue | undefined> {
  const { isLittle, isBig } = format
  const type = entries.getUint16(at + 2, isLittle)
  const size = TYPE_BYTES[type]
  if (size === undefined) return undefined
  const count = isBig ? Number(entries.getBigUint64(at + 4, isLittle)) : entries.getUint32(at + 4, isLittle)
  const isText = type === 2
  const length = size * (isText ? Math.min(count, MAX_TEXT) : Math.min(count, 64))
  const inline = at + (isBig ? 12 : 8)
  let view = entries
  let start = inline
  if (size * count > (isBig ? 8 : 4)) {
    const offset = isBig
      ? Number(entries.getBigUint64(inline, isLittle))
      : entries.getUint32(inline, isLittle)
    view = await exactly(format, offset, length)
    start = 0
  }
  if (isText) {
    const text = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + start, length))
    return text.replace(/\0.*$/s, '')
  }
  return Array.from({ length: length / size }, (_, i) => {
    const place = start + i * size
    if (size === 1) return view.getUint8(place)
    if (size === 2) return view.getUint16(place, isLittle)
    if (type === RATIONAL) return view.getUint32(place, isLittle) / view.getUint32(place + 4, isLittle)
    return size === 4 ? view.getUint32(place, isLittle) : Number(view.getBigUint64(place, isLittle))
  })
}

function pageOf(
  index: number,
  tags: ReadonlyMap<number, TagValue>,
): Omit<TiffPage, 'photometricAt' | 'directoryAt'> {
  const numbers = (tag: number): readonly number[] => {
    const value = tags.get(tag)
    return typeof value === 'object' ? value : []
  }
  const description = tags.get(TAG.description)
  const [x] = numbers(TAG.resolutionX)
  const [y = x] = numbers(TAG.resolutionY)
  return {
    index,
    width: numbers(TAG.width)[0] ?? 0,
    height: numbers(TAG.height)[0] ?? 0,
    bitsPerSample: numbers(TAG.bitsPerSample)[0] ?? 1,
    sampleFormat: numbers(TAG.sampleFormat)[0] ?? 1,
    photometric: numbers(TAG.photometric)[0] ?? 1,
    samplesPerPixel: numbers(TAG.samplesPerPixel)[0] ?? 1,
    extraSamples: numbers(TAG.extraSamples),
    isTiled: tags.has(TAG.tileWidth),
    isPlanar: numbers(TAG.planar)[0] === 2 && (numbers(TAG.samplesPerPixel)[0] ?? 1) > 1,
    description: typeof description === 'string' ? description : '',
    ...(x > 0 && y > 0 && { resolution: [x, y] as const }),
    resolutionUnit: numbers(TAG.resolutionUnit)[0] ?? 2,
  }
}

async function exactly({ readAt, where }: Format, offset: number, length: number): Promise<DataView> {
  const bytes = await readAt(offset, length)
  if (bytes.length < length) throw damaged(where, 'it ends within its tags')
  return viewOf(bytes)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function damaged(where: string, what: string): DataError {
  return new DataError(`image is damaged or cut short: ${what}`, { where, hint: 'Copy or export it again' })
}
