import { defineOp } from '../graph/op.ts'
import type { Value } from '../graph/value.ts'
import { emitOne, need, requireDtype, requireRank } from './infer.ts'
import type { RoiAlignProblem } from './roi-align-geometry.ts'
import { joinGroups, levelGroups } from './roi-groups.ts'

export interface NativeRoiAlignAttributes {
  readonly mode: string
  readonly coordinateTransformationMode: string
  readonly outputHeight: number
  readonly outputWidth: number
  readonly samplingRatio: number
  readonly spatialScale: number
  readonly [name: string]: number | string | undefined
}

/** ONNX's RoiAlign over one map: map `[N, C, H, W]`, rois `[R, 4]`, image of each RoI int64 `[R]` -> `[R, C, h, w]`. */
export const RoiAlign = defineOp<NativeRoiAlignAttributes>({
  name: 'RoiAlign',
  floats: ['spatialScale'],
  infer(inputs, { outputHeight, outputWidth }) {
    const [map, rois, images] = [0, 1, 2].map((i) => need(inputs, i))
    requireRank(map, 4, 'map')
    requireRank(rois, 2, 'rois')
    requireDtype(images, ['int64'], 'images of the rois')
    return [{ dtype: map.dtype, shape: [rois.shape[0], map.shape[1], outputHeight, outputWidth] }]
  },
})

/** RoIAlign by the runtime's own operator, map by map. */
export function nativeRoiAlign(problem: RoiAlignProblem): Value<'float32'> {
  const { features, outputSize, spatialScales, samplingRatio, aligned } = problem
  const [outputHeight, outputWidth] = outputSize
  const groups = levelGroups(problem)
  const pooled = groups.map(({ level, rois, batchIndices }) =>
    emitOne<'float32', NativeRoiAlignAttributes>(RoiAlign, [features[level], rois, batchIndices], {
      mode: 'avg',
      coordinateTransformationMode: aligned ? 'half_pixel' : 'output_half_pixel',
      outputHeight,
      outputWidth,
      samplingRatio,
      spatialScale: spatialScales[level],
    }),
  )
  return joinGroups(groups, pooled, problem.rois)
}
