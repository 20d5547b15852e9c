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

/**
 * Cells of maps of these strides, as images are made: of the square that every square picture becomes, to which others add; none
 * where pictures keep their size.
 */
export function cellsOf({ resize }: TransformConfig, strides: readonly number[]): number {
  if (resize.kind === 'keep') return 0
  const square = 'minSize' in resize ? Math.min(resize.minSize, resize.maxSize) : 0
  const { height, width } = resize.kind === 'fixed' ? resize : { height: square, width: square }
  return strides.reduce((sum, stride) => sum + Math.ceil(height / stride) * Math.ceil(width / stride), 0)
}

/** What comes of the stem. */
export function firstMapBlock(backbone: BodyConfig, transform: TransformConfig): MemoryBlock {
  return {
    settings: ['transform.resize', 'backbone.stemWidth'],
    what: 'first feature map',
    numbers: cellsOf(transform, [2]) * bodyOf(backbone).stemWidth,
  }
}

/** Numbers held for one region: its cells in every channel, or its samples. */
export function pooledNumbers({ outputSize, samplingRatio }: RoiPoolingConfig, channels: number): number {
  return outputSize ** 2 * Math.max(channels, samplingRatio ** 2)
}
