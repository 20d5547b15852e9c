/** Checks a configuration and completes it. */
import type { z } from 'zod'
import { ConfigError } from '../errors.ts'
import { buildModel, tooLarge } from '../models/catalogue.ts'
import type { DetectionModel } from '../models/detector.ts'
import { MOST_NUMBERS } from '../models/memory-blocks.ts'
import { wantedWeights } from '../models/wanted-weights.ts'
import { completeAugment } from './config-augment.ts'
import { checked, isObject, type Mistake, oneError, type Path } from './config-check.ts'
import { refuseFreeze } from './config-freeze.ts'
import { architectureOf, withDefaults } from './config-model.ts'
import { withPresentNames } from './config-names.ts'
import { applyOverrides, type Override, overrideOf, sourceOf } from './config-overrides.ts'
import { refuseOtherPretrained, withPretrained } from './config-pretrained.ts'
import { withRecipe } from './config-recipe.ts'
import { CONFIG_SCHEMA } from './config-schema.ts'
import type {
  DataConfig,
  ResolvedConfig,
  ResolvedOptimizer,
  ResolvedSchedule,
  TrainConfig,
  WarmUpConfig,
} from './train-config.ts'

const DEFAULTS = {
  recipe: null,
  goal: '',
  licence: 'not stated',
  source: '',
  batchSize: 2,
  accumulate: 1,
  groupByAspect: false,
  seed: 0,
  workers: 2,
  threads: null,
  planMemory: false,
  searchMemory: true,
  optimizeGraph: true,
  recompute: false,
  clipNorm: 10,
  emaDecay: null,
  freeze: null,
  logEvery: 20,
  saveEvery: 500,
  evaluateEvery: 1000,
  earlyStop: null,
  averageBest: null,
  maxInstances: 100,
  initialWeights: null,
  pretrained: null,
} satisfies Partial<ResolvedConfig>

const OPTIMIZER_DEFAULTS = {
  sgd: {
    name: 'sgd',
    learningRate: 0.005,
    momentum: 0.9,
    weightDecay: 1e-4,
    decayNormsAndBiases: false,
    layerDecay: 1,
  },
  adamw: {
    name: 'adamw',
    learningRate: 5e-4,
    betas: [0.9, 0.999],
    weightDecay: 0.05,
    decayNormsAndBiases: false,
    layerDecay: 1,
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
  const named = withPresentNames(plain(applyOverrides(raw, overrides)), onRenamed)
  const settings = withRecipe(withPretrained(named))
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
  refuseOtherPretrained(config, whereOf)
  const completed = completeAugment(config.augment, config.model.transform.resize)
  const namesOfWeights = () => [...wantedWeights(architectureOf(config.model, 1, 1)).keys()]
  refuseFreeze({ ...config, augment: completed }, builtModel(config, whereOf), namesOfWeights, whereOf)
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
  const { planMemory, searchMemory, augment, data, freeze, ...given } = settings as Readonly<
    Record<string, { readonly [key: string]: unknown } | null>
  > & { readonly planMemory?: unknown; readonly searchMemory?: unknown }
  const wrong = (setting: string, what: string, expected: string, hint: string, got = 'none') => {
    const error = new ConfigError(`${setting} needs ${what}`, {
      ...{ where: whereOf([setting]), expected, got },
      hint: `${hint}, or leave ${setting} out`,
    })
    return { path: [setting], error }
  }
  const hasOneSize = augment?.crop || freeze?.features === 'disk'
  const evaluating = data?.val ? [] : (['earlyStop', 'averageBest'] as const).filter((name) => given[name])
  const changesShape = augment?.crop || augment?.quarterTurns
  const unchanging = 'neither augment.crop nor augment.quarterTurns'
  return [
    ...(given.groupByAspect && changesShape
      ? [wrong('groupByAspect', 'images that keep their shape', unchanging, 'Leave these out', 'one of them')]
      : []),
    ...(planMemory === true && searchMemory === false
      ? [wrong('planMemory', 'the search for memory', 'searchMemory true', 'Set one of them alone', 'false')]
      : []),
    ...(planMemory === true && !hasOneSize
      ? [
          wrong(
            'planMemory',
            'batches of one size',
            'augment.crop or freeze.features disk',
            'Set augment.crop',
          ),
        ]
      : []),
    ...evaluating.map((name) => wrong(name, 'images to evaluate on', 'data.val', 'Set data.val')),
  ]
}

/**
 * The model, with one class for those that are not known yet. Throws `ConfigError` for settings that are each possible and do not
 * go together, or multiply to too much.
 */
function builtModel({ model: settings }: CheckedConfig, whereOf: (path: Path) => string): DetectionModel {
  const architecture = architectureOf(settings, 1, 1)
  let model: DetectionModel
  try {
    model = buildModel(architecture)
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause
    throw new ConfigError(cause.message, { where: whereOf(['model']) }, { cause })
  }
  const excess = tooLarge(architecture)
  if (!excess) return model
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
  // Runs of before trained on images at their own size where nothing was said.
  return completeConfig({ ...data, augment: { scale: null, ...data.augment } })
}

type CheckedConfig = z.infer<typeof CONFIG_SCHEMA>

function completeConfig(config: CheckedConfig): ResolvedConfig {
  const { model, data, augment, optimizer, schedule, freeze } = config
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
    augment: completeAugment(augment, model.transform.resize),
    freeze: freeze ? { features: 'none', until: [], parts: [], ...freeze } : null,
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
