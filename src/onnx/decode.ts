import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { GraphError, MaskwrightError } from '../errors.ts'
import type { ModelProto } from './messages.ts'
import { type MessageName, type ScalarKind, WIRE_FIELDS, type WireField } from './wire-fields.ts'

const FIELD_BY_NUMBER = new Map(
  Object.entries(WIRE_FIELDS).map(([message, fields]) => [
    message,
    new Map(fields.map((field) => [field.number, field])),
  ]),
)

type Message = Record<string, unknown>

/** Field 1 of the model, the version of the format: what writers begin with. */
const FIRST_TAG = 0x08
/** Where the header of a safetensors file begins, with a brace. */
const HEADER_AT = 8

/** Whether the bytes begin as an ONNX file does, and not as one of safetensors. */
export function isOnnxFile(bytes: Uint8Array): boolean {
  return bytes[0] === FIRST_TAG && bytes[HEADER_AT] !== '{'.charCodeAt(0)
}

/**
 * The model in the bytes of an ONNX file. `rawData` and other bytes are views of `bytes`; fields that `messages.ts`
 * does not name are skipped. Throws `GraphError` where the bytes are not an ONNX file or end too early.
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  let model: Message
  try {
    model = readMessage(bytes, 'ModelProto')
  } catch (cause) {
    if (cause instanceof MaskwrightError) throw cause
    throw new GraphError('not an ONNX file, or one cut short', {}, { cause })
  }
  if ((model.opsetImport as unknown[]).length === 0) {
    throw new GraphError('not an ONNX file, or one cut short: it names no operator set')
  }
  return model as unknown as ModelProto
}

function readMessage(bytes: Uint8Array, message: MessageName): Message {
  const reader = new BinaryReader(bytes)
  const fields = FIELD_BY_NUMBER.get(message)!
  const values: Message = {}
  for (const field of WIRE_FIELDS[message]) if (field.repeated) values[field.name] = []
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const field = fields.get(number)
    if (field === undefined) reader.skip(wireType, number)
    else if (field.repeated) readItems(reader, field, wireType, values[field.name] as unknown[])
    else values[field.name] = readItem(reader, field)
  }
  for (const { name, required } of WIRE_FIELDS[message]) {
    if (required && values[name] === undefined) {
      if (name in DEFAULTS) values[name] = DEFAULTS[name]
      else throw new GraphError('not an ONNX file, or one cut short', { expected: `${name} in ${message}` })
    }
  }
  return values
}

/** Writers of the third protobuf syntax leave out fields that hold the default, and so do some ONNX writers. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  name: '',
  key: '',
  value: '',
  type: 0,
  elemType: 0,
  dataType: 0,
}

function readItems(reader: BinaryReader, field: WireField, wireType: WireType, items: unknown[]): void {
  const isNumber = field.kind !== 'message' && field.kind !== 'string' && field.kind !== 'bytes'
  if (!isNumber || wireType !== WireType.LengthDelimited) {
    items.push(readItem(reader, field))
    return
  }
  const block = new BinaryReader(reader.bytes())
  while (block.pos < block.len) items.push(readItem(block, field))
}

function readItem(reader: BinaryReader, field: WireField): unknown {
  if (field.kind === 'message') return readMessage(reader.bytes(), field.message!)
  return readScalar(reader, field.kind, field.name)
}

function readScalar(
  reader: BinaryReader,
  kind: ScalarKind,
  name: string,
): number | bigint | string | Uint8Array {
  if (kind === 'string') return reader.string()
  if (kind === 'bytes') return reader.bytes()
  if (kind === 'float') return reader.float()
  if (kind === 'double') return reader.double()
  if (kind === 'int64') return BigInt(reader.int64())
  if (kind === 'uint64') return BigInt(reader.uint64())
  const value = Number(reader.int64())
  if (!Number.isSafeInteger(value)) {
    throw new GraphError('integer is too large', { where: name, expected: 'at most 2^53', got: `${value}` })
  }
  return value
}
