/** Settings of a model in a training configuration, and the architecture they stand for. */
import { z } from 'zod'
import { type AnchorConfig, PYRAMID_ANCHORS } from '../detection/anchors.ts'
import type { ResizeRule, TransformConfig } from '../detection/transform.ts'
import type { ResNetConfig } from '../models/bodies/resnet.ts'
import type { BoxHeadConfig } from '../models/heads/box.ts'
import type { MaskHeadConfig } from '../models/heads/mask.ts'
import { maskShape, twoStageShape } from '../models/model-metadata.ts'
import type { FpnConfig } from '../models/necks/fpn.ts'
import type { ModelConfig } from '../models/two-stage-config.ts'
import {
  type BoxBranchConfig,
  type FasterRcnnConfig,
  MASK_BRANCH_DEFAULTS,
  type MaskBranchConfig,
  type MaskRcnnConfig,
  type RpnConfig,
  TWO_STAGE_DEFAULTS,
} from '../models/two-stage-config.ts'
import type { NormConfig } from '../nn/norm.ts'

/** A model by name with what differs from torchvision's defaults. */
export interface ModelSettings {
  readonly name: ModelConfig['model']
  readonly backbone?: Partial<WithNorm<ResNetConfig>>
  readonly fpn?: Partial<WithNorm<FpnConfig>>
  /** Sizes of all five levels, P2 to P6, and their ratios: 0.5, 1 and 2 unless given. */
  readonly anchors?: Pick<AnchorConfig, 'sizes'> & Partial<AnchorConfig>
  readonly rpn?: PartialOf<RpnConfig, 'head' | 'training' | 'inference' | 'targets'>
  readonly box?: PartialOf<Omit<BoxBranchConfig, 'head'>, 'pooling' | 'targets'> & {
    readonly head?: WithNorm<BoxHeadConfig>
  }
  /** Of `mask-rcnn` only. */
  readonly mask?: PartialOf<Omit<MaskBranchConfig, 'head'>, 'pooling'> & {
    readonly head?: Partial<WithNorm<MaskHeadConfig>>
  }
  readonly transform?: Partial<Omit<TransformConfig, 'resize'>> & { readonly resize?: ResizeSettings }
}

/** `epsilon` is 1e-5 unless given. */
export type NormSettings = Pick<NormConfig, 'kind'> & Partial<NormConfig>

/** `maxSize` may be left out: 1333, or for `enlarge` 2048. */
export type ResizeSettings = ResizeRule extends infer R
  ? R extends { readonly maxSize: number }
    ? Omit<R, 'maxSize'> & { readonly maxSize?: number }
    : R
  : never

/** T with a norm that may leave out its epsilon. */
type WithNorm<T> = T extends { readonly norm?: NormConfig }
  ? Omit<T, 'norm'> & { readonly norm?: NormSettings }
  : T

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
    backbone: { ...defaults.backbone, ...withEpsilon(backbone) },
    fpn: { ...defaults.fpn, ...withEpsilon(fpn) },
    anchors: { aspectRatios: PYRAMID_ANCHORS.aspectRatios, ...(anchors ?? defaults.anchors) },
    rpn: {
      ...defaults.rpn,
      ...rpn,
      ...merged(defaults.rpn, rpn, 'head', 'training', 'inference', 'targets'),
    },
    box: {
      ...defaults.box,
      ...box,
      ...merged(defaults.box, box, 'pooling', 'targets'),
      head: (withEpsilon(box?.head) ?? defaults.box.head) as BoxHeadConfig,
    },
    transform: {
      ...defaults.transform,
      ...transform,
      resize: transform?.resize ? completeResize(transform.resize) : defaults.transform.resize,
    },
  }
  if (name === 'faster-rcnn') return { name, ...stages }
  const { pooling, head } = MASK_BRANCH_DEFAULTS
  return {
    name,
    ...stages,
    mask: { pooling: { ...pooling, ...mask?.pooling }, head: { ...head, ...withEpsilon(mask?.head) } },
  }
}

const EPSILON = 1e-5

function withEpsilon<T extends { readonly norm?: NormSettings } | object>(
  part: T | undefined,
): (Omit<T, 'norm'> & { readonly norm?: NormConfig }) | undefined {
  if (!part || !('norm' in part) || !part.norm) return part as Omit<T, 'norm'> | undefined
  return { ...part, norm: { epsilon: EPSILON, ...(part.norm as NormSettings) } }
}

/** Largest sides where none is given: the models' own, and one for images that are only enlarged. */
const MAX_SIZES = { 'shortest-side': 1333, enlarge: 2048 } as const

function completeResize(resize: ResizeSettings): ResizeRule {
  return resize.kind === 'shortest-side' || resize.kind === 'enlarge'
    ? { maxSize: MAX_SIZES[resize.kind], ...resize }
    : resize
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

const norm = backbone.shape.norm.partial({ epsilon: true })
const [mlpHead, convHead] = box.shape.head.options
const [fitted, fixed, keep] = transform.shape.resize.options

const stages = {
  backbone: backbone.extend({ norm }).partial().optional(),
  fpn: fpn.extend({ norm: norm.optional() }).partial().optional(),
  anchors: anchors.partial({ aspectRatios: true }).optional(),
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
    .extend({
      pooling: box.shape.pooling.partial(),
      targets: box.shape.targets.partial(),
      head: z.discriminatedUnion('kind', [mlpHead, convHead.extend({ norm: norm.optional() })]),
    })
    .partial()
    .optional(),
  transform: transform
    .extend({ resize: z.discriminatedUnion('kind', [fitted.partial({ maxSize: true }), fixed, keep]) })
    .partial()
    .optional(),
}
const mask = maskShape
  .extend({
    pooling: maskShape.shape.pooling.partial(),
    head: maskShape.shape.head.extend({ norm: norm.optional() }).partial(),
  })
  .partial()
  .optional()

export const MODEL_SCHEMA = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('mask-rcnn'), ...stages, mask }),
  z.strictObject({ name: z.literal('faster-rcnn'), ...stages }),
]) satisfies z.ZodType<ModelSettings>
