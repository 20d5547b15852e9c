import { WeightError } from '../errors.ts'

/** A file in a zip file. */
export interface StoredFile {
  readonly name: string
  readonly bytes: Uint8Array
}

const [HEADER, ENTRY, END] = [30, 46, 22]
/** Where the bytes of every file begin, as PyTorch maps them into memory. */
const ALIGNMENT = 64
const LARGEST = 0xffffffff
/** The number of the extra field that fills up to it. */
const PADDING_FIELD = 0x4246
/** 1980-01-01, the first day that zip files know. */
const FIRST_DAY = 0x21
const VERSION = 20
const UTF_8 = 1 << 11

/** A zip file of files as they are (PKWARE's APPNOTE). Throws `WeightError` for more than 4 GB, which would need another layout. */
export function storedZip(files: readonly StoredFile[]): Uint8Array<ArrayBuffer> {
  let at = 0
  const placed = files.map(({ name, bytes }) => {
    const called = new TextEncoder().encode(name)
    const begin = at + HEADER + called.length
    // An extra field has four bytes at least.
    const extra = 4 + ((ALIGNMENT - ((begin + 4) % ALIGNMENT)) % ALIGNMENT)
    const headerAt = at
    at = begin + extra + bytes.length
    return { called, bytes, headerAt, extra, crc: crc32(bytes) }
  })
  const indexAt = at
  const indexBytes = placed.reduce((sum, { called }) => sum + ENTRY + called.length, 0)
  const size = indexAt + indexBytes + END
  if (size > LARGEST || files.length >= 0xffff) {
    throw new WeightError('too much for one file of this format', {
      expected: 'at most 4 GB',
      got: `${size} bytes`,
      hint: 'Write safetensors, which may be larger',
    })
  }
  const zip = new Uint8Array(size)
  const view = new DataView(zip.buffer)
  const shared = (offset: number, { called, bytes, crc }: (typeof placed)[number]) => {
    view.setUint16(offset, VERSION, true)
    view.setUint16(offset + 2, UTF_8, true)
    view.setUint16(offset + 8, FIRST_DAY, true)
    view.setUint32(offset + 10, crc, true)
    view.setUint32(offset + 14, bytes.length, true)
    view.setUint32(offset + 18, bytes.length, true)
    view.setUint16(offset + 22, called.length, true)
  }
  at = indexAt
  for (const file of placed) {
    const { called, bytes, headerAt, extra } = file
    view.setUint32(headerAt, 0x04034b50, true)
    shared(headerAt + 4, file)
    view.setUint16(headerAt + 28, extra, true)
    zip.set(called, headerAt + HEADER)
    const extraAt = headerAt + HEADER + called.length
    view.setUint16(extraAt, PADDING_FIELD, true)
    view.setUint16(extraAt + 2, extra - 4, true)
    zip.set(bytes, extraAt + extra)

    view.setUint32(at, 0x02014b50, true)
    view.setUint16(at + 4, VERSION, true)
    shared(at + 6, file)
    view.setUint32(at + 42, headerAt, true)
    zip.set(called, at + ENTRY)
    at += ENTRY + called.length
  }
  view.setUint32(at, 0x06054b50, true)
  view.setUint16(at + 8, files.length, true)
  view.setUint16(at + 10, files.length, true)
  view.setUint32(at + 12, indexBytes, true)
  view.setUint32(at + 16, indexAt, true)
  return zip
}

/** A step of the checksum for every byte (the polynomial of IEEE 802.3, lowest bit first). */
const STEPS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1
  return rest
})

function crc32(bytes: Uint8Array): number {
  let rest = 0xffffffff
  for (const byte of bytes) rest = STEPS[(rest ^ byte) & 0xff] ^ (rest >>> 8)
  return (rest ^ 0xffffffff) >>> 0
}
