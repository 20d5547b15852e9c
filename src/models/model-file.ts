import { MaskwrightError, WeightError } from '../errors.ts'
import { isOnnxFile } from '../onnx/decode.ts'
import { type FloatDtype, isFloat } from '../tensor/dtype.ts'
import { type Tensor, toFloat32 } from '../tensor/tensor.ts'
import { requireFinite } from '../weights/finite-weights.ts'
import { toHalf } from '../weights/half-weights.ts'
import { decodeSafetensors, encodeSafetensors, type SafetensorsFile } from '../weights/safetensors.ts'
import type { ModelConfig } from './catalogue.ts'
import { type ModelMetadata, parseModelMetadata } from './model-metadata.ts'

/** A model as it lies in a file: what it is, and its weights. */
export interface ModelFile {
  readonly metadata: ModelMetadata
  /** Float32, by torchvision's names. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>
}

/** What a caller says when it writes a model; the rest follows from the architecture. */
export interface NewModelFile {
  readonly metadata: Omit<ModelMetadata, 'formatVersion' | 'preprocessing'>
  readonly weights: ReadonlyMap<string, Tensor>
}

/** Key of our JSON in the metadata of a safetensors file. */
const METADATA_KEY = 'maskwright'
/** In the metadata of a file that holds the weights of a body: its name. */
const BODY_KEY = 'maskwright-body'
/** Raised when a file of an older version would be read wrongly. */
const MODEL_FORMAT_VERSION = 1

/**
 * A model file: safetensors with our JSON in its metadata. With `float16` the weights take half the room; about three
 * decimal digits of each stay. Running statistics keep float32: a small variance would not survive.
 */
export function encodeModelFile(
  { metadata, weights }: NewModelFile,
  { float16 = false }: { readonly float16?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  return encodeSafetensors(float16 ? halved(weights) : weights, modelFileMetadata(metadata))
}

function halved(weights: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const stored = new Map<string, Tensor>()
  for (const [name, value] of weights) {
    const isHalved = value.dtype === 'float32' && !/\.running_(mean|var)$/.test(name)
    stored.set(name, isHalved ? toHalf(name, value as Tensor<'float32'>) : value)
  }
  return stored
}

/**
 * The metadata that makes a file with a model's weights a model file. Throws `WeightError` for what could not be
 * read again.
 */
export function modelFileMetadata(metadata: NewModelFile['metadata']): Record<string, string> {
  const { architecture, ...rest } = metadata
  const preprocessing = architecture.transform
  const full: ModelMetadata = { ...rest, formatVersion: MODEL_FORMAT_VERSION, architecture, preprocessing }
  const text = JSON.stringify(full)
  parseModelMetadata(text, MODEL_FORMAT_VERSION)
  return { [METADATA_KEY]: text }
}

/** What a file's metadata says of its model. Throws `WeightError` where it says nothing, or what was written by a newer version. */
export function parseModelFileMetadata(metadata: Readonly<Record<string, string>>): ModelMetadata {
  const text = metadata[METADATA_KEY]
  if (text !== undefined) return parseModelMetadata(text, MODEL_FORMAT_VERSION)
  const body = metadata[BODY_KEY]
  if (body !== undefined) {
    throw new WeightError(`these are the weights of a body, ${body}, and no model`, {
      hint: 'A training starts from them: name the file as initialWeights',
    })
  }
  throw new WeightError('these weights do not say what model they belong to', {
    expected: `metadata under the key ${METADATA_KEY}`,
    hint: 'Give a model that "maskwright train" wrote, or a bundled one',
  })
}

/**
 * Reads a model file, weights as float32. Throws `WeightError` for a file that is cut short, is no model of ours,
 * was written by a newer version, or has a weight that is no finite number; `where` names the file in the message.
 */
export function decodeModelFile(bytes: Uint8Array, where = 'model file'): ModelFile {
  const { metadata, weights } = viewModelFile(bytes, where)
  return { metadata, weights: singles(weights) }
}

/** The same with weights as they lie in the file: views of `bytes`, half floats as such. Throws as `decodeModelFile`. */
export function viewModelFile(
  bytes: Uint8Array,
  where: string,
): Pick<ModelFile, 'metadata'> & { readonly weights: ReadonlyMap<string, Tensor<FloatDtype>> } {
  return decoded(bytes, where, ({ metadata, tensors }) => {
    const described = parseModelFileMetadata(metadata)
    return { metadata: described, weights: floatWeights(tensors) }
  })
}

/**
 * The weights of a body alone, by the names that they have in a detector: a file that a training starts from. `float16` as in
 * `encodeModelFile`; `about` is what else the metadata say.
 */
export function encodeBodyFile(
  body: string,
  weights: ReadonlyMap<string, Tensor>,
  {
    float16 = false,
    about = {},
  }: { readonly float16?: boolean; readonly about?: Readonly<Record<string, string>> } = {},
): Uint8Array<ArrayBuffer> {
  return encodeSafetensors(float16 ? halved(weights) : weights, { [BODY_KEY]: body, ...about })
}

/** Whether metadata of a safetensors file are those of a model or of a body of ours. */
export function isOwnFile(metadata: Readonly<Record<string, unknown>>): boolean {
  return METADATA_KEY in metadata || BODY_KEY in metadata
}

/** Weights to start a training from: those of a body alone, pulled or bundled, or of a model file. Throws as `decodeModelFile`. */
export function decodePretrained(bytes: Uint8Array, where: string): ModelFile['weights'] {
  return decoded(bytes, where, ({ metadata, tensors }) => {
    if (metadata[BODY_KEY] === undefined) parseModelFileMetadata(metadata)
    return singles(floatWeights(tensors))
  })
}

function decoded<T>(bytes: Uint8Array, where: string, read: (file: SafetensorsFile) => T): T {
  try {
    if (isOnnxFile(bytes)) {
      throw new WeightError('an ONNX file runs as it is, and has no weights to build a model from', {
        hint: 'Give the model file that it was exported from',
      })
    }
    return read(decodeSafetensors(bytes))
  } catch (cause) {
    if (!(cause instanceof MaskwrightError)) throw cause
    throw new WeightError(cause.message, { where }, { cause })
  }
}

function floatWeights(tensors: SafetensorsFile['tensors']): Map<string, Tensor<FloatDtype>> {
  requireFinite(tensors)
  const floats = [...tensors].filter(([, { dtype }]) => isFloat(dtype))
  return new Map(floats as [string, Tensor<FloatDtype>][])
}

function singles(weights: ReadonlyMap<string, Tensor<FloatDtype>>): Map<string, Tensor<'float32'>> {
  return new Map([...weights].map(([name, weight]) => [name, toFloat32(weight)]))
}

/** The architecture in the metadata of a safetensors file that is a model file; undefined for others. Throws as `decodeModelFile`. */
export function modelFileArchitecture(metadata: Readonly<Record<string, unknown>>): ModelConfig | undefined {
  const text = metadata[METADATA_KEY]
  return typeof text === 'string' ? parseModelMetadata(text, MODEL_FORMAT_VERSION).architecture : undefined
}
