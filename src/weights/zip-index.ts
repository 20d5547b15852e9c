/**
 * The index of a zip file (PKWARE's APPNOTE, with zip64), whose entries are then read by ranges: those of PyTorch's files are stored
 * as they are, and may be larger than memory.
 */
import { WeightError } from '../errors.ts'
import { type ByteSource, readRange } from './byte-source.ts'

export interface ZipEntry {
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** Where its own header lies in the file; its bytes follow. */
  readonly headerAt: number
  /** 0 for an entry that is stored as it is. */
  readonly method: number
  readonly isEncrypted: boolean
}

const END = { signature: 0x06054b50, bytes: 22 }
const END64 = { signature: 0x06064b50, bytes: 56 }
const LOCATOR64 = { signature: 0x07064b50, bytes: 20 }
const ENTRY = { signature: 0x02014b50, bytes: 46 }
const HEADER = { signature: 0x04034b50, bytes: 30 }
const LONGEST_COMMENT = 0xffff
/** A number that is elsewhere, for it is too large. */
const [ELSEWHERE, ELSEWHERE_COUNT] = [0xffffffff, 0xffff]
const ZIP64_FIELD = 1
const ENCRYPTED = 1
const MOST_INDEX_BYTES = 1 << 26
const COPY_AGAIN = 'Copy or download it again'

/** The entries of a zip file by name. Throws `WeightError` for a file that is damaged. */
export async function readZipIndex(source: ByteSource): Promise<Map<string, ZipEntry>> {
  const { at, bytes, count } = await indexPlace(source)
  if (bytes > MOST_INDEX_BYTES) throw damaged(source, 'its index is too large', `${bytes} bytes`)
  const index = viewOf(await readRange(source, at, bytes))
  const entries = new Map<string, ZipEntry>()
  let place = 0
  for (let i = 0; i < count; i++) {
    if (place + ENTRY.bytes > bytes || index.getUint32(place, true) !== ENTRY.signature)
      throw damaged(source, 'its index ends before its last entry', `${i} of ${count} entries`)
    const length = (offset: number) => index.getUint16(place + offset, true)
    const [nameBytes, extraBytes, commentBytes] = [length(28), length(30), length(32)]
    const next = place + ENTRY.bytes + nameBytes + extraBytes + commentBytes
    if (next > bytes) throw damaged(source, 'its index ends within an entry', `${i} of ${count} entries`)
    const name = textOf(index, place + ENTRY.bytes, nameBytes)
    const sizes = longSizes(index, place, place + ENTRY.bytes + nameBytes, extraBytes)
    if (!sizes) throw damaged(source, 'sizes of an entry are missing', name)
    if (entries.has(name)) throw damaged(source, 'two entries have one name', name)
    const { packed, size, headerAt } = sizes
    if (length(10) === 0 && packed !== size)
      throw damaged(source, 'an entry has two sizes', `${name}: ${packed} and ${size} bytes`)
    entries.set(name, {
      name,
      size,
      headerAt,
      method: length(10),
      isEncrypted: (length(8) & ENCRYPTED) !== 0,
    })
    place = next
  }
  return entries
}

/** Throws `WeightError` for an entry that is not stored as it is, or that reaches beyond the file. */
export function requireStored(
  source: ByteSource,
  { name, size, headerAt, method, isEncrypted }: ZipEntry,
): void {
  const where = `${source.name}: ${name}`
  if (isEncrypted) throw new WeightError('an entry of the zip file is encrypted', { where })
  if (method !== 0) {
    throw new WeightError('an entry of the zip file is compressed', {
      where,
      expected: 'entries that are stored as they are, as torch.save writes them',
      got: `compression method ${method}`,
      hint: 'Unpack it and pack it again without compression (zip -0), or save it again with torch.save',
    })
  }
  if (headerAt + HEADER.bytes + size > source.size) {
    throw damaged(source, 'an entry reaches beyond the file', `${name}: ${size} bytes at byte ${headerAt}`)
  }
}

/** Where the bytes of an entry begin. */
export async function zipDataAt(source: ByteSource, entry: ZipEntry): Promise<number> {
  requireStored(source, entry)
  const { name, size, headerAt } = entry
  const header = viewOf(await readRange(source, headerAt, HEADER.bytes))
  if (header.getUint32(0, true) !== HEADER.signature)
    throw damaged(source, 'an entry is not where it should be', name)
  const at = headerAt + HEADER.bytes + header.getUint16(26, true) + header.getUint16(28, true)
  if (at + size > source.size) throw damaged(source, 'an entry reaches beyond the file', name)
  return at
}

async function indexPlace(source: ByteSource): Promise<{ at: number; bytes: number; count: number }> {
  const tailBytes = Math.min(source.size, END.bytes + LONGEST_COMMENT)
  const tailAt = source.size - tailBytes
  const tail = viewOf(await readRange(source, tailAt, tailBytes))
  let end = tailBytes - END.bytes
  while (end >= 0 && tail.getUint32(end, true) !== END.signature) end--
  if (end < 0) throw damaged(source, 'its end is missing', `${source.size} bytes`)
  const count = tail.getUint16(end + 10, true)
  const bytes = tail.getUint32(end + 12, true)
  const at = tail.getUint32(end + 16, true)
  const isLong = count === ELSEWHERE_COUNT || bytes === ELSEWHERE || at === ELSEWHERE
  return isLong ? longIndexPlace(source, tailAt + end) : { at, bytes, count }
}

async function longIndexPlace(source: ByteSource, endAt: number) {
  if (endAt < LOCATOR64.bytes) throw damaged(source, 'its end is missing', 'no place of the long index')
  const locator = viewOf(await readRange(source, endAt - LOCATOR64.bytes, LOCATOR64.bytes))
  if (locator.getUint32(0, true) !== LOCATOR64.signature)
    throw damaged(source, 'its end is missing', 'no place of the long index')
  const end = viewOf(await readRange(source, longAt(locator, 8), END64.bytes))
  if (end.getUint32(0, true) !== END64.signature)
    throw damaged(source, 'its end is missing', 'no long index where it should be')
  return { at: longAt(end, 48), bytes: longAt(end, 40), count: longAt(end, 32) }
}

interface EntrySizes {
  readonly packed: number
  readonly size: number
  readonly headerAt: number
}

/** Numbers too large for their field lie in an extra one, in this order, those only. */
function longSizes(
  index: DataView,
  entryAt: number,
  extraAt: number,
  extraBytes: number,
): EntrySizes | undefined {
  const short = (offset: number) => index.getUint32(entryAt + offset, true)
  const [size, packed, headerAt] = [short(24), short(20), short(42)]
  if (size !== ELSEWHERE && packed !== ELSEWHERE && headerAt !== ELSEWHERE) return { size, packed, headerAt }
  const end = extraAt + extraBytes
  let at = extraAt
  while (at + 4 <= end && index.getUint16(at, true) !== ZIP64_FIELD) at += 4 + index.getUint16(at + 2, true)
  if (at + 4 > end) return undefined
  const fieldEnd = Math.min(end, at + 4 + index.getUint16(at + 2, true))
  at += 4
  const long = (value: number) => {
    if (value !== ELSEWHERE) return value
    at += 8
    return at <= fieldEnd ? longAt(index, at - 8) : Number.NaN
  }
  const sizes = { size: long(size), packed: long(packed), headerAt: long(headerAt) }
  return Object.values(sizes).some(Number.isNaN) ? undefined : sizes
}

function damaged(source: ByteSource, what: string, got: string): WeightError {
  return new WeightError(`the zip file is damaged or cut short: ${what}`, {
    where: source.name,
    got,
    hint: COPY_AGAIN,
  })
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

/** Rounded beyond 2^53, where no file reaches. */
function longAt(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true))
}

function textOf(view: DataView, at: number, bytes: number): string {
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, bytes))
}
