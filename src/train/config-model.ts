/** Settings of a model in a training configuration, and the architecture they stand for. */
import { z } from 'zod'
import type { AnchorConfig } from '../detection/anchors.ts'
import type { TransformConfig } from '../detection/transform.ts'
import type { FpnConfig } from '../models/backbones/fpn.ts'
import type { ResNetConfig } from '../models/backbones/resnet.ts'
import type { ModelConfig } from '../models/detection-model.ts'
import { maskShape, twoStageShape } from '../models/model-metadata.ts'
import {
  type BoxBranchConfig,
  type FasterRcnnConfig,
  MASK_BRANCH_DEFAULTS,
  type MaskBranchConfig,
  type MaskRcnnConfig,
  type RpnConfig,
  TWO_STAGE_DEFAULTS,
} from '../models/two-stage-config.ts'

/** A model by name with what differs from torchvision's defaults. */
export interface ModelSettings {
  readonly name: ModelConfig['model']
  readonly backbone?: Partial<ResNetConfig>
  readonly fpn?: Partial<FpnConfig>
  /** Sizes and ratios of all five levels, P2 to P6. */
  readonly anchors?: AnchorConfig
  readonly rpn?: PartialOf<RpnConfig, 'head' | 'training' | 'inference' | 'targets'>
  readonly box?: PartialOf<BoxBranchConfig, 'pooling' | 'targets'>
  /** Of `mask-rcnn` only. */
  readonly mask?: PartialOf<MaskBranchConfig, 'pooling' | 'head'>
  readonly transform?: Partial<TransformConfig>
}

/** Any part of T, and any part of its members `K`. */
type PartialOf<T, K extends keyof T> = Partial<Omit<T, K>> & { readonly [M in K]?: Partial<T[M]> }

/** Settings with nothing left to torchvision's defaults, so that no default of a later release changes a run. */
export type CompleteModelSettings =
  | ({ readonly name: 'faster-rcnn' } & Omit<FasterRcnnConfig, 'model' | 'numClasses'>)
  | ({ readonly name: 'mask-rcnn' } & Omit<MaskRcnnConfig, 'model' | 'numClasses'>)

export function completeModel(settings: ModelSettings): CompleteModelSettings {
  const { name, backbone, fpn, anchors, rpn, box, mask, transform } = settings
  const defaults = TWO_STAGE_DEFAULTS
  const stages = {
    backbone: { ...defaults.backbone, ...backbone },
    fpn: { ...defaults.fpn, ...fpn },
    anchors: anchors ?? defaults.anchors,
    rpn: {
      ...defaults.rpn,
      ...rpn,
      ...merged(defaults.rpn, rpn, 'head', 'training', 'inference', 'targets'),
    },
    box: { ...defaults.box, ...box, ...merged(defaults.box, box, 'pooling', 'targets') },
    transform: { ...defaults.transform, ...transform },
  }
  if (name === 'faster-rcnn') return { name, ...stages }
  const branch = merged(MASK_BRANCH_DEFAULTS, mask, 'pooling', 'head')
  return { name, ...stages, mask: { ...MASK_BRANCH_DEFAULTS, ...mask, ...branch } }
}

/** The complete architecture for data of `categories` categories. */
export function architectureOf(settings: ModelSettings, categories: number): ModelConfig {
  const { name, ...complete } = completeModel(settings)
  return { model: name, numClasses: categories + 1, ...complete } as ModelConfig
}

function merged<T extends object, K extends keyof T>(
  defaults: T,
  given: { readonly [M in K]?: Partial<T[M]> } | undefined,
  ...keys: readonly K[]
): Pick<T, K> {
  return Object.fromEntries(
    keys.map((key) => [key, { ...defaults[key], ...given?.[key] }]),
  ) as unknown as Pick<T, K>
}

const { backbone, fpn, anchors, rpn, box, transform } = twoStageShape

const stages = {
  backbone: backbone.partial().optional(),
  fpn: fpn.partial().optional(),
  anchors: anchors.optional(),
  rpn: rpn
    .extend({
      head: rpn.shape.head.partial(),
      training: rpn.shape.training.partial(),
      inference: rpn.shape.inference.partial(),
      targets: rpn.shape.targets.partial(),
    })
    .partial()
    .optional(),
  box: box
    .extend({ pooling: box.shape.pooling.partial(), targets: box.shape.targets.partial() })
    .partial()
    .optional(),
  transform: transform.partial().optional(),
}
const mask = maskShape
  .extend({ pooling: maskShape.shape.pooling.partial(), head: maskShape.shape.head.partial() })
  .partial()
  .optional()

export const MODEL_SCHEMA = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('mask-rcnn'), ...stages, mask }),
  z.strictObject({ name: z.literal('faster-rcnn'), ...stages }),
]) satisfies z.ZodType<ModelSettings>
