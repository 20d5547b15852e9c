/** What a configuration starts from that names a recipe. */
import { merged, withDefaults } from './config-model.ts'
import { RECIPE_IMAGES, type Recipe, recipeOf } from './recipes.ts'
import type { ResolvedConfig } from './train-config.ts'

/** The stem and the first stage, where weights are given: what starts at random must learn. */
const FROZEN_STAGES = 2

/**
 * The settings, right or wrong, with those of the recipe they name where they say nothing. For other numbers of images a step the
 * learning rate is in proportion (Goyal et al. 2017), the steps inversely; the milestones lie at the same parts of the steps.
 */
export function withRecipe(settings: unknown): unknown {
  const given = settings as { readonly [K in keyof ResolvedConfig]?: unknown } | null
  const recipe = recipeOf(given?.recipe)
  if (!given || !recipe) return settings
  const images =
    (isPositive(given.batchSize) ? given.batchSize : RECIPE_IMAGES) *
    (isPositive(given.accumulate) ? given.accumulate : 1)
  const ownSteps = Math.max(1, Math.round((recipe.steps * RECIPE_IMAGES) / images))
  const steps = isPositive(given.steps) ? given.steps : ownSteps
  const { kind = 'multi-step' } = (given.schedule ?? {}) as { kind?: unknown }
  const learningRate = (recipe.rate * images) / RECIPE_IMAGES
  const defaults = {
    batchSize: RECIPE_IMAGES,
    steps,
    optimizer: { name: 'sgd', learningRate, momentum: 0.9, weightDecay: 1e-4 },
    schedule: {
      kind,
      warmupSteps: 500,
      warmupFactor: 0.001,
      ...(kind === 'multi-step' && { milestones: milestonesOf(recipe, steps), gamma: 0.1 }),
    },
    clipNorm: null,
    augment: { ...seenScale(given.model), horizontalFlip: 0.5 },
    ...((isNamed(given.initialWeights) || isNamed(given.pretrained)) && {
      freeze: { stages: FROZEN_STAGES },
    }),
  }
  return merged(defaults, settings)
}

/** A run's settings as they are for other `steps`: milestones that are the recipe's lie at the same parts of them. */
export function withSteps(config: ResolvedConfig, steps: number): ResolvedConfig {
  const { schedule } = config
  const recipe = recipeOf(config.recipe)
  if (!recipe || schedule.kind !== 'multi-step') return config
  const isOwn = schedule.milestones.join() === milestonesOf(recipe, config.steps).join()
  return isOwn ? { ...config, schedule: { ...schedule, milestones: milestonesOf(recipe, steps) } } : config
}

/** What came of the recipe, in one line. Undefined without a recipe. */
export function recipeNote(config: ResolvedConfig): string | undefined {
  const { batchSize, accumulate, optimizer, schedule, steps, freeze } = config
  const recipe = recipeOf(config.recipe)
  if (!recipe) return undefined
  const published = `learning rate ${recipe.rate} and ${recipe.steps} steps of ${RECIPE_IMAGES} images`
  const shape =
    schedule.kind === 'multi-step'
      ? `times ${schedule.gamma} from step ${schedule.milestones.join(' and ')} on`
      : schedule.kind
  return (
    `recipe ${config.recipe} (${published}): learning rate ${optimizer.learningRate} and ${steps} steps of ` +
    `${batchSize * accumulate}, ${shape}, ${freeze?.stages ?? 0} stages frozen`
  )
}

function milestonesOf({ steps, milestones }: Recipe, all: number): number[] {
  return milestones.map((milestone) => Math.max(1, Math.round((milestone * all) / steps)))
}

/** Images in training as the finished model sees them. */
function seenScale(model: unknown) {
  const { transform } = (withDefaults(model) ?? {}) as { transform?: { resize?: { kind?: unknown } } }
  return transform?.resize?.kind === 'shortest-side' ? { scale: transform.resize } : undefined
}

function isNamed(weights: unknown): boolean {
  return weights !== undefined && weights !== null
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0
}
