import { ShapeError } from '../errors.ts'
import { formatShape } from '../graph/dim.ts'
import { defineOp, type Inputs, type Target } from '../graph/op.ts'
import type { Value } from '../graph/value.ts'
import { emitOne, need, requireDtype, requireRank, requireSame } from './infer.ts'
import { gatherRoiAlign } from './roi-align-gather.ts'
import type { RoiAlignProblem } from './roi-align-geometry.ts'
import { maxRoiAlign } from './roi-align-max.ts'
import { nativeRoiAlign } from './roi-align-native.ts'
import { separableRoiAlign } from './roi-align-separable.ts'

export interface RoiAlignAttributes {
  readonly outputHeight: number
  readonly outputWidth: number
  readonly spatialScales: readonly number[]
  /** 0: adaptive. */
  readonly samplingRatio: number
  readonly aligned: number
  readonly reduce: 'mean' | 'max'
  /** `native` asks for the runtime's operator whatever the target says; `target` follows the target. */
  readonly lowering: 'target' | 'native'
  readonly [name: string]: number | string | readonly number[] | undefined
}

/**
 * RoIAlign (He et al., Mask R-CNN, section 3) over L maps, as torchvision computes it. Inputs: rois `[R, 4]` in image
 * pixels, int64 image of each `[R]`, int64 level of each `[R]` (absent for one map), then the maps `[N, C, Hl, Wl]`.
 * Output `[R, C, h, w]`.
 */
export const MultiLevelRoiAlign = defineOp<RoiAlignAttributes>({
  name: 'MultiLevelRoiAlign',
  floats: ['spatialScales'],
  infer(inputs, { outputHeight, outputWidth, spatialScales, samplingRatio, reduce }) {
    const { rois, channels } = checkRoiInputs(inputs, spatialScales.length)
    if (!Number.isInteger(samplingRatio) || samplingRatio < 0) {
      throw new ShapeError('the sampling ratio is not a count', {
        expected: '0 (adaptive) or more samples per bin and axis',
        got: `${samplingRatio}`,
      })
    }
    if (reduce === 'max' && samplingRatio === 0) {
      throw new ShapeError('the largest of samples needs a fixed number of them', {
        expected: '1 or more samples per bin and axis',
        got: '0 (adaptive)',
      })
    }
    return [{ dtype: 'float32', shape: [rois.shape[0], channels, outputHeight, outputWidth] }]
  },
  expand: (inputs, attributes, target) => [lower(roiAlignProblem(inputs, attributes), attributes, target)],
})

function lower(problem: RoiAlignProblem, { lowering }: RoiAlignAttributes, target: Target): Value<'float32'> {
  // ONNX's own maximum is one over weighted corners, not over samples.
  if (problem.reduce === 'max') return maxRoiAlign(problem)
  if (lowering === 'native' || target.roiAlign === 'native') return nativeRoiAlign(problem)
  return problem.samplingRatio > 0 ? gatherRoiAlign(problem) : separableRoiAlign(problem)
}

/** Checks what RoIAlign and RoIPool take: RoIs, their images and levels, and maps of one channel count. */
export function checkRoiInputs(inputs: Inputs, maps: number) {
  const rois = need(inputs, 0)
  const batchIndices = need(inputs, 1)
  requireRank(rois, 2, 'rois')
  requireSame(rois.shape[1], 4, 'columns of the rois')
  requireDtype(rois, ['float32'], 'rois')
  requireDtype(batchIndices, ['int64'], 'images of the rois')
  requireRank(batchIndices, 1, 'images of the rois')
  requireSame(rois.shape[0], batchIndices.shape[0], 'rois and images of the rois')
  const features = inputs.slice(3)
  if (features.length === 0) throw new ShapeError('there are no maps to pool from')
  if (features.length !== maps) {
    throw new ShapeError('every map needs a scale', { expected: `${features.length}`, got: `${maps}` })
  }
  if (maps > 1 || inputs[2]) {
    const levels = need(inputs, 2)
    requireDtype(levels, ['int64'], 'levels')
    requireSame(rois.shape[0], levels.shape[0], 'rois and levels')
  }
  for (const [level, map] of features.entries()) {
    if (map?.shape.length !== 4 || map.dtype !== 'float32') {
      throw new ShapeError(`map ${level} is not float32 [N, C, H, W]`, {
        got: map ? `${map.dtype} ${formatShape(map.shape)}` : 'nothing',
      })
    }
    requireSame(features[0]!.shape[1], map.shape[1], 'channels of the maps')
  }
  return { rois, channels: features[0]!.shape[1] }
}

/** The op's inputs and attributes by their meaning. */
export function roiAlignProblem(inputs: Inputs, attributes: RoiAlignAttributes): RoiAlignProblem {
  const { outputHeight, outputWidth, spatialScales, samplingRatio, aligned, reduce } = attributes
  return {
    rois: inputs[0] as Value<'float32'>,
    batchIndices: inputs[1] as Value<'int64'>,
    levels: inputs[2] as Value<'int64'> | undefined,
    features: inputs.slice(3) as Value<'float32'>[],
    outputSize: [outputHeight, outputWidth],
    spatialScales,
    samplingRatio,
    aligned: aligned === 1,
    reduce,
  }
}

export interface RoiInputs {
  /** L maps `[N, C, Hl, Wl]`. */
  readonly features: readonly Value<'float32'>[]
  /** `[R, 4]`, image pixels. */
  readonly rois: Value<'float32'>
  /** `[R]`, image of each RoI. */
  readonly batchIndices: Value<'int64'>
  /** `[R]`, map of each RoI; may be left out for one map. */
  readonly levels?: Value<'int64'>
}

export interface RoiAlignOptions {
  readonly outputSize: readonly [height: number, width: number]
  /** Map pixels per image pixel, one per map. */
  readonly spatialScales: readonly number[]
  /** Samples per bin and axis; 0: ceil(RoI size / bins), different for every RoI. */
  readonly samplingRatio: number
  /** Pixel centres at i + 0.5 (detectron2's models) or at i, RoIs then at least one map pixel long (torchvision's). */
  readonly aligned: boolean
  /** The mean of a bin's samples (default) or the largest, for a fixed number of them. */
  readonly reduce?: 'mean' | 'max'
  /** `native`: the ONNX operator whatever the target says. */
  readonly lowering?: 'target' | 'native'
}

/** RoIAlign over one map or several, `[R, C, h, w]`. Samples beyond [-1, size] count as zero. R may be 0. */
export function roiAlign(
  { features, rois, batchIndices, levels }: RoiInputs,
  {
    outputSize,
    spatialScales,
    samplingRatio,
    aligned,
    reduce = 'mean',
    lowering = 'target',
  }: RoiAlignOptions,
): Value<'float32'> {
  return emitOne(MultiLevelRoiAlign, [rois, batchIndices, levels, ...features], {
    outputHeight: outputSize[0],
    outputWidth: outputSize[1],
    spatialScales,
    samplingRatio,
    aligned: Number(aligned),
    reduce,
    lowering,
  })
}
