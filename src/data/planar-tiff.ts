import type { TiffPage } from './tiff-pages.ts'

/** Tags of a page that hold for each of its planes as well: sides, compression, order of bits, orientation, rows and tiles, tables. */
const KEPT: ReadonlySet<number> = new Set([256, 257, 259, 262, 266, 274, 278, 317, 322, 323, 347])
/** Tags that say one number of each channel: bits a sample, and its format. */
const OF_CHANNEL: ReadonlySet<number> = new Set([258, 339])
/** Tags that list strips or tiles, those of one plane after those of the other: where they are, and their bytes. */
const OF_STRIPS: ReadonlySet<number> = new Set([273, 279, 324, 325])
const PHOTOMETRIC = 262
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 7: 1, 16: 8 }

/**
 * A page whose channels lie apart (PlanarConfiguration 2) as a file with a grey page for each channel: new directories after
 * the old bytes point at the strips or tiles of one plane. Where zero is white it stays so.
 */
export function planesAsPages(tiff: Uint8Array, page: TiffPage): Uint8Array {
  const isLittle = tiff[0] === 0x49
  const old = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const isBig = old.getUint16(2, isLittle) === 43
  const [countBytes, entryBytes, fieldBytes] = isBig ? [8, 20, 8] : [2, 12, 4]
  const readField = (at: number) =>
    isBig ? Number(old.getBigUint64(at, isLittle)) : old.getUint32(at, isLittle)
  const count = isBig ? readField(page.directoryAt) : old.getUint16(page.directoryAt, isLittle)
  const entries = Array.from({ length: count }, (_, i) => page.directoryAt + countBytes + i * entryBytes)
  const kept = entries.filter((at) => {
    const tag = old.getUint16(at, isLittle)
    return KEPT.has(tag) || OF_CHANNEL.has(tag) || OF_STRIPS.has(tag)
  })
  const directoryBytes = countBytes + kept.length * entryBytes + fieldBytes
  // Directories begin at even bytes.
  const start = tiff.length + (tiff.length % 2)
  const stride = directoryBytes + (directoryBytes % 2)
  const unfolded = new Uint8Array(start + stride * page.samplesPerPixel)
  unfolded.set(tiff)
  const view = new DataView(unfolded.buffer)
  const writeField = (at: number, value: number) =>
    isBig ? view.setBigUint64(at, BigInt(value), isLittle) : view.setUint32(at, value, isLittle)

  const writeEntry = (from: number, to: number, channel: number) => {
    const tag = old.getUint16(from, isLittle)
    unfolded.copyWithin(to, from, from + entryBytes)
    const valueAt = entryBytes - fieldBytes
    if (tag === PHOTOMETRIC && page.photometric !== 0) view.setUint16(to + valueAt, 1, isLittle)
    if (KEPT.has(tag)) return
    const stated = readField(from + 4)
    const first = OF_CHANNEL.has(tag) ? 0 : Math.floor(stated / page.samplesPerPixel) * channel
    const length = OF_CHANNEL.has(tag) ? 1 : Math.floor(stated / page.samplesPerPixel)
    const size = TYPE_BYTES[old.getUint16(from + 2, isLittle)] ?? 1
    const valuesAt = (stated * size > fieldBytes ? readField(from + valueAt) : from + valueAt) + first * size
    writeField(to + 4, length)
    writeField(to + valueAt, 0)
    if (length * size > fieldBytes) writeField(to + valueAt, valuesAt)
    else unfolded.set(tiff.subarray(valuesAt, valuesAt + length * size), to + valueAt)
  }

  for (let channel = 0; channel < page.samplesPerPixel; channel++) {
    const at = start + channel * stride
    if (isBig) writeField(at, kept.length)
    else view.setUint16(at, kept.length, isLittle)
    for (const [i, from] of kept.entries()) writeEntry(from, at + countBytes + i * entryBytes, channel)
    const isLast = channel === page.samplesPerPixel - 1
    writeField(at + directoryBytes - fieldBytes, isLast ? 0 : at + stride)
  }
  writeField(isBig ? 8 : 4, start)
  return unfolded
}
