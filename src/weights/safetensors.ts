/**
 * Reads and writes safetensors files: a little-endian u64 header size, a JSON header with the dtype, shape and
 * byte range of every tensor, then the data. Follows the format document of huggingface/safetensors; nothing in
 * such a file can be executed.
 */
import { WeightError } from '../errors.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { elementCount } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { decodeElements, READ_AS, STORED_BYTES, type StoredDtype } from './stored-dtype.ts'

export interface SafetensorsFile {
  /** In the order of the header. */
  readonly tensors: Map<string, Tensor>
  readonly metadata: Record<string, string>
}

const FILE_DTYPES = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
} as const satisfies Record<string, StoredDtype>

/** A tensor as the header has it. */
export interface SafetensorsEntry {
  readonly name: string
  readonly dtype: StoredDtype
  readonly shape: readonly number[]
  /** Byte range in the data part of the file. */
  readonly begin: number
  readonly end: number
}

const WRITTEN_AS: Readonly<Record<Dtype, keyof typeof FILE_DTYPES>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  int64: 'I64',
  int32: 'I32',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
}

/** The format document allows headers up to this size. */
const HEADER_LIMIT = 100_000_000
const METADATA = '__metadata__'
const COPY_AGAIN = 'Copy or download it again'

/**
 * The tensors and metadata of a safetensors file. Tensors whose data is aligned in memory are views of `bytes`;
 * the others are copies. Throws `WeightError` for anything that is not a whole, consistent file.
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  const dataStart = safetensorsDataStart(bytes, bytes.length)
  const { entries, metadata } = parseSafetensorsHeader(bytes.subarray(8, dataStart), bytes.length - dataStart)
  const tensors = new Map<string, Tensor>()
  for (const { name, dtype, shape, begin, end } of entries) {
    const data = decodeElements(dtype, bytes.subarray(dataStart + begin, dataStart + end))
    tensors.set(name, { dtype: READ_AS[dtype], shape, data })
  }
  return { tensors, metadata }
}

/**
 * A safetensors file of `tensors`, inverse of `decodeSafetensors`. The header keeps their order; the data is laid
 * out by element size, widest first, so that every tensor is aligned when the file is.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const widestFirst = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT)
  const offsets = new Map<string, number>()
  let dataBytes = 0
  for (const [name, { data }] of widestFirst) {
    offsets.set(name, dataBytes)
    dataBytes += data.byteLength
  }
  const lines =
    Object.keys(metadata).length > 0 ? [`${JSON.stringify(METADATA)}:${JSON.stringify(metadata)}`] : []
  for (const [name, { dtype, shape, data }] of tensors) {
    if (name === METADATA) throw new WeightError(`a tensor cannot be called ${METADATA}`)
    if (elementCount(shape) !== data.length) {
      throw new WeightError('tensor data does not fit its shape', {
        where: name,
        expected: `${elementCount(shape)} elements for [${shape.join(', ')}]`,
        got: `${data.length}`,
      })
    }
    const begin = offsets.get(name)!
    const range = [begin, begin + data.byteLength]
    lines.push(
      `${JSON.stringify(name)}:${JSON.stringify({ dtype: WRITTEN_AS[dtype], shape, data_offsets: range })}`,
    )
  }
  const header = new TextEncoder().encode(`{${lines.join(',')}}`)
  const headerBytes = Math.ceil(header.length / 8) * 8
  const file = new Uint8Array(8 + headerBytes + dataBytes)
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true)
  file.fill(0x20, 8, 8 + headerBytes)
  file.set(header, 8)
  for (const [name, { data }] of tensors) {
    file.set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      8 + headerBytes + offsets.get(name)!,
    )
  }
  return file
}

/**
 * Where the data of a file begins, from its first bytes. Throws `WeightError` for what is no safetensors file and for one that ends
 * before.
 * @param start of the file, nine bytes or more where it has as many
 * @param fileBytes size of the whole file
 */
export function safetensorsDataStart(start: Uint8Array, fileBytes: number): number {
  if (start.length < 8) {
    throw new WeightError('not a safetensors file, or one cut short', {
      expected: 'at least 8 bytes',
      got: `${start.length}`,
      hint: COPY_AGAIN,
    })
  }
  const headerBytes = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true))
  if (headerBytes < 2 || headerBytes > HEADER_LIMIT || (start.length > 8 && start[8] !== 0x7b)) {
    throw new WeightError('not a safetensors file', { hint: otherFormat(start) })
  }
  if (fileBytes < 8 + headerBytes) {
    throw new WeightError('safetensors file is cut short inside its header', {
      expected: `${8 + headerBytes} bytes or more`,
      got: `${fileBytes}`,
      hint: COPY_AGAIN,
    })
  }
  return 8 + headerBytes
}

/** The tensors, which must tile the data, and the metadata of a header. Throws `WeightError` naming the tensor that is wrong. */
export function parseSafetensorsHeader(
  json: Uint8Array,
  dataBytes: number,
): { entries: SafetensorsEntry[]; metadata: Record<string, string> } {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
  } catch (cause) {
    throw new WeightError('safetensors header is not valid JSON', {}, { cause })
  }
  if (!isRecord(header)) throw new WeightError('safetensors header is not a JSON object')
  const metadata = readMetadata(header[METADATA])
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => readEntry(name, value))
  checkLayout(entries, dataBytes)
  return { entries, metadata }
}

function otherFormat(bytes: Uint8Array): string {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b
  const isPickle = bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5
  return isZip || isPickle
    ? 'It looks like a PyTorch or pickle file: import it first'
    : 'Give a .safetensors file'
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {}
  if (!isRecord(value) || Object.values(value).some((text) => typeof text !== 'string')) {
    throw new WeightError('safetensors metadata must map names to strings', { where: METADATA })
  }
  return value as Record<string, string>
}

function readEntry(name: string, value: unknown): SafetensorsEntry {
  if (!isRecord(value)) throw new WeightError('safetensors header entry is not an object', { where: name })
  const { dtype, shape, data_offsets: offsets } = value
  if (!isFileDtype(dtype)) {
    throw new WeightError('dtype is not supported', {
      where: name,
      expected: Object.keys(FILE_DTYPES).join(' '),
      got: typeof dtype === 'string' ? dtype.slice(0, 20) : 'no text',
    })
  }
  if (!isCounts(shape)) throw new WeightError('shape is not a list of whole numbers', { where: name })
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw new WeightError('data_offsets is not an increasing pair of whole numbers', { where: name })
  }
  const size = elementCount(shape) * STORED_BYTES[FILE_DTYPES[dtype]]
  if (offsets[1] - offsets[0] !== size) {
    throw new WeightError('byte range does not fit the shape', {
      where: name,
      expected: `${size} bytes for ${dtype} [${shape.join(', ')}]`,
      got: `${offsets[1] - offsets[0]}`,
    })
  }
  return { name, dtype: FILE_DTYPES[dtype], shape, begin: offsets[0], end: offsets[1] }
}

/** The ranges must tile the data part: no overlap, no hole, nothing outside, nothing left over. */
function checkLayout(entries: readonly SafetensorsEntry[], dataBytes: number): void {
  let covered = 0
  let previous = 'the header'
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered) throw new WeightError(`data overlaps that of ${previous}`, { where: name })
    if (begin > covered) {
      throw new WeightError(`safetensors file has a hole of ${begin - covered} bytes before this tensor`, {
        where: name,
      })
    }
    if (end > dataBytes) {
      throw new WeightError('safetensors file is cut short: the data lies outside the file', {
        where: name,
        expected: `${end} bytes of data or more`,
        got: `${dataBytes}`,
        hint: COPY_AGAIN,
      })
    }
    covered = end
    previous = name
  }
  if (covered !== dataBytes) {
    throw new WeightError(`safetensors file has ${dataBytes - covered} bytes after its last tensor`)
  }
}

function isFileDtype(value: unknown): value is keyof typeof FILE_DTYPES {
  return typeof value === 'string' && Object.hasOwn(FILE_DTYPES, value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}
