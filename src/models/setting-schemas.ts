/** Schemas of settings that several heads and models share. One schema serves model files and config files. */
import { z } from 'zod'
import type { AnchorConfig } from '../detection/anchors.ts'
import type { RoiPoolingConfig } from '../detection/multi-level-roi-align.ts'
import type { Suppression } from '../detection/select-detections.ts'
import type { TransformConfig } from '../detection/transform.ts'
import type { ResizeRule } from '../geometry/fitted-size.ts'
import type { FocalOptions } from '../nn/losses.ts'
import type { NormConfig } from '../nn/norm.ts'
import { MOST } from './setting-limits.ts'

export const count = z.number().int().positive()
export const upTo = (most: number) => count.max(most)
export const width = upTo(MOST.width)
export const positive = z.number().positive()
export const share = z.number().min(0).max(1)
/** Convolutions one after another; there may be none. */
export const depth = z.number().int().min(0).max(MOST.depth)
export const proposals = upTo(MOST.proposals)

export const norm = z
  .strictObject({
    kind: z.enum(['frozenBatchNorm', 'batchNorm', 'groupNorm']),
    epsilon: z.number().min(0).default(1e-5),
    groups: width.optional(),
  })
  .refine(({ kind, epsilon }) => kind === 'frozenBatchNorm' || epsilon > 0, {
    path: ['epsilon'],
    message: 'above 0 where statistics are taken of maps, which may be the same everywhere',
  })
  .refine(({ kind, groups }) => kind === 'groupNorm' || groups === undefined, {
    path: ['groups'],
    message: 'none, but for groupNorm',
  }) satisfies z.ZodType<NormConfig>

export const pooling = z
  .strictObject({
    pooler: z.enum(['roi-align', 'roi-pool']).optional(),
    outputSize: upTo(MOST.pooledSide),
    samplingRatio: z.number().int().min(0).max(MOST.samples),
    aligned: z.boolean(),
    reduce: z.enum(['mean', 'max']).optional(),
    levels: z.enum(['canonical', 'area-ratio']).optional(),
  })
  .refine(({ reduce, samplingRatio }) => reduce !== 'max' || samplingRatio > 0, {
    path: ['samplingRatio'],
    message: 'at least 1 where the largest of the samples is kept',
  }) satisfies z.ZodType<RoiPoolingConfig>

const levels = z.array(z.array(positive).min(1).max(MOST.anchorsOfLevel)).min(1).max(MOST.levels)
export const anchors = z.strictObject({
  sizes: levels,
  aspectRatios: levels,
  exact: z.boolean().optional(),
}) satisfies z.ZodType<AnchorConfig>

const minScore = share.default(0.001)
export const suppression = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('hard') }),
  z.strictObject({ kind: z.literal('linear'), iouThreshold: share.default(0.3), minScore }),
  z.strictObject({ kind: z.literal('gaussian'), sigma: positive.default(0.5), minScore }),
]) satisfies z.ZodType<Suppression>

export const focal = z.strictObject({
  alpha: share,
  gamma: z.number().int().min(0).max(MOST.focus),
}) satisfies z.ZodType<FocalOptions>

/** Stages of a body. */
export const stages = z.array(z.number().int().min(0)).min(1).max(MOST.levels)

const thresholds = { high: share, low: share }
const isInOrder = ({ high, low }: { readonly high: number; readonly low: number }) => low <= high
const OUT_OF_ORDER = { path: ['low'], message: 'at most high' }

/** From which IoU a row is an object, below which background. */
export const matching = z.strictObject(thresholds).refine(isInOrder, OUT_OF_ORDER)

/** The same, and how many rows a step learns from. */
export const sampling = z
  .strictObject({ size: proposals, positiveFraction: share, ...thresholds })
  .refine(isInOrder, OUT_OF_ORDER)

const fitted = { minSize: upTo(MOST.enlargedSide), maxSize: upTo(MOST.side) }
export const resize = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('shortest-side'), ...fitted, maxSize: fitted.maxSize.default(1333) }),
  z.strictObject({ kind: z.literal('enlarge'), ...fitted, maxSize: fitted.maxSize.default(2048) }),
  z.strictObject({
    kind: z.literal('fixed'),
    height: upTo(MOST.enlargedSide),
    width: upTo(MOST.enlargedSide),
  }),
  z.strictObject({ kind: z.literal('keep') }),
]) satisfies z.ZodType<ResizeRule>

export const transform = z.strictObject({
  resize,
  scalePrecision: z.enum(['float64', 'float32']).optional(),
  mean: z.array(z.number()).length(3),
  std: z.array(positive).length(3),
  sizeDivisible: upTo(MOST.divisor),
}) satisfies z.ZodType<TransformConfig>
