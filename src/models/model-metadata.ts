import { z } from 'zod'
import { type Intensity, isIntensity } from '../data/image-reading.ts'
import type { TransformConfig } from '../detection/transform.ts'
import { WeightError } from '../errors.ts'
import { MOST, MOST_NUMBERS, tooLarge } from './setting-limits.ts'
import type { ModelConfig } from './two-stage-config.ts'

/** What a model file says of its model besides the weights. */
export interface ModelMetadata {
  readonly formatVersion: number
  /** Complete, so that no default of a later release changes the model. */
  readonly architecture: ModelConfig
  /** From bytes to the network's input: the architecture's transform, where readers of other languages look for it. */
  readonly preprocessing: TransformConfig
  /** How pictures of more than 8 bits were shown to it in training; files of earlier releases do not say. Default `auto`. */
  readonly intensity?: Intensity
  /** In the order of the labels 1 to K. */
  readonly categories: readonly Category[]
  /** SPDX identifier, or words. */
  readonly licence: string
  /** Where the weights and the data come from. */
  readonly source: string
  /** Measured figures by name, for example `segm AP`. */
  readonly figures: Readonly<Record<string, number>>
}

export interface Category {
  /** The data set's own number. */
  readonly id: number
  readonly name: string
}

const count = z.number().int().positive()
const upTo = (most: number) => count.max(most)
const width = upTo(MOST.width)
const proposals = upTo(MOST.proposals)
const convs = z.number().int().min(0).max(MOST.depth)
const positive = z.number().positive()
const share = z.number().min(0).max(1)

const norm = z.strictObject({
  kind: z.enum(['frozenBatchNorm', 'batchNorm', 'groupNorm']),
  epsilon: z.number().min(0),
  groups: width.optional(),
})
const backbone = z.strictObject({
  name: z.enum(['resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152']),
  norm,
  stemWidth: upTo(MOST.stemWidth).optional(),
  groups: upTo(MOST.groups).optional(),
  widthPerGroup: upTo(MOST.widthPerGroup).optional(),
})
const pooling = z.strictObject({
  pooler: z.enum(['roi-align', 'roi-pool']).optional(),
  outputSize: upTo(MOST.pooledSide),
  samplingRatio: z.number().int().min(0).max(MOST.samples),
  aligned: z.boolean(),
})
const limits = z.strictObject({ preNmsTopN: proposals, postNmsTopN: proposals })
const targets = z.strictObject({ size: proposals, positiveFraction: share, high: share, low: share })
const rpn = z.strictObject({
  head: z.strictObject({ convDepth: upTo(MOST.depth) }),
  training: limits,
  inference: limits,
  nmsThreshold: share,
  scoreThreshold: share,
  targets,
})
const boxHead = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mlp'), width }),
  z.strictObject({
    kind: z.literal('conv'),
    convs,
    convWidth: width,
    width,
    norm: norm.optional(),
  }),
])
const box = z.strictObject({
  pooling,
  head: boxHead,
  boxWeights: z.tuple([positive, positive, positive, positive]),
  scoreThreshold: share,
  nmsThreshold: share,
  maxDetections: upTo(MOST.detections),
  targets,
})
/** Settings of the mask branch. */
export const maskShape = z.strictObject({
  pooling,
  head: z.strictObject({ convs, width, norm: norm.optional() }),
})
const preprocessing = z.strictObject({
  resize: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.enum(['shortest-side', 'enlarge']),
      minSize: upTo(MOST.enlargedSide),
      maxSize: upTo(MOST.side),
    }),
    z.strictObject({
      kind: z.literal('fixed'),
      height: upTo(MOST.enlargedSide),
      width: upTo(MOST.enlargedSide),
    }),
    z.strictObject({ kind: z.literal('keep') }),
  ]),
  mean: z.array(z.number()).length(3),
  std: z.array(positive).length(3),
  sizeDivisible: upTo(MOST.divisor),
})
const levels = z.array(z.array(positive).min(1).max(MOST.anchorsOfLevel)).min(1).max(MOST.levels)
/** Settings that all two-stage detectors have. */
export const twoStageShape = {
  numClasses: z.number().int().min(2).max(MOST.classes),
  backbone,
  fpn: z.strictObject({ channels: width, norm: norm.optional() }),
  anchors: z.strictObject({ sizes: levels, aspectRatios: levels }),
  rpn,
  box,
  transform: preprocessing,
}

const modelConfig: z.ZodType<ModelConfig> = z.discriminatedUnion('model', [
  z.strictObject({ model: z.literal('faster-rcnn'), ...twoStageShape }),
  z.strictObject({ model: z.literal('mask-rcnn'), ...twoStageShape, mask: maskShape }),
])

const modelMetadata: z.ZodType<ModelMetadata> = z.object({
  formatVersion: count,
  architecture: modelConfig,
  preprocessing,
  intensity: z.custom<Intensity>(isIntensity, 'expected auto, full, or two different numbers').optional(),
  categories: z.array(z.object({ id: z.number().int(), name: z.string() })),
  licence: z.string(),
  source: z.string(),
  figures: z.record(z.string(), z.number()),
})

/** The JSON of a model file. Throws `WeightError` for other versions and for anything that is not as described. */
export function parseModelMetadata(text: string, version: number): ModelMetadata {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new WeightError('the description of the model is not valid JSON', {}, { cause })
  }
  const found = (value as { readonly formatVersion?: unknown } | null)?.formatVersion
  if (found !== version) {
    throw new WeightError('the model file has another format version', {
      expected: `${version}`,
      got: shown(found),
      hint:
        typeof found === 'number' && found > version ? 'A newer release of Maskwright reads it' : undefined,
    })
  }
  const metadata = checked(modelMetadata, value, 'metadata')
  const { numClasses, transform } = metadata.architecture
  if (JSON.stringify(metadata.preprocessing) !== JSON.stringify(transform)) {
    throw new WeightError('the model file describes its preprocessing twice, and differently', {
      where: 'preprocessing',
      expected: 'what architecture.transform says',
    })
  }
  if (metadata.categories.length !== numClasses - 1) {
    throw new WeightError('the model file does not name every class', {
      where: 'categories',
      expected: `${numClasses - 1}`,
      got: `${metadata.categories.length}`,
    })
  }
  const excess = tooLarge(metadata.architecture)
  if (excess) {
    throw new WeightError(`the model asks for too much memory for the ${excess.what}`, {
      where: `metadata.architecture: ${excess.settings.join(', ')}`,
      expected: `at most ${MOST_NUMBERS} numbers`,
      got: `${excess.numbers}`,
    })
  }
  return metadata
}

function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const at = [where, ...issue.path].join('.')
  const got = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)[key], value)
  if (issue.code !== 'too_big') {
    const what = got === undefined ? 'the setting is missing' : issue.message.replace(/\s+/g, ' ')
    throw new WeightError(what, { where: at })
  }
  throw new WeightError('the model asks for too much', {
    where: at,
    expected: `at most ${issue.maximum}${Array.isArray(got) ? ' entries' : ''}`,
    got: `${Array.isArray(got) ? got.length : got}`,
  })
}

/** A value of a file as messages name it. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  return typeof value === 'object' ? 'no number' : String(value).slice(0, 40)
}
