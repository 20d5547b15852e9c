import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { GraphError } from '../errors.ts'
import type { ModelProto } from './messages.ts'
import { type MessageName, type ScalarKind, WIRE_FIELDS, type WireField } from './wire-fields.ts'

/** Protobuf cannot hold a message of 2 GiB. */
const SIZE_LIMIT = 2 ** 31 - 1

const WIRE_TYPE: Readonly<Record<ScalarKind, WireType>> = {
  integer: WireType.Varint,
  int64: WireType.Varint,
  uint64: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
}

/**
 * The bytes of an ONNX file, inverse of `decodeModel`. Raw tensor data is copied once, into the result.
 * Throws `GraphError` where the file would be 2 GiB or more.
 */
export function encodeModel(model: ModelProto): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = []
  const size = appendMessage(chunks, 'ModelProto', model as unknown as Record<string, unknown>)
  if (size > SIZE_LIMIT) {
    throw new GraphError('model is too large for an ONNX file', {
      expected: 'less than 2 GiB',
      got: `${size} bytes`,
    })
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** Appends the message's bytes and returns their number. Large data is appended as it is, without a copy. */
function appendMessage(chunks: Uint8Array[], message: MessageName, values: Record<string, unknown>): number {
  let size = 0
  const append = (chunk: Uint8Array) => {
    chunks.push(chunk)
    size += chunk.length
  }
  let writer = new BinaryWriter()
  for (const field of WIRE_FIELDS[message]) {
    const value = values[field.name]
    if (value === undefined) continue
    if (field.packed) writePacked(writer, field, value as unknown[])
    else {
      for (const item of field.repeated ? (value as unknown[]) : [value]) {
        if (field.kind !== 'message' && field.kind !== 'bytes') {
          writeScalar(writer.tag(field.number, WIRE_TYPE[field.kind]), field.kind, item)
          continue
        }
        const body: Uint8Array[] = []
        const length =
          field.kind === 'message'
            ? appendMessage(body, field.message!, item as Record<string, unknown>)
            : body.push(item as Uint8Array) && (item as Uint8Array).length
        writer.tag(field.number, WireType.LengthDelimited).uint32(length)
        append(writer.finish())
        for (const chunk of body) append(chunk)
        writer = new BinaryWriter()
      }
    }
  }
  append(writer.finish())
  return size
}

function writePacked(writer: BinaryWriter, field: WireField, items: readonly unknown[]): void {
  if (items.length === 0) return
  writer.tag(field.number, WireType.LengthDelimited).fork()
  for (const item of items) writeScalar(writer, field.kind as ScalarKind, item)
  writer.join()
}

function writeScalar(writer: BinaryWriter, kind: ScalarKind, value: unknown): void {
  if (kind === 'string') writer.string(value as string)
  else if (kind === 'bytes') writer.bytes(value as Uint8Array)
  else if (kind === 'float') writer.float(value as number)
  else if (kind === 'double') writer.double(value as number)
  else if (kind === 'uint64') writer.uint64(value as bigint)
  else writer.int64(value as number | bigint)
}
