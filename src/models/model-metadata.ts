import { z } from 'zod'
import { type Channels, type Intensity, isChannels, isIntensity } from '../data/image-reading.ts'
import type { TransformConfig } from '../detection/transform.ts'
import { WeightError } from '../errors.ts'
import { MODEL_CONFIG_SCHEMA, type ModelConfig, tooLarge } from './catalogue.ts'
import { MOST_NUMBERS } from './memory-blocks.ts'
import { count, transform } from './setting-schemas.ts'

/** What a model file says of its model besides the weights. */
export interface ModelMetadata {
  readonly formatVersion: number
  /** Complete, so that no default of a later release changes the model. */
  readonly architecture: ModelConfig
  /** From bytes to the network's input: the architecture's transform, where readers of other languages look for it. */
  readonly preprocessing: TransformConfig
  /** How pictures of more than 8 bits were shown to it in training; files of earlier releases do not say. Default `auto`. */
  readonly intensity?: Intensity
  /** Which channels of pictures it was shown in training; absent where these were the file's own colours, or its first channel. */
  readonly channels?: Channels
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
  /** Names of the keypoints that the model finds of it. */
  readonly keypoints?: readonly string[]
  /** Pairs of keypoints to draw a line between, counted from 1. */
  readonly skeleton?: readonly (readonly [number, number])[]
}

const category = z.object({
  id: z.number().int(),
  name: z.string(),
  keypoints: z.array(z.string()).optional(),
  skeleton: z.array(z.tuple([count, count])).optional(),
})

const modelMetadata: z.ZodType<ModelMetadata> = z.object({
  formatVersion: count,
  architecture: MODEL_CONFIG_SCHEMA,
  preprocessing: transform,
  intensity: z.custom<Intensity>(isIntensity, 'expected auto, full, or two different numbers').optional(),
  channels: z.custom<Channels>(isChannels, 'expected one or three whole numbers from 1 on').optional(),
  categories: z.array(category),
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
  const { architecture } = metadata
  if (JSON.stringify(metadata.preprocessing) !== JSON.stringify(architecture.transform)) {
    throw new WeightError('the model file describes its preprocessing twice, and differently', {
      where: 'preprocessing',
      expected: 'what architecture.transform says',
    })
  }
  if (metadata.categories.length !== architecture.numClasses - 1) {
    throw new WeightError('the model file does not name every class', {
      where: 'categories',
      expected: `${architecture.numClasses - 1}`,
      got: `${metadata.categories.length}`,
    })
  }
  requireOwnIds(metadata.categories)
  requireKeypointNames(metadata)
  const excess = tooLarge(architecture)
  if (excess) {
    throw new WeightError(`the model asks for too much memory for the ${excess.what}`, {
      where: `metadata.architecture: ${excess.settings.join(', ')}`,
      expected: `at most ${MOST_NUMBERS} numbers`,
      got: `${excess.numbers}`,
    })
  }
  return metadata
}

/** What is found is told by the id of its category alone. */
function requireOwnIds(categories: readonly Category[]): void {
  const seen = new Set<number>()
  const twice = categories.find(({ id }) => seen.size === seen.add(id).size)
  if (!twice) return
  throw new WeightError('two categories of the model file have one id', {
    where: 'categories',
    expected: 'an id of its own for each',
    got: `${twice.id} again for ${twice.name}`,
  })
}

/** Categories with keypoints name as many as the model finds. */
function requireKeypointNames({ architecture, categories }: ModelMetadata): void {
  if (!('numKeypoints' in architecture)) return
  const count = architecture.numKeypoints
  const named = categories.filter(({ keypoints = [] }) => keypoints.length > 0)
  const wrong = named.find(
    ({ keypoints = [], skeleton = [] }) =>
      keypoints.length !== count || skeleton.flat().some((end) => end > count),
  )
  if (!wrong && named.length > 0) return
  throw new WeightError('the model file does not name every keypoint', {
    where: 'categories',
    expected: `the names of ${count} keypoints, and a skeleton of these`,
    got: wrong ? `${wrong.keypoints?.length} names for ${wrong.name}` : 'none',
  })
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
