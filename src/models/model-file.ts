import { MaskwrightError, WeightError } from '../errors.ts'
import { type FloatDtype, isFloat } from '../tensor/dtype.ts'
import { type Tensor, tensor, toFloat16Bits, toFloat32 } from '../tensor/tensor.ts'
import { requireFinite } from '../weights/finite-weights.ts'
import { decodeSafetensors, encodeSafetensors } from '../weights/safetensors.ts'
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
  const stored = new Map<string, Tensor>()
  for (const [name, value] of weights) {
    const isHalved = float16 && value.dtype === 'float32' && !/\.running_(mean|var)$/.test(name)
    stored.set(name, isHalved ? halved(name, value) : value)
  }
  return encodeSafetensors(stored, modelFileMetadata(metadata))
}

/**
 * The metadata that makes a safetensors file with a model's weights a model file. Throws `WeightError` for what could not be
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

/**
 * Reads a model file, weights as float32. Throws `WeightError` for a file that is cut short, is no model of ours,
 * was written by a newer version, or has a weight that is no finite number; `where` names the file in the message.
 */
export function decodeModelFile(bytes: Uint8Array, where = 'model file'): ModelFile {
  try {
    const { tensors, metadata } = decodeSafetensors(bytes)
    const text = metadata[METADATA_KEY]
    if (text === undefined) {
      throw new WeightError('these weights do not say what model they belong to', {
        expected: `metadata under the key ${METADATA_KEY}`,
        hint: 'Give a model that "maskwright train" wrote, or a bundled one',
      })
    }
    requireFinite(tensors)
    const weights = new Map<string, Tensor<'float32'>>()
    for (const [name, value] of tensors) {
      if (isFloat(value.dtype)) weights.set(name, toFloat32(value as Tensor<FloatDtype>))
    }
    return { metadata: parseModelMetadata(text, MODEL_FORMAT_VERSION), weights }
  } catch (cause) {
    if (!(cause instanceof MaskwrightError)) throw cause
    throw new WeightError(cause.message, { where }, { cause })
  }
}

function halved(name: string, { data, shape }: Tensor): Tensor<'float16'> {
  const bits = toFloat16Bits(data as Float32Array)
  if (bits.some((half) => (half & 0x7c00) === 0x7c00)) {
    throw new WeightError('a weight is too large for float16', { where: name, expected: 'at most 65504' })
  }
  return tensor('float16', shape, bits)
}
