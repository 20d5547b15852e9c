import { ConfigError, MaskwrightError, WeightError } from '../errors.ts'
import type { MaskPasting } from '../geometry/paste-reach.ts'
import { isOnnxFile } from '../onnx/decode.ts'
import { buildModel, limitsOf, type ModelConfig, pastingOf } from './catalogue.ts'
import { withRoomFor } from './detection-limits.ts'
import { decodeExportedModel } from './exported-model.ts'
import { inferenceModel } from './inference-graph.ts'
import type { DetectionLimits } from './model-definition.ts'
import { decodeModelFile, viewModelFile } from './model-file.ts'
import type { ModelMetadata } from './model-metadata.ts'

/** A model, and the ONNX graph that runs it. */
export interface RunnableModel {
  readonly metadata: ModelMetadata
  /** That of the graph: with the room that was asked for. */
  readonly architecture: ModelConfig
  readonly graph: Uint8Array
  /** In which weights lie that the graph does not hold: what `SessionOptions.files` takes. */
  readonly files?: Readonly<Record<string, Uint8Array>>
}

/** What predicting needs to know of a model besides its graph. */
export interface ModelFacts {
  readonly metadata: ModelMetadata
  readonly resize: ModelConfig['transform']['resize']
  readonly limits: DetectionLimits
  readonly pasting?: MaskPasting
}

export function factsOf({ metadata, architecture }: RunnableModel): ModelFacts {
  return {
    metadata,
    resize: architecture.transform.resize,
    limits: limitsOf(architecture),
    pasting: pastingOf(architecture),
  }
}

/** What the weights of a model are called that lie beside its graph. */
const WEIGHTS = 'weights'

/**
 * What runs a model file, or an exported one as it is. The weights stay where they lie in `bytes`, which a session then takes as
 * well; without `isApart` they are copied into the graph. Throws `WeightError` naming the file where its parts do not fit together,
 * and `ConfigError` for a `max` beyond what an exported graph has room for.
 */
export function runnableModel(
  bytes: Uint8Array,
  where: string,
  { max, isApart = false }: { readonly max?: number; readonly isApart?: boolean } = {},
): RunnableModel {
  if (isOnnxFile(bytes)) return exported(bytes, where, max)
  const { metadata, weights } = viewModelFile(bytes, where)
  const architecture = withRoomFor(metadata.architecture, max)
  const files = isApart ? { [WEIGHTS]: bytes } : undefined
  try {
    const graph = inferenceModel(buildModel(architecture), weights, { files, asksLeastScore: true })
    return { metadata, architecture, graph, files }
  } catch (cause) {
    if (!(cause instanceof MaskwrightError)) throw cause
    throw new WeightError(cause.message, { where }, { cause })
  }
}

function exported(bytes: Uint8Array, where: string, max: number | undefined): RunnableModel {
  const { metadata, settings } = decodeExportedModel(bytes, where)
  const special = settings.raw ? '--raw' : settings.batch === undefined ? undefined : '--batch'
  if (special) {
    throw new WeightError(`the file was exported with ${special}: it is for programs of your own`, {
      where,
      hint: `Export the model without ${special}, or give the model file`,
    })
  }
  const { architecture } = metadata
  if (withRoomFor(architecture, max) !== architecture) {
    throw new ConfigError('an exported file has no room for more instances than it was exported with', {
      where: 'max',
      expected: `at most ${limitsOf(architecture).detections}`,
      got: `${max}`,
      hint: 'Export the model with --max, or give the model file',
    })
  }
  return { metadata, architecture, graph: bytes }
}

/** What a model file, or an exported one, says of itself. */
export function readModelMetadata(bytes: Uint8Array, where: string): ModelMetadata {
  return isOnnxFile(bytes)
    ? decodeExportedModel(bytes, where).metadata
    : decodeModelFile(bytes, where).metadata
}
