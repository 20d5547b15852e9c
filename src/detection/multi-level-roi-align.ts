import type { Value } from '../graph/value.ts'
import { roiAlign } from '../ops/roi-align.ts'
import { roiPool } from '../ops/roi-pool.ts'
import { assignLevels } from './level-assignment.ts'

export interface RoiPoolingConfig {
  /**
   * `roi-align` (default): bilinear samples (He et al. 2017). `roi-pool`: the largest of whole pixels (Girshick 2015), which
   * the Mask R-CNN paper compares with; it takes neither samples nor alignment, and much more memory.
   */
  readonly pooler?: 'roi-align' | 'roi-pool'
  /** Cells along each side of the result. */
  readonly outputSize: number
  /** Samples per cell and axis; 0: as many as the cell has pixels. */
  readonly samplingRatio: number
  /** Whether coordinates are shifted by half a pixel (detectron2) or not (torchvision). */
  readonly aligned: boolean
}

/**
 * Pools every region from the pyramid level that fits its size: maps `[N, C, Hl, Wl]` of levels 2, 3, ... with stride
 * 2^level, rois `[R, 4]` in pixels of the network's input, batchIndices int64 `[R]` -> `[R, C, outputSize, outputSize]`.
 */
export function poolRegions(
  features: readonly Value<'float32'>[],
  rois: Value<'float32'>,
  batchIndices: Value<'int64'>,
  config: RoiPoolingConfig,
): Value<'float32'> {
  if (config.pooler !== 'roi-pool') return multiLevelRoiAlign(features, rois, batchIndices, config)
  const { outputSize } = config
  const options = {
    outputSize: [outputSize, outputSize],
    spatialScales: spatialScales(features, MIN_LEVEL),
  } as const
  return roiPool({ features, rois, batchIndices, levels: levelsOf(features, rois, MIN_LEVEL) }, options)
}

const MIN_LEVEL = 2

/** RoIAlign over the levels `minLevel`, `minLevel + 1`, ...: see `poolRegions`. */
export function multiLevelRoiAlign(
  features: readonly Value<'float32'>[],
  rois: Value<'float32'>,
  batchIndices: Value<'int64'>,
  { outputSize, samplingRatio, aligned }: RoiPoolingConfig,
  minLevel = MIN_LEVEL,
): Value<'float32'> {
  return roiAlign(
    { features, rois, batchIndices, levels: levelsOf(features, rois, minLevel) },
    {
      outputSize: [outputSize, outputSize],
      spatialScales: spatialScales(features, minLevel),
      samplingRatio,
      aligned,
    },
  )
}

function levelsOf(features: readonly Value[], rois: Value<'float32'>, minLevel: number) {
  return features.length > 1
    ? assignLevels(rois, { minLevel, maxLevel: minLevel + features.length - 1 })
    : undefined
}

function spatialScales(features: readonly Value[], minLevel: number): number[] {
  return features.map((_, i) => 2 ** -(minLevel + i))
}
