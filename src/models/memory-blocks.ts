/** Settings that are each possible and multiply to too much memory. */
import type { RoiPoolingConfig } from '../detection/multi-level-roi-align.ts'
import type { TransformConfig } from '../detection/transform.ts'
import { type BodyConfig, bodyOf } from './bodies/bodies.ts'

/** Numbers in one block of memory inside a model: 2 GiB of float32. torchvision's largest blocks have some 30 million. */
export const MOST_NUMBERS = 2 ** 29

/** A block of memory inside a model. */
export interface MemoryBlock {
  /** The settings that multiply to it, as they are called within the model. */
  readonly settings: readonly string[]
  readonly what: string
  readonly numbers: number
}

/** What the memory of a branch depends on besides its own settings. */
export interface RegionCounts {
  readonly numClasses: number
  /** Of an image at most, and the setting that says so. */
  readonly detections: number
  readonly detectionsFrom: string
  /** Of the maps, and the setting that they follow from. */
  readonly channels: number
  readonly channelsFrom: string
}

/** What comes of the stem; a picture of any size makes no block. */
export function firstMapBlock(backbone: BodyConfig, { resize }: TransformConfig): MemoryBlock {
  const cells = resize.kind === 'fixed' ? (resize.height / 2) * (resize.width / 2) : 0
  return {
    settings: ['transform.resize', 'backbone.stemWidth'],
    what: 'first feature map',
    numbers: cells * bodyOf(backbone).stemWidth,
  }
}

/** Numbers held for one region: its cells in every channel, or its samples. */
export function pooledNumbers({ outputSize, samplingRatio }: RoiPoolingConfig, channels: number): number {
  return outputSize ** 2 * Math.max(channels, samplingRatio ** 2)
}
