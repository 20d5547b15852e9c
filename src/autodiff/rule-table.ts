import type { opTable } from '../ops/op-table.ts'
import { type GradientRule, NO_GRADIENT, refuseGradient } from './rule.ts'
import * as conv from './rules/conv.ts'
import * as elementwise from './rules/elementwise.ts'
import * as gather from './rules/gather.ts'
import * as layout from './rules/layout.ts'
import * as linear from './rules/linear.ts'
import * as normalize from './rules/normalize.ts'
import * as pool from './rules/pool.ts'
import * as reduce from './rules/reduce.ts'
import * as resize from './rules/resize.ts'
import * as roiAlign from './rules/roi-align.ts'
import * as roiPool from './rules/roi-pool.ts'
import * as select from './rules/select.ts'

export type RuleTable = {
  readonly [K in keyof typeof opTable]: GradientRule<(typeof opTable)[K]> | typeof NO_GRADIENT
}

/** The gradient of every op; an op without an entry does not compile. */
export const ruleTable: RuleTable = {
  Abs: elementwise.absRule,
  Add: elementwise.addRule,
  And: NO_GRADIENT,
  ArgMax: NO_GRADIENT,
  AveragePool: pool.averagePoolRule,
  Cast: elementwise.castRule,
  Ceil: NO_GRADIENT,
  Concat: layout.concatRule,
  Conv: conv.convRule,
  ConvTranspose: conv.convTransposeRule,
  CumSum: reduce.cumSumRule,
  DequantizeLinear: refuseGradient('levels have no gradient', 'Quantise after training.'),
  Div: elementwise.divRule,
  Equal: NO_GRADIENT,
  Erf: elementwise.erfRule,
  Exp: elementwise.expRule,
  Expand: layout.expandRule,
  Floor: NO_GRADIENT,
  Gather: gather.gatherRule,
  GatherElements: gather.gatherElementsRule,
  GatherND: gather.gatherNDRule,
  Gemm: linear.gemmRule,
  Greater: NO_GRADIENT,
  GreaterOrEqual: NO_GRADIENT,
  HardSigmoid: elementwise.hardSigmoidRule,
  Identity: elementwise.identityRule,
  Less: NO_GRADIENT,
  LessOrEqual: NO_GRADIENT,
  Log: elementwise.logRule,
  LogSoftmax: normalize.logSoftmaxRule,
  Loop: refuseGradient('a loop has no gradient', 'Write its iterations one after another.'),
  MatMul: linear.matMulRule,
  Max: elementwise.maxRule,
  MaxPool: pool.maxPoolRule,
  Min: elementwise.minRule,
  MultiLevelRoiAlign: roiAlign.roiAlignRule,
  MultiLevelRoiPool: roiPool.roiPoolRule,
  Mul: elementwise.mulRule,
  Neg: elementwise.negRule,
  NonMaxSuppression: NO_GRADIENT,
  NonZero: NO_GRADIENT,
  Not: NO_GRADIENT,
  OneHot: gather.oneHotRule,
  Or: NO_GRADIENT,
  Pad: layout.padRule,
  Pow: elementwise.powRule,
  QuantizeLinear: refuseGradient('levels have no gradient', 'Quantise after training.'),
  Range: NO_GRADIENT,
  Reciprocal: elementwise.reciprocalRule,
  ReduceMax: reduce.reduceExtremeRule,
  ReduceMean: reduce.reduceMeanRule,
  ReduceMin: reduce.reduceExtremeRule,
  ReduceSum: reduce.reduceSumRule,
  Relu: elementwise.reluRule,
  Reshape: layout.reshapeRule,
  Resize: resize.resizeRule,
  RoiAlign: refuseGradient(
    'the runtime operator has no gradient',
    'Use roiAlign, which is lowered as needed.',
  ),
  Round: NO_GRADIENT,
  ScatterElements: gather.scatterElementsRule,
  ScatterND: gather.scatterNDRule,
  Shape: NO_GRADIENT,
  Sigmoid: elementwise.sigmoidRule,
  Sign: NO_GRADIENT,
  Slice: layout.sliceRule,
  Softmax: normalize.softmaxRule,
  Softplus: elementwise.softplusRule,
  Sqrt: elementwise.sqrtRule,
  StopGradient: NO_GRADIENT,
  Sub: elementwise.subRule,
  Tanh: elementwise.tanhRule,
  TopK: select.topKRule,
  Transpose: layout.transposeRule,
  Where: elementwise.whereRule,
}
