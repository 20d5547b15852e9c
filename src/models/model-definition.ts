/** What a file of a model says of it, so that everything else (files, configurations, commands) follows. */
import type { z } from 'zod'
import type { TransformConfig } from '../detection/transform.ts'
import type { Backbone } from './backbone.ts'
import type { DetectionModel } from './detector.ts'
import type { MemoryBlock } from './memory-blocks.ts'

/** What the configuration of any model has. */
export interface AnyModelConfig {
  /** The name of its definition. */
  readonly model: string
  /** With the background. */
  readonly numClasses: number
  /** Keypoints of an object; of models that find keypoints. */
  readonly numKeypoints?: number
  readonly transform: TransformConfig
}

/** Everything of a configuration that does not follow from its name and its data. */
export type Architecture<C> = Omit<C, 'model' | 'numClasses' | 'numKeypoints'>

/** How much a model may find in one view. */
export interface DetectionLimits {
  readonly detections: number
  /** Regions that the second of two stages looks at. */
  readonly proposals?: number
  /** Boxes of a level that the only stage looks at. */
  readonly candidates?: number
  /** What every detection scores more than, where that is known. */
  readonly score?: number
}

/** A kind of model; C is its complete configuration, plain JSON. */
export interface ModelDefinition<C extends AnyModelConfig> {
  readonly name: C['model']
  /** Whether a configuration has `numKeypoints`. */
  readonly hasKeypoints?: boolean
  /** A schema for each member of the configuration, with all its limits. */
  readonly shape: { readonly [K in keyof Architecture<C>]-?: z.ZodType<C[K]> }
  /** What settings left out of a config file are. */
  readonly defaults: Architecture<C>
  /** Defaults of parts that the model has only where a configuration names them. */
  readonly optional?: Partial<Architecture<C>>
  build(config: C): DetectionModel
  /** Throws `ConfigError` for stages that maps cannot be made of. */
  backbone(config: C): Backbone
  limits(config: C): DetectionLimits
  withLimits(config: C, limits: DetectionLimits): C
  /** Blocks of memory that settings multiply to. */
  blocks(config: C): readonly MemoryBlock[]
}
