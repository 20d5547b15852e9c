/** Models of random weights that have as much to do as trained ones. */
import { ConfigError } from '../../errors.ts'
import { input } from '../../graph/value.ts'
import { buildModel, limitsOf, type ModelConfig, withLimits } from '../../models/catalogue.ts'
import { cocoCategories } from '../../models/coco-categories.ts'
import { inferenceModel } from '../../models/inference-graph.ts'
import { encodeModelFile } from '../../models/model-file.ts'
import { PRESETS } from '../../models/presets.ts'
import { initialize } from '../../nn/init.ts'
import { asInputs, rootScope } from '../../nn/scope.ts'
import type { CreateSession, SessionOptions } from '../../runtime/session.ts'
import type { Tensor } from '../../tensor/tensor.ts'

export interface BusyModel {
  readonly config: ModelConfig
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>
}

export interface BusyModelOptions extends SessionOptions {
  /** How many it finds. Default: as many as the preset has room for. */
  readonly detections?: number
}

/**
 * A preset with random weights and the threshold of scores at which it finds just as many objects in `image` as it may, so that all
 * heads work. Throws `ConfigError` for a preset that does not exist, and where it finds fewer without any threshold.
 */
export async function busyModel(
  preset: string,
  image: Tensor<'uint8'>,
  createSession: CreateSession,
  { detections, ...options }: BusyModelOptions = {},
): Promise<BusyModel> {
  const eager = withThreshold(presetOf(preset, detections), 0)
  const limit = limitsOf(eager).detections
  const weights = randomWeights(eager)
  const session = await createSession(inferenceModel(buildModel(eager), weights), options)
  try {
    const { data } = (await session.run({ image })).scores as Tensor<'float32'>
    if (data.length < limit) {
      throw new ConfigError('random weights find too few objects in this picture', {
        where: preset,
        expected: `${limit}`,
        got: `${data.length}`,
        hint: 'Give a larger one',
      })
    }
    return { config: withThreshold(eager, data[limit - 1] * (1 - 1e-6)), weights }
  } finally {
    await session.dispose()
  }
}

/** The model file of such a model. */
export function encodeBusyModel(
  { config, weights }: BusyModel,
  options?: { readonly float16?: boolean },
): Uint8Array {
  const metadata = {
    architecture: config,
    categories: cocoCategories(config.numClasses),
    licence: 'CC0-1.0',
    source: 'random numbers',
    figures: {},
  }
  return encodeModelFile({ metadata, weights }, options)
}

function presetOf(name: string, detections: number | undefined): ModelConfig {
  if (!Object.hasOwn(PRESETS, name)) {
    throw new ConfigError('there is no such preset', {
      where: name,
      expected: 'one of docs/models.md, such as maskrcnn_resnet50_fpn',
    })
  }
  const config = PRESETS[name]()
  return detections === undefined ? config : withLimits(config, { ...limitsOf(config), detections })
}

function withThreshold(config: ModelConfig, scoreThreshold: number): ModelConfig {
  if ('retina' in config) return { ...config, retina: { ...config.retina, scoreThreshold } }
  // What passes by the probability of its class alone depends on luck where weights are random.
  if ('fcos' in config)
    return { ...config, fcos: { ...config.fcos, scoreThreshold, thresholdOn: 'score' } } as ModelConfig
  return { ...config, box: { ...config.box, scoreThreshold } }
}

/**
 * Random weights that behave a little as trained ones: what a residual block adds is small, else numbers grow from block to block,
 * and boxes of FCOS have sides of some six strides, else half of them have none.
 */
function randomWeights(config: ModelConfig): Map<string, Tensor<'float32'>> {
  const asked = asInputs()
  buildModel(config).inference(rootScope(asked.resolve, 'running'), input('image', 'uint8', ['H', 'W', 3]))
  const weights = initialize(asked.specs.values(), 0)
  for (const [name, { data }] of weights) {
    if (name.endsWith('.bn3.weight')) data.fill(0.1)
    if ('fcos' in config && name.endsWith('.bbox_reg.bias')) data.fill(3)
  }
  return weights
}
