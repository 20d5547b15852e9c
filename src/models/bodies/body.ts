import type { z } from 'zod'
import type { Layer } from '../../nn/conv.ts'
import type { Scope } from '../../nn/scope.ts'

/** What turns images into feature maps, stage by stage. */
export interface Body {
  /** Of the output of every stage. */
  readonly channels: readonly number[]
  /** Pixels of the image along a side of a cell, of every stage. */
  readonly strides: readonly number[]
  /** The most channels of a map of half the image's sides, where memory is highest. */
  readonly stemWidth: number
  /** The stages that a pyramid is built on where the configuration does not say. */
  readonly pyramidStages: readonly number[]
  /** Pixels that sides of images must be multiples of for every map to have as many cells as its stride says; any where not given. */
  readonly sizeDivisible?: number
  /**
   * Names under its scope of the parts that a training may leave as they are, from the image on: torchvision's
   * `trainable_layers` counts the same parts from the other end.
   */
  readonly freezable: readonly (readonly string[])[]
  /** Makes the layers of one stage: the output of the stage before, or images `[N, 3, H, W]`, -> its own. */
  stage(scope: Scope, index: number): Layer
}

/** Bodies that one schema describes. */
export interface BodyFamily<C extends { readonly name: string }> {
  readonly names: readonly C['name'][]
  readonly schema: z.ZodObject & z.ZodType<C>
  /** Of the norms that published weights were trained with; 1e-5 where not given. */
  readonly epsilon?: number
  /** Throws `ConfigError` for settings that do not go together. */
  make(config: C): Body
}
