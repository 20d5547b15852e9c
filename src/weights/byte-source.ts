import { WeightError } from '../errors.ts'

/** A file that is read by ranges: on a disk, in a browser's `Blob`, in memory. */
export interface ByteSource {
  /** What errors call it. */
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** `length` bytes from `offset` on; nobody else changes them. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>
  readonly close: () => Promise<void>
}

/** Files that lie together, as shards of one model do. */
export interface SourceFolder {
  readonly name: string
  /** Undefined where there is no file of that name. */
  readonly open: (name: string) => Promise<ByteSource | undefined>
}

/** The largest range that is read at once: what one array may hold on every platform. */
const MAX_BYTES = 2 ** 31

export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => {},
  }
}

/** A `Blob` or a `File` that a visitor chose: nothing of it is held until it is read. */
export function blobSource(name: string, blob: Blob): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    close: async () => {},
  }
}

/** Bytes, or a `Blob`, by the name it has if it is a file. */
export function givenSource(given: Uint8Array | Blob): ByteSource {
  if (given instanceof Uint8Array) return memorySource('weights', given)
  return blobSource(given instanceof File ? given.name : 'weights', given)
}

/** A range of a source, all of it. Throws `WeightError` before anything is allocated where the source is shorter. */
export async function readRange(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  if (!(offset >= 0 && offset + length <= source.size)) throw cutShort(source, offset, length, source.size)
  if (length > MAX_BYTES) {
    throw new WeightError('more than one array can hold', {
      where: source.name,
      expected: 'at most 2 GiB at once',
      got: `${length} bytes at byte ${offset}`,
    })
  }
  const bytes = await source.read(offset, length)
  if (bytes.length !== length) throw cutShort(source, offset, length, offset + bytes.length)
  return bytes
}

function cutShort({ name }: ByteSource, offset: number, length: number, end: number): WeightError {
  return new WeightError('file is cut short', {
    where: name,
    expected: `${length} bytes at byte ${offset}`,
    got: `the end of the file at byte ${end}`,
    hint: 'Copy or download it again',
  })
}
