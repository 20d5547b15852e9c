/** Settings that are each possible and multiply to too much memory. */
import type { RoiPoolingConfig } from '../detection/multi-level-roi-align.ts'
import type { BackboneConfig } from './backbone.ts'

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
export interface RegionCounts extends BackboneConfig {
  readonly numClasses: number
  readonly box: BackboneConfig['box'] & { readonly maxDetections: number }
}

/** Numbers held for one region: its cells in every channel, or its samples. */
export function pooledNumbers({ outputSize, samplingRatio }: RoiPoolingConfig, channels: number): number {
  return outputSize ** 2 * Math.max(channels, samplingRatio ** 2)
}
