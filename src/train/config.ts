/**
 * The configuration of a training run: what a config file exports, its defaults, and the complete form that is
 * written to `config.json`. Plain JSON throughout.
 */
import type { z } from 'zod'
import type { AugmentConfig } from '../data/augment/augment.ts'
import type { Channels, Intensity } from '../data/image-reading.ts'
import type { RepeatConfig } from '../data/repeat-factors.ts'
import { ConfigError } from '../errors.ts'
import { type NamedArchitecture, tooLarge } from '../models/catalogue.ts'
import { MOST_NUMBERS } from '../models/memory-blocks.ts'
import { type AugmentSettings, completeAugment } from './config-augment.ts'
import { checked, type Mistake, oneError, type Path } from './config-check.ts'
import { architectureOf, type ModelSettings, withDefaults } from './config-model.ts'
import { withPresentNames } from './config-names.ts'
import { applyOverrides, type Override, overrideOf, sourceOf } from './config-overrides.ts'
import { CONFIG_SCHEMA } from './config-schema.ts'

/** Labelled images. Paths in a config file are relative to it, paths on the command line to the working directory. */
export interface DataConfig {
  /** Folder of the images that the annotations name. */
  readonly images: string
  /** COCO file. */
  readonly annotations: string
  /** Only the first so many images of the file. */
  readonly limit?: number
}

export interface TrainDataConfig extends DataConfig {
  /**
   * What becomes of annotations whose box has no area or whose polygon encloses nothing: `error` (default) ends the
   * run before it starts and names the first, `skip` leaves them out.
   */
  readonly onDegenerate?: 'error' | 'skip'
  /** Whether images without objects are trained on as well: they teach what is no object. Default false. */
  readonly keepEmpty?: boolean
  /** Images with rare categories, or of rare kinds, shown more often; null shows every image once an epoch. Default null. */
  readonly repeat?: RepeatConfig | null
}

export type OptimizerConfig = SgdConfig | AdamWConfig

/** Stochastic gradient descent with momentum, as PyTorch's. */
export interface SgdConfig {
  readonly name: 'sgd'
  /** After warm-up and before any decay. Default 0.005. */
  readonly learningRate?: number
  /** Default 0.9. */
  readonly momentum?: number
  /** Default 0.0001. */
  readonly weightDecay?: number
  /** Whether norms and biases decay like weights. Default false. */
  readonly decayNormsAndBiases?: boolean
}

/** AdamW (Loshchilov and Hutter 2019). */
export interface AdamWConfig {
  /** May be left out: AdamW is the default. */
  readonly name?: 'adamw'
  /** Default 0.0005. */
  readonly learningRate?: number
  /** Default `[0.9, 0.999]`. */
  readonly betas?: readonly [number, number]
  /** Default 0.05. */
  readonly weightDecay?: number
  /** Whether norms and biases decay like weights. Default false. */
  readonly decayNormsAndBiases?: boolean
}

/** Warm-up, in which the rate rises in a line from `warmupFactor` of it, then the shape that `kind` names. */
export type ScheduleConfig = WarmUpConfig &
  (
    | { readonly kind?: 'cosine' }
    | { readonly kind: 'constant' }
    /** The rate times `gamma` (default 0.1) from each milestone (a step) on. */
    | { readonly kind: 'multi-step'; readonly milestones: readonly number[]; readonly gamma?: number }
  )

export interface WarmUpConfig {
  /** Default 100; 0 for none. */
  readonly warmupSteps?: number
  /** Default 0.001. */
  readonly warmupFactor?: number
}

/** What a config file exports as `config`. */
export interface TrainConfig {
  /** What the run is for and what it should reach, in a sentence or two; stands in the report. */
  readonly goal?: string
  /** Licence of the model file that comes out: an SPDX identifier, or words. */
  readonly licence?: string
  /** Where the data comes from; stands in the model file. */
  readonly source?: string
  /** The model; settings left out are torchvision's. The number of classes comes from the data. */
  readonly model: ModelSettings
  readonly data: {
    readonly train: TrainDataConfig
    /** Without it nothing is evaluated, and the last weights count as the best. */
    readonly val?: DataConfig | null
    /**
     * Which values of pictures of more than 8 bits become black and white, in training, in evaluation and, as the model file says
     * it, for whoever uses the model. Default `auto`: each picture has its own.
     */
    readonly intensity?: Intensity
    /** Which page, frame or plane of images that have several, counted from 1; null takes the first. Default null. */
    readonly page?: number | null
    /**
     * Which channels of images become red, green and blue, or the one shown as grey; counted from 1. The model file says it. Default
     * null: the file's colours, or its first channel.
     */
    readonly channels?: Channels | null
  }
  /** Default: images as they are. */
  readonly augment?: AugmentSettings
  /** Images of a step. Default 2. */
  readonly batchSize?: number
  /** Steps of the whole run. */
  readonly steps: number
  /** Of starting weights, order, augmentation and sampling. Default 0. */
  readonly seed?: number
  /** Threads that read and augment images; 0 does it between steps. Default 2. */
  readonly workers?: number
  /** Threads that compute; null lets the runtime choose. Results are equal to the last bit for equal numbers. Default null. */
  readonly threads?: number | null
  /** Lays out the memory of a step in one block: faster, with half as much memory again. Needs crops of one size. Default false. */
  readonly planMemory?: boolean
  /** Default AdamW. */
  readonly optimizer?: OptimizerConfig
  /** Default: half a cosine over all steps. */
  readonly schedule?: ScheduleConfig
  /** Largest norm of all gradients together; null does not clip. Default 10. */
  readonly clipNorm?: number | null
  /** Part of the old average that stays in each step of the moving averages that are evaluated; null keeps none. Default null. */
  readonly emaDecay?: number | null
  /** Steps between lines of metrics. Default 20. */
  readonly logEvery?: number
  /** Steps between checkpoints. Default 500. */
  readonly saveEvery?: number
  /** Steps between evaluations and reports; the last step is always evaluated. Default 1000. */
  readonly evaluateEvery?: number
  /**
   * Images with more objects keep a random choice of so many: bounds the memory of a step. The others of such an image count
   * as background in that step, so choose it above the number in most images. Default 100.
   */
  readonly maxInstances?: number
  /** A model file, a run folder, or the name of a bundled model: tensors that fit replace the random start. */
  readonly initialWeights?: string | null
}

export type ResolvedOptimizer =
  | (Required<Omit<SgdConfig, 'name'>> & { readonly name: 'sgd' })
  | (Required<Omit<AdamWConfig, 'name'>> & { readonly name: 'adamw' })

export type ResolvedSchedule = Required<WarmUpConfig> &
  (
    | { readonly kind: 'cosine' | 'constant' }
    | { readonly kind: 'multi-step'; readonly milestones: readonly number[]; readonly gamma: number }
  )

/** A configuration with nothing left to default; paths are absolute. */
export interface ResolvedConfig
  extends Required<Omit<TrainConfig, 'model' | 'data' | 'augment' | 'optimizer' | 'schedule'>> {
  readonly model: NamedArchitecture
  readonly data: {
    readonly train: DataConfig & Required<Omit<TrainDataConfig, keyof DataConfig>>
    readonly val: DataConfig | null
    readonly intensity: Intensity
    readonly page: number | null
    readonly channels: Channels | null
  }
  readonly augment: AugmentConfig
  readonly optimizer: ResolvedOptimizer
  readonly schedule: ResolvedSchedule
}

const DEFAULTS = {
  goal: '',
  licence: 'not stated',
  source: '',
  batchSize: 2,
  seed: 0,
  workers: 2,
  threads: null,
  planMemory: false,
  clipNorm: 10,
  emaDecay: null,
  logEvery: 20,
  saveEvery: 500,
  evaluateEvery: 1000,
  maxInstances: 100,
  initialWeights: null,
} satisfies Partial<ResolvedConfig>

const OPTIMIZER_DEFAULTS = {
  sgd: { name: 'sgd', learningRate: 0.005, momentum: 0.9, weightDecay: 1e-4, decayNormsAndBiases: false },
  adamw: {
    name: 'adamw',
    learningRate: 5e-4,
    betas: [0.9, 0.999],
    weightDecay: 0.05,
    decayNormsAndBiases: false,
  },
} satisfies { readonly [N in ResolvedOptimizer['name']]: ResolvedOptimizer & { readonly name: N } }

const WARM_UP_DEFAULTS: Required<WarmUpConfig> = { warmupSteps: 100, warmupFactor: 0.001 }

export interface ResolveOptions {
  /** The config file, as messages name it. */
  readonly where: string
  readonly overrides?: readonly Override[]
  /** The absolute form of a path that stands in the file, or on the command line. */
  readonly absolute?: (path: string, from: 'file' | 'command line') => string
  /** Whether this is the name of a model rather than a path; no name by default. */
  readonly isModelName?: (name: string) => boolean
  /** Told of each setting that stands there under its name of an earlier release. */
  readonly onRenamed?: (note: string) => void
}

/** Gives a config file its types: `export const config = defineConfig({ ... })`. */
export function defineConfig(config: TrainConfig): TrainConfig {
  return config
}

/**
 * Checks a configuration and completes it; all paths are absolute then. Throws `ConfigError` that names every setting
 * that is wrong, in one line.
 */
export function resolveConfig(
  raw: unknown,
  { where, overrides = [], absolute = (path) => path, isModelName = () => false, onRenamed }: ResolveOptions,
): ResolvedConfig {
  const whereOf = (path: Path) => sourceOf(path, where, overrides)
  const settings = withPresentNames(plain(applyOverrides(raw, overrides)), onRenamed)
  const { data: config, mistakes } = checked(CONFIG_SCHEMA, withChoices(settings), whereOf)
  const all = [...mistakes, ...contradictions(settings, whereOf)]
  if (!config || all.length > 0) throw oneError(all, where)
  const located = (path: string, ...key: string[]) =>
    absolute(path, overrideOf(key, overrides) ? 'command line' : 'file')
  const placed = <T extends DataConfig>(data: T, name: string): T => ({
    ...data,
    images: located(data.images, 'data', name, 'images'),
    annotations: located(data.annotations, 'data', name, 'annotations'),
  })
  refuseTooLarge(config, whereOf)
  const { data, initialWeights } = config
  return completeConfig({
    ...config,
    data: { ...data, train: placed(data.train, 'train'), val: data.val ? placed(data.val, 'val') : null },
    initialWeights:
      initialWeights && !isModelName(initialWeights)
        ? located(initialWeights, 'initialWeights')
        : (initialWeights ?? null),
  })
}

/** What is wrong with settings that each could be. */
function contradictions(settings: unknown, whereOf: (path: Path) => string): Mistake[] {
  if (!isObject(settings)) return []
  const { planMemory, augment } = settings as { planMemory?: unknown; augment?: { crop?: unknown } | null }
  if (planMemory !== true || augment?.crop) return []
  const path = ['planMemory']
  const error = new ConfigError('planMemory needs batches of one size', {
    where: whereOf(path),
    expected: 'augment.crop',
    got: 'none',
    hint: 'Set augment.crop, or leave planMemory out',
  })
  return [{ path, error }]
}

/** Settings of the model that are each possible and multiply to too much; the classes are not known yet. */
function refuseTooLarge({ model }: CheckedConfig, whereOf: (path: Path) => string): void {
  const excess = tooLarge(architectureOf(model, 1, 1))
  if (!excess) return
  throw new ConfigError(`the model asks for too much memory for the ${excess.what}`, {
    where: `${whereOf(['model'])}: ${excess.settings.map((name) => `model.${name}`).join(', ')}`,
    expected: `at most ${MOST_NUMBERS} numbers`,
    got: `${excess.numbers}`,
  })
}

/** The `config.json` of a run, checked and with today's defaults for settings that are younger than it. */
export function parseStoredConfig(text: string, where: string): ResolvedConfig {
  let stored: unknown
  try {
    stored = JSON.parse(text)
  } catch (cause) {
    throw new ConfigError(
      'not valid JSON',
      { where, got: (cause as Error).message, hint: 'The run wrote it; undo what was changed in it' },
      { cause },
    )
  }
  const { data, mistakes } = checked(CONFIG_SCHEMA, withChoices(withPresentNames(stored)), () => where)
  if (!data) throw oneError(mistakes, where)
  return completeConfig(data)
}

type CheckedConfig = z.infer<typeof CONFIG_SCHEMA>

function completeConfig(config: CheckedConfig): ResolvedConfig {
  const { model, data, augment, optimizer, schedule } = config
  return {
    ...DEFAULTS,
    ...config,
    model,
    data: {
      train: { onDegenerate: 'error', keepEmpty: false, repeat: null, ...data.train },
      val: data.val ?? null,
      intensity: data.intensity ?? 'auto',
      page: data.page ?? null,
      channels: data.channels ?? null,
    },
    augment: completeAugment(augment),
    optimizer: { ...OPTIMIZER_DEFAULTS[optimizer?.name ?? 'adamw'], ...optimizer } as ResolvedOptimizer,
    schedule: {
      ...WARM_UP_DEFAULTS,
      kind: 'cosine',
      ...(schedule?.kind === 'multi-step' && { gamma: 0.1 }),
      ...schedule,
    } as ResolvedSchedule,
  }
}

/** A copy without undefined members: leaving out and undefined are the same. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([key, member]) => [key, plain(member)]))
}

/** Names what is chosen by leaving it out, so that the schema sees one of its choices, and completes the model. */
function withChoices(value: unknown): unknown {
  if (!isObject(value)) return value
  const named = (key: string, choice: object) =>
    isObject(value[key]) ? { [key]: { ...choice, ...value[key] } } : {}
  return {
    ...value,
    ...('model' in value && { model: withDefaults(value.model) }),
    ...named('optimizer', { name: 'adamw' }),
    ...named('schedule', { kind: 'cosine' }),
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
