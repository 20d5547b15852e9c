/** A model as one ONNX file that any runtime of ONNX takes, and that says of itself what our own files say. */
import { z } from 'zod'
import { ConfigError, MaskwrightError, WeightError } from '../errors.ts'
import { foldConstants } from '../graph/fold-constants.ts'
import type { Graph } from '../graph/graph.ts'
import { lower } from '../graph/lower.ts'
import { mergeEqual } from '../graph/merge-equal.ts'
import { at } from '../graph/path.ts'
import { rewrite } from '../graph/rewrite.ts'
import { OPSETS, toOnnx } from '../graph/to-onnx.ts'
import { constant, constantTensor, type Value } from '../graph/value.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import { foldNorms } from '../nn/fold-norms.ts'
import { decodeModel } from '../onnx/decode.ts'
import { encodeModel } from '../onnx/encode.ts'
import type { ValueInfoProto } from '../onnx/messages.ts'
import { dtypeOf } from '../onnx/tensor-proto.ts'
import { cast } from '../ops/elementwise.ts'
import type { CreateSession, Port } from '../runtime/session.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { toHalf } from '../weights/half-weights.ts'
import { withRoomFor } from './detection-limits.ts'
import { exportedGraph, type GraphEnds } from './exported-graph.ts'
import { type Calibration, int8Graph, type QuantizationRecord, quantizationSchema } from './int8-graph.ts'
import { type ModelFile, modelFileMetadata, parseModelFileMetadata } from './model-file.ts'
import type { ModelMetadata } from './model-metadata.ts'

/** How a model was exported. */
export interface ExportSettings extends GraphEnds {
  /**
   * `fp16`: weights lie in the file as float16, in half the room, and are computed with as float32. `int8`: layers are computed
   * with eight bits where `calibration` shows that they bear it, and weights take a quarter of the room. Default `fp32`.
   */
  readonly precision: Precision
  /** Version of ONNX's operators, 16 to 21. Default 17. */
  readonly opset: number
  /** RoIAlign as gathers and products, which are fast everywhere (default), or as ONNX's own operator, a smaller graph. */
  readonly roiAlign: 'gather' | 'native'
  /** How it came to eight bits, where it has them. */
  readonly quantization?: QuantizationRecord
}

export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const

export type Precision = (typeof PRECISIONS)[number]

const MOST_IMAGES = 64

const settingsSchema: z.ZodType<ExportSettings> = z.object({
  precision: z.enum(PRECISIONS),
  opset: z.number().int().min(OPSETS.least).max(OPSETS.most),
  roiAlign: z.enum(['gather', 'native']),
  paste: z.boolean(),
  raw: z.boolean(),
  batch: z.number().int().min(1).max(MOST_IMAGES).optional(),
  asksLeastScore: z.boolean().optional(),
  quantization: quantizationSchema.optional(),
})

/** Key of the settings in the file's metadata; the model's own description has the key that it has in model files. */
const SETTINGS_KEY = 'maskwright.export'

export interface ExportOptions extends Partial<Omit<ExportSettings, 'quantization'>> {
  /** For `int8`, which it belongs to. */
  readonly calibration?: Calibration
  /** Room for this many instances in a view, where the model's own limit is lower (see `LoadOptions.max`). */
  readonly max?: number
  /** Called before each stage. */
  readonly onStage?: (stage: ExportStage) => void
}

/** `building` the graph, `folding` what never changes, `calibrating` eight bits, `encoding` the file. */
export type ExportStage = 'building' | 'folding' | 'calibrating' | 'encoding'

const EXPORT_OPTIONS: OptionNames<ExportOptions> = {
  precision: true,
  opset: true,
  roiAlign: true,
  paste: true,
  raw: true,
  batch: true,
  asksLeastScore: true,
  max: true,
  calibration: true,
  onStage: true,
}

export interface ExportedFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly settings: ExportSettings
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  readonly nodes: number
}

/**
 * The bytes of an ONNX file of a model. What depends on weights alone is computed, and norms become part of the convolutions
 * before them; `createSession` gives the runtime that computes it. Throws `ConfigError` for settings that do not go together,
 * and `GraphError` for a file of 2 GiB or more.
 */
export async function exportModel(
  { metadata, weights }: ModelFile,
  createSession: CreateSession,
  options: ExportOptions = {},
): Promise<ExportedFile> {
  requireKnownOptions('exportModel', options, EXPORT_OPTIONS)
  const { precision = 'fp32', opset = 17, roiAlign = 'gather', paste = false, raw = false, batch } = options
  const { max, calibration, onStage, asksLeastScore } = options
  const asked = checkedSettings({ precision, opset, roiAlign, paste, raw, batch, asksLeastScore })
  requireCalibration(asked, calibration)
  if (raw && max !== undefined) {
    throw new ConfigError('a graph that ends before its heads has no limit of instances', { where: 'max' })
  }
  onStage?.('building')
  const architecture = withRoomFor(metadata.architecture, max)
  const target = { roiAlign, opset }
  const wired = exportedGraph(architecture, weights, asked)
  onStage?.('folding')
  const folded = await foldConstants(lower(wired, target), createSession)
  const merged = mergeEqual(await foldConstants(foldNorms(folded), createSession))
  if (calibration) onStage?.('calibrating')
  const eight = calibration && (await int8Graph(merged, calibration, batch, createSession))
  onStage?.('encoding')
  const graph = eight?.graph ?? (precision === 'fp16' ? withHalfWeights(merged) : merged)
  const settings = { ...asked, ...(eight && { quantization: eight.quantization }) }
  const proto = toOnnx(graph, {
    name: architecture.model,
    target,
    rows: 'detections',
    metadata: {
      ...modelFileMetadata({ ...metadata, architecture }),
      [SETTINGS_KEY]: JSON.stringify(settings),
    },
  })
  return {
    bytes: encodeModel(proto),
    settings,
    inputs: proto.graph.input.map(portOf),
    outputs: proto.graph.output.map(portOf),
    nodes: proto.graph.node.length,
  }
}

function portOf({ name, type }: ValueInfoProto): Port {
  const { elemType, shape } = type!.tensorType!
  const sizes = shape!.dim.map(({ dimValue, dimParam }) => dimValue ?? dimParam ?? '')
  return { name, dtype: dtypeOf(elemType), shape: sizes }
}

/** What each setting may be, in words. */
const EXPECTED: Readonly<Record<Exclude<keyof ExportSettings, 'quantization'>, string>> = {
  precision: PRECISIONS.join(', '),
  opset: `${OPSETS.least} to ${OPSETS.most}`,
  roiAlign: 'gather or native',
  paste: 'true or false',
  raw: 'true or false',
  batch: `1 to ${MOST_IMAGES}`,
  asksLeastScore: 'true or false',
}

function checkedSettings(settings: ExportSettings): ExportSettings {
  const result = settingsSchema.safeParse(settings)
  if (result.success) return settings
  const wrong = result.error.issues[0].path[0] as keyof typeof EXPECTED
  throw new ConfigError('option is wrong', {
    where: wrong,
    expected: EXPECTED[wrong],
    got: `${settings[wrong]}`,
  })
}

function requireCalibration({ precision, raw }: ExportSettings, calibration: Calibration | undefined): void {
  if (precision === 'int8' && raw) {
    throw new ConfigError('a graph that takes no pictures cannot be calibrated with them', {
      where: 'raw',
      hint: 'Leave out raw, or choose another precision',
    })
  }
  if ((precision === 'int8') === (calibration !== undefined)) return
  throw new ConfigError('int8 and pictures to calibrate with go together', {
    where: calibration ? 'precision' : 'calibration',
    expected: calibration ? 'int8' : 'images',
    got: calibration ? precision : 'none',
  })
}

/** Constants below this are of shapes and of settings. */
const LEAST_WEIGHTS = 64

function withHalfWeights(graph: Graph): Graph {
  const halved = new Map<Value, Value>()
  for (const value of graph.constants) {
    const tensor = constantTensor(value) as Tensor
    if (tensor.dtype !== 'float32' || tensor.data.length < LEAST_WEIGHTS) continue
    const name = value.source.kind === 'constant' ? value.source.name : undefined
    const half = constant(toHalf(name ?? 'constant', tensor as Tensor<'float32'>), name)
    const whole = at(name ?? 'constant', () => cast(half, 'float32'))
    halved.set(value, whole)
  }
  return rewrite(graph, () => undefined, halved)
}

export interface ExportedModel {
  readonly metadata: ModelMetadata
  readonly settings: ExportSettings
}

/**
 * What an exported file says of itself. Throws `WeightError` for an ONNX file that `exportModel` did not write, and for what
 * `decodeModelFile` refuses.
 */
export function decodeExportedModel(bytes: Uint8Array, where = 'model file'): ExportedModel {
  try {
    const { metadataProps } = decodeModel(bytes)
    const properties = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]))
    const settings = settingsSchema.safeParse(JSON.parse(properties[SETTINGS_KEY] ?? 'null'))
    if (settings.success) return { metadata: parseModelFileMetadata(properties), settings: settings.data }
    throw new WeightError('the ONNX file is not one that "maskwright export" wrote', {
      expected: `metadata under the key ${SETTINGS_KEY}`,
    })
  } catch (cause) {
    if (!(cause instanceof MaskwrightError) && !(cause instanceof SyntaxError)) throw cause
    throw new WeightError(cause.message, { where }, { cause })
  }
}
