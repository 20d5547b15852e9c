import type { Value } from '../graph/value.ts'
import { roiAlign } from '../ops/roi-align.ts'
import { assignLevels } from './level-assignment.ts'

export interface RoiPoolingConfig {
  /** Cells along each side of the result. */
  readonly outputSize: number
  /** Samples per cell and axis; 0: as many as the cell has pixels. */
  readonly samplingRatio: number
  /** Whether coordinates are shifted by half a pixel (detectron2) or not (torchvision). */
  readonly aligned: boolean
}

/**
 * Pools every region from the pyramid level that fits its size: maps `[N, C, Hl, Wl]` of levels `minLevel`,
 * `minLevel + 1`, ... with stride 2^level, rois `[R, 4]` in pixels of the network's input, batchIndices int64 `[R]` ->
 * `[R, C, outputSize, outputSize]`.
 */
export function multiLevelRoiAlign(
  features: readonly Value<'float32'>[],
  rois: Value<'float32'>,
  batchIndices: Value<'int64'>,
  { outputSize, samplingRatio, aligned }: RoiPoolingConfig,
  minLevel = 2,
): Value<'float32'> {
  const levels =
    features.length > 1
      ? assignLevels(rois, { minLevel, maxLevel: minLevel + features.length - 1 })
      : undefined
  return roiAlign(
    { features, rois, batchIndices, levels },
    {
      outputSize: [outputSize, outputSize],
      spatialScales: features.map((_, i) => 2 ** -(minLevel + i)),
      samplingRatio,
      aligned,
    },
  )
}
