import { ConfigError, GraphError } from '../errors.ts'
import { constant, type Value } from '../graph/value.ts'
import { sub } from '../ops/elementwise.ts'
import { roiAlign } from '../ops/roi-align.ts'
import { roiPool } from '../ops/roi-pool.ts'
import { float32 } from '../tensor/tensor.ts'
import type { FeatureMap, FeatureMaps } from './feature-map.ts'
import { assignLevels, assignLevelsByRatio, type LevelRange, type LevelRule } from './level-assignment.ts'

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
  /** The mean of a cell's samples (default), or the largest of a fixed number of them (the paper, table 2c). Of `roi-align`. */
  readonly reduce?: 'mean' | 'max'
  /** How the map that a region is pooled from follows from its size: `canonical` by default. */
  readonly levels?: LevelRule
}

/**
 * Pools every region from the map that fits its size: maps of strides that double from one to the next, rois `[R, 4]` in
 * pixels of the network's input, batchIndices int64 `[R]` -> `[R, C, outputSize, outputSize]`. Throws `ConfigError` for other
 * strides, `GraphError` where levels depend on `imageSizes` and there are none (see `FeatureMaps`).
 */
export function poolRegions(
  maps: readonly FeatureMap[],
  rois: Value<'float32'>,
  batchIndices: Value<'int64'>,
  { pooler, outputSize, samplingRatio, aligned, reduce, levels }: RoiPoolingConfig,
  imageSizes?: Value<'float32'>,
): Value<'float32'> {
  if (reduce === 'max' && samplingRatio === 0) {
    throw new ConfigError('the largest of samples needs a fixed number of them', {
      where: 'pooling.samplingRatio',
      expected: 'at least 1 with reduce max',
      got: '0',
    })
  }
  const shared = {
    outputSize: [outputSize, outputSize],
    spatialScales: maps.map(({ stride }) => 1 / stride),
  } as const
  const inputs = {
    features: maps.map(({ value }) => value),
    rois: maps.some(({ legacyBoxes }) => legacyBoxes) ? throughLastCorner(rois) : rois,
    batchIndices,
    levels: levelsOf(maps, (range) => {
      if (levels !== 'area-ratio') return assignLevels(rois, range, maps[0])
      return assignLevelsByRatio(rois, batchIndices, known(imageSizes), range)
    }),
  }
  return pooler === 'roi-pool'
    ? roiPool(inputs, shared)
    : roiAlign(inputs, { ...shared, samplingRatio, aligned, reduce })
}

/**
 * Regions as heads take them: pooled, and through the layers that heads share; rois `[R, 4]`, batchIndices int64 `[R]` ->
 * `[R, C, S, S]`. Asked again for the same regions it gives the same value.
 */
export function regionFeatures(
  { pooled, shared, imageSizes }: FeatureMaps,
  rois: Value<'float32'>,
  batchIndices: Value<'int64'>,
  pooling: RoiPoolingConfig,
): Value<'float32'> {
  if (!shared) return poolRegions(pooled, rois, batchIndices, pooling, imageSizes)
  const key = `${rois.id} ${batchIndices.id} ${JSON.stringify(pooling)}`
  const known = shared.done.get(key)
  if (known) return known
  const features = shared.layer(poolRegions(pooled, rois, batchIndices, pooling, imageSizes))
  shared.done.set(key, features)
  return features
}

function known(imageSizes: Value<'float32'> | undefined): Value<'float32'> {
  if (imageSizes) return imageSizes
  throw new GraphError('levels by area ratio need the sizes of the images', {
    where: 'pooling.levels',
    expected: 'maps with imageSizes',
  })
}

/** Which map each region is pooled from; nothing to choose where there is one. */
function levelsOf(
  maps: readonly FeatureMap[],
  assign: (range: LevelRange) => Value<'int64'>,
): Value<'int64'> | undefined {
  if (maps.length < 2) return undefined
  const minLevel = Math.log2(maps[0].stride)
  if (maps.some(({ stride }, i) => stride !== 2 ** (minLevel + i))) {
    throw new ConfigError('regions are pooled from maps whose strides double', {
      where: 'pooling',
      got: maps.map(({ stride }) => stride).join(', '),
    })
  }
  return assign({ minLevel, maxLevel: minLevel + maps.length - 1 })
}

/** The last corner moved from the end of the last pixel to its beginning. */
function throughLastCorner(rois: Value<'float32'>): Value<'float32'> {
  return sub(rois, constant(float32([0, 0, 1, 1])))
}
