/**
 * Graphs of ONNX operators as typed TypeScript values, their reverse-mode gradients, and their encoding:
 * the floors under Maskwright's models, usable alone. Nothing here needs a runtime.
 */
export { gradients } from './autodiff/gradients.ts'
export {
  ConfigError,
  DataError,
  type ErrorParts,
  GradientError,
  GraphError,
  MaskwrightError,
  SessionError,
  ShapeError,
  WeightError,
} from './errors.ts'
export type { Dim } from './graph/dim.ts'
export { foldConstants } from './graph/fold-constants.ts'
export { type Graph, graph } from './graph/graph.ts'
export { mergeEqual } from './graph/merge-equal.ts'
export {
  type Attributes,
  defineOp,
  emit,
  type GradientContext,
  type Node,
  type Op,
  type Target,
} from './graph/op.ts'
export { within } from './graph/path.ts'
export { printGraph } from './graph/print.ts'
export { type Rule, rewrite } from './graph/rewrite.ts'
export { type ToOnnxOptions, toOnnx } from './graph/to-onnx.ts'
export { constant, input, type Value } from './graph/value.ts'
export { verify } from './graph/verify.ts'
export { decodeModel } from './onnx/decode.ts'
export { encodeModel } from './onnx/encode.ts'
export type { ModelProto, TensorProto } from './onnx/messages.ts'
export { decodeTensor, dtypeOf } from './onnx/tensor-proto.ts'
export { type ConvOptions, conv, convTranspose } from './ops/conv.ts'
export {
  abs,
  add,
  and,
  cast,
  ceil,
  clamp,
  div,
  equal,
  erf,
  exp,
  floor,
  greater,
  greaterOrEqual,
  hardSigmoid,
  hardSwish,
  identity,
  less,
  lessOrEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  not,
  or,
  pow,
  reciprocal,
  relu,
  round,
  sigmoid,
  sign,
  softplus,
  sqrt,
  stopGradient,
  sub,
  tanh,
  where,
} from './ops/elementwise.ts'
export {
  gather,
  gatherElements,
  gatherND,
  nonZero,
  oneHot,
  pick,
  scatterElements,
  scatterND,
} from './ops/gather.ts'
export { broadcastShapes, emitOne, scalar } from './ops/infer.ts'
export {
  concat,
  END,
  expand,
  expandTo,
  pad,
  range,
  reshape,
  reshapeTo,
  type Size,
  shapeOf,
  sizeAdd,
  sizeDiv,
  sizeMax,
  sizeMin,
  sizeMul,
  sizeOf,
  sizeSub,
  sizes,
  slice,
  sliceAxes,
  squeeze,
  transpose,
  unsqueeze,
} from './ops/layout.ts'
export { gemm, matMul } from './ops/linear.ts'
export { type Iteration, loop } from './ops/loop.ts'
export { logSoftmax, softmax } from './ops/normalize.ts'
export { opTable } from './ops/op-table.ts'
export { averagePool, maxPool, type PoolOptions } from './ops/pool.ts'
export {
  argMax,
  cumSum,
  type ReduceOptions,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
} from './ops/reduce.ts'
export { type ResampleMode, type Resampling, resample, resampleNearest } from './ops/resample.ts'
export { resize, resizeByScale } from './ops/resize.ts'
export { type RoiAlignOptions, type RoiInputs, roiAlign } from './ops/roi-align.ts'
export { type RoiPoolOptions, roiPool } from './ops/roi-pool.ts'
export { nonMaxSuppression, topK } from './ops/select.ts'
export type { Dtype, FloatDtype } from './tensor/dtype.ts'
export { float32, int64, type Tensor, tensor, toNumbers, zeros } from './tensor/tensor.ts'
