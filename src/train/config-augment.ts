/** Settings of the augmentation in a training configuration, and the complete augmentation they stand for. */
import { z } from 'zod'
import { AFFINE_DEFAULTS, type AffineConfig } from '../data/augment/affine.ts'
import { type AugmentConfig, NO_AUGMENTATION } from '../data/augment/augment.ts'
import { BLUR_DEFAULTS, type BlurConfig } from '../data/augment/blur.ts'
import { type ColorConfig, NO_COLOR_CHANGES } from '../data/augment/color-jitter.ts'
import { LEAST_VISIBLE } from '../data/augment/covered.ts'
import type { CropConfig } from '../data/augment/crop.ts'
import { CUTOUT_DEFAULTS, type CutoutConfig } from '../data/augment/cutout.ts'
import { JPEG_DEFAULTS, type JpegConfig } from '../data/augment/jpeg.ts'
import { NOISE_DEFAULTS, type NoiseConfig } from '../data/augment/noise.ts'
import type { ScaleConfig } from '../data/augment/resize.ts'
import type { Size } from '../geometry/boxes.ts'
import type { ResizeRule } from '../geometry/fitted-size.ts'
import { MOST } from '../models/setting-limits.ts'
import { resize } from '../models/setting-schemas.ts'

/** What is left out of it does not happen. */
export interface AugmentSettings
  extends Partial<Omit<AugmentConfig, 'scale' | 'crop' | keyof typeof DEFAULTS>> {
  readonly color?: Partial<ColorConfig>
  readonly affine?: Partial<AffineConfig>
  readonly blur?: ByChance<BlurConfig>
  readonly noise?: ByChance<NoiseConfig>
  readonly cutout?: ByChance<CutoutConfig>
  readonly jpeg?: ByChance<JpegConfig>
  /** Left out: the size at which the model sees images. null: their own. */
  readonly scale?: ScaleSettings | null
  readonly crop?: Size & Partial<Omit<CropConfig, keyof Size>>
}

/** All but the probability has a default. */
type ByChance<T extends { readonly probability: number }> = Pick<T, 'probability'> & Partial<T>

/** What parts of the augmentation are that say nothing else. */
const DEFAULTS = {
  color: NO_COLOR_CHANGES,
  affine: AFFINE_DEFAULTS,
  blur: BLUR_DEFAULTS,
  noise: NOISE_DEFAULTS,
  cutout: CUTOUT_DEFAULTS,
  jpeg: JPEG_DEFAULTS,
} as const

/** `maxSize` may be left out: 1333, as in the models; and `resize`: the model's. */
export type ScaleSettings = ScaleConfig extends infer S
  ? S extends { readonly maxSize: number }
    ? Omit<S, 'maxSize'> & { readonly maxSize?: number }
    : S extends { readonly resize: ResizeRule }
      ? Omit<S, 'resize'> & { readonly resize?: ResizeRule }
      : S
  : never

/** Of the models' own resizing. */
const MAX_SIZE = 1333

/** @param resize the model's */
export function completeAugment(
  { scale, crop, ...rest }: AugmentSettings = {},
  resize: ResizeRule,
): AugmentConfig {
  const named = Object.entries(DEFAULTS).filter(([name]) => name in rest)
  const completed = named.map(([name, defaults]) => [
    name,
    { ...defaults, ...(rest[name as keyof typeof rest] as object) },
  ])
  return {
    ...NO_AUGMENTATION,
    ...rest,
    ...Object.fromEntries(completed),
    scale: completeScale(scale, resize),
    ...(crop && { crop: { ...LEAST_VISIBLE, ...crop } }),
  }
}

function completeScale(scale: ScaleSettings | null | undefined, resize: ResizeRule): ScaleConfig | null {
  if (scale === undefined) return resize.kind === 'keep' ? null : { kind: 'jitter', from: 1, to: 1, resize }
  if (scale === null) return null
  if (scale.kind === 'jitter') return { resize, ...scale }
  return scale.kind === 'shortest-side' || scale.kind === 'shortest-side-range'
    ? { maxSize: MAX_SIZE, ...scale }
    : scale
}

const side = z.int().min(1).max(MOST.enlargedSide)
const maxSize = z.int().min(1).max(MOST.side).optional()
const share = z.number().min(0).max(1)
const positive = z.number().positive()
const strength = z.number().min(0)
const level = strength.max(255)
const factor = positive.max(MOST.scale)
const range = { from: factor, to: factor }

export const AUGMENT_SCHEMA = z.strictObject({
  scale: z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('shortest-side'),
        minSize: z.union([side, z.array(side).min(1).max(MOST.entries)]),
        maxSize,
      }),
      z.strictObject({
        kind: z.literal('shortest-side-range'),
        from: side,
        to: side,
        maxSize,
      }),
      z.strictObject({ kind: z.literal('factor'), ...range }),
      z.strictObject({ kind: z.literal('fit-crop'), ...range }),
      z.strictObject({ kind: z.literal('enlarge'), minSize: side, ...range }),
      z.strictObject({ kind: z.literal('jitter'), ...range, resize: resize.optional() }),
    ])
    .nullable()
    .optional(),
  crop: z
    .strictObject({
      height: side,
      width: side,
      minVisible: share.optional(),
      minArea: strength.optional(),
      fill: z.tuple([strength, strength, strength]).optional(),
    })
    .optional(),
  quarterTurns: z.boolean().optional(),
  horizontalFlip: share.optional(),
  verticalFlip: share.optional(),
  flipPairs: z
    .array(z.tuple([z.string(), z.string()]))
    .max(MOST.keypoints)
    .optional(),
  copyPaste: z.strictObject({ probability: share }).optional(),
  mosaic: z.strictObject({ probability: share }).optional(),
  affine: z
    .strictObject({
      rotate: strength.max(180).optional(),
      scale: share.lt(1).optional(),
      shear: strength.max(60).optional(),
      translate: share.optional(),
    })
    .optional(),
  blur: z.strictObject({ probability: share, sigma: positive.max(MOST.blur).optional() }).optional(),
  noise: z
    .strictObject({ probability: share, gaussian: level.optional(), poisson: level.optional() })
    .optional(),
  cutout: z
    .strictObject({ probability: share, count: z.int().min(1).max(100).optional(), size: share.optional() })
    .optional(),
  jpeg: z.strictObject({ probability: share, quality: z.int().min(1).max(95).optional() }).optional(),
  color: z
    .strictObject({
      brightness: strength.optional(),
      contrast: strength.optional(),
      saturation: strength.optional(),
      grayscale: share.optional(),
      invert: share.optional(),
    })
    .optional(),
}) satisfies z.ZodType<AugmentSettings>
