/** What the settings of a configuration stand for. */
import { drawScale } from '../data/augment/resize.ts'
import type { ReadingOptions } from '../data/image-reading.ts'
import { ConfigError } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import { adamw } from '../optim/adamw.ts'
import type { GradientTransform, Role } from '../optim/gradient-transform.ts'
import { constantRate, cosine, multiStep, type Schedule, warmUp } from '../optim/schedule.ts'
import { sgd } from '../optim/sgd.ts'
import type { SessionOptions } from '../runtime/session.ts'
import { random } from '../tensor/random.ts'
import { parseStoredConfig } from './config.ts'
import { dotted } from './config-check.ts'
import { withSteps } from './config-recipe.ts'
import type { ResolvedConfig, ResolvedOptimizer } from './train-config.ts'

export function optimizerOf(optimizer: ResolvedOptimizer): GradientTransform {
  const { weightDecay, decayNormsAndBiases } = optimizer
  const decayed: readonly Role[] = decayNormsAndBiases ? ['weight', 'bias', 'norm'] : ['weight']
  return optimizer.name === 'sgd'
    ? sgd({ momentum: optimizer.momentum, weightDecay, decayed })
    : adamw({ betas: optimizer.betas, weightDecay, decayed })
}

/** The learning rate of every step, counted from 0. */
export function scheduleOf({ schedule, optimizer, steps }: ResolvedConfig): Schedule {
  const rate = optimizer.learningRate
  const shape =
    schedule.kind === 'cosine'
      ? cosine(rate, { steps })
      : schedule.kind === 'multi-step'
        ? multiStep(rate, schedule)
        : constantRate(rate)
  const { warmupSteps, warmupFactor } = schedule
  return warmupSteps > 0 ? warmUp(shape, { steps: warmupSteps, factor: warmupFactor }) : shape
}

/**
 * Padded size of every batch, a multiple of 32: that of the crop, or of the largest image where features are kept, which must fit every
 * batch. Undefined where sizes vary.
 */
export function batchSizeOf({ augment, freeze }: ResolvedConfig, images: readonly Size[]): Size | undefined {
  const { crop, scale, quarterTurns } = augment
  const up = (side: number) => Math.ceil(side / 32) * 32
  if (crop) return { height: up(crop.height), width: up(crop.width) }
  if (freeze?.features !== 'disk') return undefined
  // A scale without chance draws nothing.
  const seen = images.map((size) => (scale ? drawScale(scale, size, size, random(0)) : size))
  const height = up(seen.reduce((most, size) => Math.max(most, size.height), 0))
  const width = up(seen.reduce((most, size) => Math.max(most, size.width), 0))
  const side = Math.max(height, width)
  return quarterTurns ? { height: side, width: side } : { height, width }
}

/** In how many ways an image lies in the end. */
export function orientationsOf({ augment }: ResolvedConfig): number {
  if (augment.quarterTurns) return 8
  return (augment.horizontalFlip > 0 ? 2 : 1) * (augment.verticalFlip > 0 ? 2 : 1)
}

/** How the graph of a step is opened. */
export function openingOf({ planMemory, searchMemory, optimizeGraph }: ResolvedConfig): SessionOptions {
  return { planMemory, searchMemory, optimize: optimizeGraph ? 'all' : 'none' }
}

/** How images are read, in training and in evaluation. */
export function readingOf({ data: { intensity, page, channels } }: ResolvedConfig): ReadingOptions {
  return { intensity, ...(page && { page }), ...(channels && { channels }) }
}

/** What a model file says of that: pages are a file's own, but whoever uses the model must show it the same channels. */
export function shownAs(config: ResolvedConfig): Pick<ReadingOptions, 'intensity' | 'channels'> {
  const { page: _, ...shown } = readingOf(config)
  return shown
}

/** Settings that may differ when a run is resumed: what they change is not part of a step, or only how long it goes on. */
const FREE: readonly string[] = [
  'recipe',
  'goal',
  'licence',
  'source',
  'steps',
  'workers',
  'threads',
  'planMemory',
  'searchMemory',
  'optimizeGraph',
  'recompute',
  'logEvery',
  'saveEvery',
  'evaluateEvery',
  'earlyStop',
  'averageBest',
  'initialWeights',
  'pretrained',
  'data.train.images',
  'data.train.annotations',
  'data.val',
]

/** Settings of `FREE` that say what is learned from, or what tells how well. */
const DATA = ['data.train.images', 'data.train.annotations', 'data.val']

/** What a resumed run is told to learn from in place of what it was started with: a sentence for each setting. */
export function otherData(stored: string, config: ResolvedConfig, where: string): string[] {
  const started = parseStoredConfig(stored, where)
  return DATA.map((setting) => setting.split('.'))
    .filter((path) => shown(started, path) !== shown(config, path))
    .map(
      (path) =>
        `${dotted(path)} is now ${shown(config, path)}; the run was started with ${shown(started, path)}`,
    )
}

/**
 * Throws `ConfigError` naming the first setting in which a run to be resumed differs from what it was started with, so
 * that no run is half one thing and half another.
 * @param whereOf which flag or file a setting of `config` is from
 * @param stored the text of the run's `config.json`; a setting that it does not name yet had today's default
 */
export function requireSameRun(
  stored: string,
  config: ResolvedConfig,
  where: string,
  whereOf: (path: readonly string[]) => string = () => where,
): void {
  const started = parseStoredConfig(stored, where)
  const path = firstDifference(withSteps(started, config.steps), config, [])
  if (!path) return
  throw new ConfigError(`${dotted(path)} is not what the run was started with`, {
    where: whereOf(path),
    expected: shown(started, path),
    got: shown(config, path),
    hint: 'Change it back to resume, or start another run (--out), with initialWeights if it should continue from these weights',
  })
}

function firstDifference(a: unknown, b: unknown, path: readonly string[]): readonly string[] | undefined {
  if (FREE.includes(dotted(path)) || a === b) return undefined
  if (!isObject(a) || !isObject(b)) return path
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const difference = firstDifference(a[key], b[key], [...path, key])
    if (difference) return difference
  }
  return undefined
}

function shown(value: unknown, path: readonly string[]): string {
  const found = path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)
  return found === undefined ? 'nothing' : JSON.stringify(found)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
