/** Recipes of training that papers share: learning rates and lengths by name, for steps of 16 images. */

/** Whose recipe it is: all R-CNNs of He et al. 2017 and after; RetinaNet (Lin et al. 2017); CenterMask (Lee and Park 2020). */
const RATES = { 'mask-rcnn': 0.02, retinanet: 0.01, centermask: 0.01 }

/** As Detectron and detectron2 name them. */
const LENGTHS = {
  '1x': { steps: 90_000, milestones: [60_000, 80_000] },
  '2x': { steps: 180_000, milestones: [120_000, 160_000] },
  '3x': { steps: 270_000, milestones: [210_000, 250_000] },
  // CenterMask-Lite's.
  '4x': { steps: 360_000, milestones: [300_000, 340_000] },
}

/** Images of a step. */
export const RECIPE_IMAGES = 16

export type RecipeName = `${keyof typeof RATES}-${keyof typeof LENGTHS}`

export interface Recipe {
  readonly rate: number
  readonly steps: number
  readonly milestones: readonly number[]
}

const TABLE: Readonly<Record<string, Recipe>> = Object.fromEntries(
  Object.entries(RATES).flatMap(([whose, rate]) =>
    Object.entries(LENGTHS).map(([length, rest]) => [`${whose}-${length}`, { rate, ...rest }]),
  ),
)

export const RECIPE_NAMES = Object.keys(TABLE) as RecipeName[]

/** Undefined where there is none of that name. */
export function recipeOf(name: unknown): Recipe | undefined {
  return typeof name === 'string' && Object.hasOwn(TABLE, name) ? TABLE[name] : undefined
}
