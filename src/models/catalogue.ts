/** All models, by name. What a config file may say, what a model file may hold and what can be built follow from this table. */
import { z } from 'zod'
import type { MaskPasting } from '../geometry/paste-reach.ts'
import type { Backbone } from './backbone.ts'
import { CENTERMASK } from './centermask.ts'
import type { DetectionModel } from './detector.ts'
import { FASTER_RCNN } from './faster-rcnn.ts'
import { FCOS } from './fcos.ts'
import { KEYPOINT_RCNN } from './keypoint-rcnn.ts'
import { MASK_RCNN } from './mask-rcnn.ts'
import { MASK_SCORING_RCNN } from './mask-scoring-rcnn.ts'
import { type MemoryBlock, MOST_NUMBERS } from './memory-blocks.ts'
import type { AnyModelConfig, Architecture, DetectionLimits, ModelDefinition } from './model-definition.ts'
import { RETINANET } from './retinanet.ts'
import { MOST } from './setting-limits.ts'
import { upTo } from './setting-schemas.ts'

const CATALOGUE = {
  'faster-rcnn': FASTER_RCNN,
  'mask-rcnn': MASK_RCNN,
  'keypoint-rcnn': KEYPOINT_RCNN,
  'mask-scoring-rcnn': MASK_SCORING_RCNN,
  retinanet: RETINANET,
  fcos: FCOS,
  centermask: CENTERMASK,
}

type ConfigOf<D> = D extends ModelDefinition<infer C> ? C : never
type ConfigByName = { readonly [N in ModelName]: ConfigOf<(typeof CATALOGUE)[N]> }

export type ModelName = keyof typeof CATALOGUE

export const MODEL_NAMES = Object.keys(CATALOGUE) as readonly ModelName[]

/** The complete architecture of any model: what a model file says of itself. */
export type ModelConfig = ConfigByName[ModelName]

/** An architecture without the number of classes, which comes from the data. */
export type NamedArchitecture = {
  readonly [N in ModelName]: { readonly name: N } & Architecture<ConfigByName[N]>
}[ModelName]

/** Definition of a model. Undefined where there is none of that name. */
export function definitionOf(name: string): ModelDefinition<AnyModelConfig> | undefined {
  return Object.hasOwn(CATALOGUE, name)
    ? (CATALOGUE[name as ModelName] as unknown as ModelDefinition<AnyModelConfig>)
    : undefined
}

const numClasses = z.number().int().min(2).max(MOST.classes)
const numKeypoints = upTo(MOST.keypoints)

/** What a model file may say of its architecture. */
export const MODEL_CONFIG_SCHEMA = eachModel('model', ({ hasKeypoints }) => ({
  numClasses,
  ...(hasKeypoints && { numKeypoints }),
})) as unknown as z.ZodType<ModelConfig>

/** The same without the classes, and with the name as a config file has it: the model's, or another that it goes by. */
export function architectureSchema(
  namesOf: (model: ModelName) => readonly string[],
): z.ZodType<NamedArchitecture> {
  return eachModel('name', () => ({}), namesOf) as unknown as z.ZodType<NamedArchitecture>
}

function eachModel(
  discriminator: string,
  more: (definition: { hasKeypoints?: boolean }) => z.ZodRawShape,
  namesOf: (model: ModelName) => readonly string[] = () => [],
) {
  const [first, ...rest] = MODEL_NAMES.map((name) =>
    z.strictObject({
      [discriminator]: z.literal([name, ...namesOf(name)]),
      ...more(CATALOGUE[name]),
      ...CATALOGUE[name].shape,
    }),
  )
  return z.discriminatedUnion(discriminator, [first, ...rest])
}

/** The model a configuration describes. */
export function buildModel(config: ModelConfig): DetectionModel {
  return definitionOf(config.model)!.build(config)
}

/** What comes before the heads. Throws `ConfigError` for stages that maps cannot be made of. */
export function backboneOfModel(config: ModelConfig): Backbone {
  return definitionOf(config.model)!.backbone(config)
}

export function limitsOf(config: ModelConfig): DetectionLimits {
  return definitionOf(config.model)!.limits(config)
}

/** How its masks are laid over their boxes; undefined where it does not say. */
export function pastingOf(config: ModelConfig): MaskPasting | undefined {
  return 'mask' in config ? config.mask?.pasting : undefined
}

/** The same model with other limits. */
export function withLimits<C extends ModelConfig>(config: C, limits: DetectionLimits): C {
  return definitionOf(config.model)!.withLimits(config, limits) as unknown as C
}

/** The first block of a model whose settings are each possible and together are too much; undefined where all fit. */
export function tooLarge(config: ModelConfig): MemoryBlock | undefined {
  return definitionOf(config.model)!
    .blocks(config)
    .find(({ numbers }) => numbers > MOST_NUMBERS)
}
