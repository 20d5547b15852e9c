/** `maskwright/nn`: layers as functions with named weights, and losses; everything emits the ops of `maskwright/graph`. */

export { type ConvLayerOptions, conv2d, convTranspose2d, type Layer } from './nn/conv.ts'
export { type DeformConvOptions, deformConv, deformConv2d } from './nn/deform-conv.ts'
export { foldNorms } from './nn/fold-norms.ts'
export { type Init, initialize, ONES, type ParameterRole, type ParameterSpec, ZEROS } from './nn/init.ts'
export { type LinearOptions, linear } from './nn/linear.ts'
export {
  binaryCrossEntropyWithLogits,
  type FocalOptions,
  generalizedIouLoss,
  type IouLossKind,
  type IouLossOptions,
  iouLoss,
  sigmoidFocal,
  smoothL1,
  softmaxCrossEntropy,
  weightedMean,
} from './nn/losses.ts'
export {
  BATCH_NORM,
  batchNorm,
  type ConvNormOptions,
  convNorm,
  FROZEN_BATCH_NORM,
  frozenBatchNorm,
  groupNorm,
  type NormConfig,
} from './nn/norm.ts'
export {
  asInputs,
  fromTensors,
  type InputParameters,
  type Resolver,
  rootScope,
  type Scope,
  type Statistics,
} from './nn/scope.ts'
