/** Settings of a model in a training configuration, and the architecture they stand for. */
import { z } from 'zod'
import type { AnchorConfig } from '../detection/anchors.ts'
import type { TransformConfig } from '../detection/transform.ts'
import type { FpnConfig } from '../models/backbones/fpn.ts'
import { RESNET_NAMES, type ResNetConfig } from '../models/backbones/resnet.ts'
import type { ModelConfig } from '../models/detection-model.ts'
import {
  type BoxBranchConfig,
  MASK_BRANCH_DEFAULTS,
  type MaskBranchConfig,
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

/** The complete architecture for data of `categories` categories. */
export function architectureOf(settings: ModelSettings, categories: number): ModelConfig {
  const { backbone, fpn, anchors, rpn, box, mask, transform } = settings
  const defaults = TWO_STAGE_DEFAULTS
  const stages = {
    numClasses: categories + 1,
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
  if (settings.name === 'faster-rcnn') return { model: 'faster-rcnn', ...stages }
  const branch = merged(MASK_BRANCH_DEFAULTS, mask, 'pooling', 'head')
  return { model: 'mask-rcnn', ...stages, mask: { ...MASK_BRANCH_DEFAULTS, ...mask, ...branch } }
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

const count = z.int().min(1)
const share = z.number().min(0).max(1)
const positive = z.number().positive()

const norm = z.strictObject({
  kind: z.enum(['frozenBatchNorm', 'batchNorm', 'groupNorm']),
  epsilon: positive,
  groups: count.optional(),
})
const limits = z.strictObject({ preNmsTopN: count.optional(), postNmsTopN: count.optional() })
const pooling = z.strictObject({
  outputSize: count.optional(),
  samplingRatio: z.int().min(0).optional(),
  aligned: z.boolean().optional(),
})
const targets = z.strictObject({
  size: count.optional(),
  positiveFraction: share.optional(),
  high: share.optional(),
  low: share.optional(),
})
const levels = z.array(z.array(positive).min(1)).min(1)

const stages = {
  backbone: z
    .strictObject({
      name: z.enum(RESNET_NAMES).optional(),
      norm: norm.optional(),
      stemWidth: count.optional(),
      groups: count.optional(),
      widthPerGroup: count.optional(),
    })
    .optional(),
  fpn: z.strictObject({ channels: count.optional(), norm: norm.optional() }).optional(),
  anchors: z.strictObject({ sizes: levels, aspectRatios: levels }).optional(),
  rpn: z
    .strictObject({
      head: z.strictObject({ convDepth: count.optional() }).optional(),
      training: limits.optional(),
      inference: limits.optional(),
      nmsThreshold: share.optional(),
      scoreThreshold: share.optional(),
      targets: targets.optional(),
    })
    .optional(),
  box: z
    .strictObject({
      pooling: pooling.optional(),
      head: z
        .discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('mlp'), width: count }),
          z.strictObject({
            kind: z.literal('conv'),
            convs: z.int().min(0),
            convWidth: count,
            width: count,
            norm: norm.optional(),
          }),
        ])
        .optional(),
      boxWeights: z.tuple([positive, positive, positive, positive]).optional(),
      scoreThreshold: share.optional(),
      nmsThreshold: share.optional(),
      maxDetections: count.optional(),
      targets: targets.optional(),
    })
    .optional(),
  transform: z
    .strictObject({
      resize: z
        .discriminatedUnion('kind', [
          z.strictObject({ kind: z.enum(['shortest-side', 'enlarge']), minSize: count, maxSize: count }),
          z.strictObject({ kind: z.literal('fixed'), height: count, width: count }),
          z.strictObject({ kind: z.literal('keep') }),
        ])
        .optional(),
      mean: z.array(z.number()).length(3).optional(),
      std: z.array(positive).length(3).optional(),
      sizeDivisible: count.optional(),
    })
    .optional(),
}

export const MODEL_SCHEMA = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('mask-rcnn'),
    ...stages,
    mask: z
      .strictObject({
        pooling: pooling.optional(),
        head: z
          .strictObject({ convs: z.int().min(0).optional(), width: count.optional(), norm: norm.optional() })
          .optional(),
      })
      .optional(),
  }),
  z.strictObject({ name: z.literal('faster-rcnn'), ...stages }),
]) satisfies z.ZodType<ModelSettings>
