/** Tensors of the Open Inference Protocol, version 2: as JSON, and as bytes after it (its binary tensor data extension). */
import { z } from 'zod'
import { DATATYPES, tensorMessage } from '../client/tensor-protocol.ts'
import type { Port } from '../runtime/session.ts'
import { ARRAYS, type Dtype } from '../tensor/dtype.ts'
import { elementCount } from '../tensor/shape.ts'
import { type Tensor, tensor } from '../tensor/tensor.ts'
import { Refusal } from './refusal.ts'

/** Whole numbers of each type. */
const RANGES: Readonly<Partial<Record<Dtype, readonly [number, number]>>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
}

const tensorSchema = z.object({
  name: z.string(),
  shape: z.array(z.number().int().min(0)),
  datatype: z.string(),
  parameters: z.object({ binary_data_size: z.number().int().min(0).optional() }).optional(),
  data: z.array(z.unknown()).optional(),
})

/** Fields that it does not name are passed over, as the protocol wants parameters that a server does not know. */
export const inferenceRequest = z.object({
  id: z.string().max(256).optional(),
  parameters: z.object({ binary_data_output: z.boolean().optional() }).optional(),
  inputs: z.array(tensorSchema).min(1),
  outputs: z
    .array(
      z.object({
        name: z.string(),
        parameters: z.object({ binary_data: z.boolean().optional() }).optional(),
      }),
    )
    .optional(),
})

type RequestTensor = z.infer<typeof tensorSchema>

export interface InferenceRequest {
  readonly id?: string
  readonly feeds: Readonly<Record<string, Tensor>>
  /** Those that are wanted, in their order, and whether each as bytes. */
  readonly outputs: readonly { readonly name: string; readonly isBinary: boolean }[]
}

export interface EncodedResponse {
  readonly body: Uint8Array | string
  /** Length of the JSON where bytes follow: the header `Inference-Header-Content-Length`. */
  readonly headerLength?: number
}

/** A port as the protocol tells it: -1 where any size goes. */
export function portMetadata({ name, dtype, shape }: Port) {
  return {
    name,
    datatype: DATATYPES[dtype],
    shape: shape.map((dim) => (typeof dim === 'number' ? dim : -1)),
  }
}

/**
 * What a request asks. `headerLength` is the length of the JSON before bytes; without it all is JSON. Throws a `Refusal` of 400 that
 * names the tensor for what does not fit the ports.
 */
export function decodeRequest(
  body: Uint8Array,
  headerLength: number | undefined,
  ports: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] },
): InferenceRequest {
  const length = headerLength ?? body.length
  if (length > body.length) {
    throw refusal('the JSON is longer than the body', {
      expected: `at most ${body.length} bytes`,
      got: `${length}`,
    })
  }
  const { id, inputs, outputs, parameters } = parsed(body.subarray(0, length))
  const feeds: Record<string, Tensor> = {}
  let offset = length
  for (const input of inputs) {
    const port = ports.inputs.find(({ name }) => name === input.name)
    if (!port) throw unknown('input', input.name, ports.inputs)
    if (Object.hasOwn(feeds, input.name)) throw refusal('the input comes twice', { where: input.name })
    requireFitting(input, port)
    const size = input.parameters?.binary_data_size
    if ((size === undefined) === (input.data === undefined)) {
      throw refusal('the tensor has to have either data or binary_data_size', { where: input.name })
    }
    feeds[input.name] =
      size === undefined ? fromJson(input, port.dtype) : fromBytes(input, port.dtype, body, offset)
    offset += size ?? 0
  }
  if (offset !== body.length) {
    throw refusal('the body has bytes that are of no tensor', { got: `${body.length - offset} more` })
  }
  const allBinary = parameters?.binary_data_output ?? false
  const wanted = (outputs ?? ports.outputs.map(({ name }) => ({ name, parameters: undefined }))).map(
    (output) => ({ name: output.name, isBinary: output.parameters?.binary_data ?? allBinary }),
  )
  const missing = wanted.find(({ name }) => !ports.outputs.some((port) => port.name === name))
  if (missing) throw unknown('output', missing.name, ports.outputs)
  const twice = wanted.find(({ name }, i) => wanted.findIndex((other) => other.name === name) < i)
  if (twice) throw refusal('the output is asked for twice', { where: twice.name })
  return { ...(id !== undefined && { id }), feeds, outputs: wanted }
}

/** The answer to a request. Throws a `Refusal` of 500 for numbers that JSON does not have. */
export function encodeResponse(
  { name: model_name, version: model_version }: { readonly name: string; readonly version: string },
  { id, outputs }: InferenceRequest,
  results: Readonly<Record<string, Tensor>>,
): EncodedResponse {
  const binary: Tensor[] = []
  const told = outputs.map(({ name, isBinary }) => {
    const { dtype, shape, data } = results[name]
    const described = { name, datatype: DATATYPES[dtype], shape }
    if (!isBinary) return { ...described, data: jsonValues(name, results[name]) }
    binary.push(results[name])
    return { ...described, parameters: { binary_data_size: data.byteLength } }
  })
  const answer = { model_name, model_version, ...(id !== undefined && { id }), outputs: told }
  return binary.length === 0 ? { body: JSON.stringify(answer) } : tensorMessage(answer, binary)
}

function parsed(bytes: Uint8Array): z.infer<typeof inferenceRequest> {
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw refusal('the request is not JSON', { expected: 'an inference request of the protocol, version 2' })
  }
  const result = inferenceRequest.safeParse(document)
  if (result.success) return result.data
  const [{ path, message }] = result.error.issues
  throw refusal(message, { where: path.join('.') || 'request' })
}

function requireFitting({ name, datatype, shape }: RequestTensor, port: Port): void {
  const expected = portMetadata(port)
  if (datatype !== expected.datatype) {
    throw refusal('the tensor has another type', { where: name, expected: expected.datatype, got: datatype })
  }
  const fits =
    shape.length === port.shape.length && shape.every((dim, i) => [-1, dim].includes(expected.shape[i]))
  if (!fits) {
    throw refusal('the tensor has another shape', {
      where: name,
      expected: `[${expected.shape.join(', ')}]`,
      got: `[${shape.join(', ')}]`,
    })
  }
}

function fromBytes(
  { name, shape, parameters }: RequestTensor,
  dtype: Dtype,
  body: Uint8Array,
  offset: number,
): Tensor {
  const size = parameters?.binary_data_size ?? 0
  const expected = elementCount(shape) * ARRAYS[dtype].BYTES_PER_ELEMENT
  if (size !== expected || offset + size > body.length) {
    throw refusal('the tensor has another number of bytes', {
      where: name,
      expected: `${expected}`,
      got: size === expected ? `${body.length - offset}` : `${size}`,
    })
  }
  // Copied: numbers have to lie at a multiple of their size, and `slice` of Node's own byte arrays copies nothing.
  const bytes = Uint8Array.from(body.subarray(offset, offset + size))
  const data = new ARRAYS[dtype](bytes.buffer, 0, elementCount(shape))
  if (dtype === 'bool' && (data as Uint8Array).some((value) => value > 1)) {
    throw refusal('the tensor has bytes other than 0 and 1', { where: name })
  }
  return tensor(dtype, shape, data)
}

function fromJson({ name, shape, data = [] }: RequestTensor, dtype: Dtype): Tensor {
  if (dtype === 'float16') throw refusal('FP16 goes as bytes, not as JSON', { where: name })
  const values = data.flat(MOST_NESTED)
  const count = elementCount(shape)
  if (values.length !== count) {
    throw refusal('the tensor has another number of values', {
      where: name,
      expected: `${count}`,
      got: `${values.length}`,
    })
  }
  const array = new ARRAYS[dtype](count)
  for (const [i, value] of values.entries()) {
    if (!isOf(dtype, value)) {
      throw refusal('the tensor has a value that its type does not hold', {
        where: `${name}: data[${i}]`,
        expected: DATATYPES[dtype],
        got: valueText(value),
      })
    }
    array[i] = dtype === 'int64' ? BigInt(value as number) : Number(value)
  }
  return tensor(dtype, shape, array as Tensor['data'])
}

/** A value of JSON in a few letters. */
function valueText(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  return value !== null && typeof value === 'object' ? 'an object' : JSON.stringify(value).slice(0, 40)
}

/** Arrays in arrays, as deep as a tensor of any model has axes. */
const MOST_NESTED = 8

function isOf(dtype: Dtype, value: unknown): boolean {
  if (dtype === 'bool') return typeof value === 'boolean'
  if (typeof value !== 'number' || !Number.isFinite(value)) return false
  const range = RANGES[dtype]
  return !range || (Number.isInteger(value) && value >= range[0] && value <= range[1])
}

function jsonValues(name: string, { dtype, data }: Tensor): unknown[] {
  const values = Array.from(data as ArrayLike<number | bigint>, Number)
  if (dtype === 'bool') return values.map((value) => value === 1)
  if (dtype === 'float16' || !values.every(Number.isFinite)) {
    throw new Refusal(500, 'the output has numbers that JSON does not have', {
      where: name,
      hint: 'Ask for it with binary_data',
    })
  }
  return values
}

function unknown(what: string, name: string, ports: readonly Port[]): Refusal {
  const names = ports.map((port) => port.name).join(', ')
  return refusal(`the model has no such ${what}`, { where: name, expected: names })
}

function refusal(what: string, parts: ConstructorParameters<typeof Refusal>[2]): Refusal {
  return new Refusal(400, what, parts)
}
