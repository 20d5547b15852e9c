/**
 * Reads and writes safetensors files: a little-endian u64 header size, a JSON header with the dtype, shape and
 * byte range of every tensor, then the data. Follows the format document of huggingface/safetensors; nothing in
 * such a file can be executed.
 */
import { WeightError } from '../errors.ts'
import { ARRAYS, type DataOf, type Dtype } from '../tensor/dtype.ts'
import { elementCount } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'

export interface SafetensorsFile {
  /** In the order of the header. */
  readonly tensors: Map<string, Tensor>
  readonly metadata: Record<string, string>
}

type FileDtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL'

interface Entry {
  readonly name: string
  readonly dtype: FileDtype
  readonly shape: readonly number[]
  /** Byte range in the data part of the file. */
  readonly begin: number
  readonly end: number
}

const FILE_BYTES: Readonly<Record<FileDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
}

/** What the tensors of a file become; BF16 is widened to float32 and I16 to int32, both exactly. */
const READ_AS: Readonly<Record<FileDtype, Dtype>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'float32',
  I64: 'int64',
  I32: 'int32',
  I16: 'int32',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
}

const WRITTEN_AS: Readonly<Record<Dtype, FileDtype>> = {
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
  const { header, dataStart } = readHeader(bytes)
  const metadata = readMetadata(header[METADATA])
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => readEntry(name, value))
  checkLayout(entries, bytes.length - dataStart)
  const tensors = new Map<string, Tensor>()
  for (const entry of entries) {
    const data = bytes.subarray(dataStart + entry.begin, dataStart + entry.end)
    tensors.set(entry.name, {
      dtype: READ_AS[entry.dtype],
      shape: entry.shape,
      data: readData(entry.dtype, data),
    })
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

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) {
    throw new WeightError('not a safetensors file, or one cut short', {
      expected: 'at least 8 bytes',
      got: `${bytes.length}`,
      hint: COPY_AGAIN,
    })
  }
  const headerBytes = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  if (headerBytes < 2 || headerBytes > HEADER_LIMIT || (bytes.length > 8 && bytes[8] !== 0x7b)) {
    throw new WeightError('not a safetensors file', { hint: otherFormat(bytes) })
  }
  if (bytes.length < 8 + headerBytes) {
    throw new WeightError('safetensors file is cut short inside its header', {
      expected: `${8 + headerBytes} bytes or more`,
      got: `${bytes.length}`,
      hint: COPY_AGAIN,
    })
  }
  let header: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + headerBytes))
    header = JSON.parse(text)
  } catch (cause) {
    throw new WeightError('safetensors header is not valid JSON', {}, { cause })
  }
  if (!isRecord(header)) throw new WeightError('safetensors header is not a JSON object')
  return { header, dataStart: 8 + headerBytes }
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

function readEntry(name: string, value: unknown): Entry {
  if (!isRecord(value)) throw new WeightError('safetensors header entry is not an object', { where: name })
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !Object.hasOwn(FILE_BYTES, dtype)) {
    throw new WeightError('dtype is not supported', {
      where: name,
      expected: Object.keys(FILE_BYTES).join(' '),
      got: typeof dtype === 'string' ? dtype.slice(0, 20) : 'no text',
    })
  }
  if (!isCounts(shape)) throw new WeightError('shape is not a list of whole numbers', { where: name })
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw new WeightError('data_offsets is not an increasing pair of whole numbers', { where: name })
  }
  const size = elementCount(shape) * FILE_BYTES[dtype as FileDtype]
  if (offsets[1] - offsets[0] !== size) {
    throw new WeightError('byte range does not fit the shape', {
      where: name,
      expected: `${size} bytes for ${dtype} [${shape.join(', ')}]`,
      got: `${offsets[1] - offsets[0]}`,
    })
  }
  return { name, dtype: dtype as FileDtype, shape, begin: offsets[0], end: offsets[1] }
}

/** The ranges must tile the data part: no overlap, no hole, nothing outside, nothing left over. */
function checkLayout(entries: readonly Entry[], dataBytes: number): void {
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

function readData(dtype: FileDtype, bytes: Uint8Array): DataOf<Dtype> {
  // Not `slice`: that of a Node `Buffer` copies nothing.
  const aligned = bytes.byteOffset % FILE_BYTES[dtype] === 0 ? bytes : new Uint8Array(bytes)
  const { buffer, byteOffset } = aligned
  const count = bytes.length / FILE_BYTES[dtype]
  if (dtype === 'I16') return Int32Array.from(new Int16Array(buffer, byteOffset, count))
  if (dtype === 'BF16') {
    const words = new Uint32Array(count)
    const halves = new Uint16Array(buffer, byteOffset, count)
    for (let i = 0; i < count; i++) words[i] = halves[i] << 16
    return new Float32Array(words.buffer)
  }
  return new ARRAYS[READ_AS[dtype]](buffer, byteOffset, count)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}
