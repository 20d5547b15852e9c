import * as conv from './conv.ts'
import * as elementwise from './elementwise.ts'
import * as gather from './gather.ts'
import * as layout from './layout.ts'
import * as linear from './linear.ts'
import * as loop from './loop.ts'
import * as normalize from './normalize.ts'
import * as pool from './pool.ts'
import * as quantize from './quantize.ts'
import * as reduce from './reduce.ts'
import * as resize from './resize.ts'
import * as roiAlign from './roi-align.ts'
import * as roiAlignNative from './roi-align-native.ts'
import * as roiPool from './roi-pool.ts'
import * as select from './select.ts'

/** Every op there is, by name: what the table of gradient rules has to cover. */
export const opTable = {
  Abs: elementwise.Abs,
  Add: elementwise.Add,
  And: elementwise.And,
  ArgMax: reduce.ArgMax,
  AveragePool: pool.AveragePool,
  Cast: elementwise.Cast,
  Ceil: elementwise.Ceil,
  Concat: layout.Concat,
  Conv: conv.Conv,
  ConvTranspose: conv.ConvTranspose,
  CumSum: reduce.CumSum,
  DequantizeLinear: quantize.DequantizeLinear,
  Div: elementwise.Div,
  Equal: elementwise.Equal,
  Erf: elementwise.Erf,
  Exp: elementwise.Exp,
  Expand: layout.Expand,
  Floor: elementwise.Floor,
  Gather: gather.Gather,
  GatherElements: gather.GatherElements,
  GatherND: gather.GatherND,
  Gemm: linear.Gemm,
  Greater: elementwise.Greater,
  GreaterOrEqual: elementwise.GreaterOrEqual,
  HardSigmoid: elementwise.HardSigmoid,
  Identity: elementwise.Identity,
  Less: elementwise.Less,
  LessOrEqual: elementwise.LessOrEqual,
  Log: elementwise.Log,
  LogSoftmax: normalize.LogSoftmax,
  Loop: loop.Loop,
  MatMul: linear.MatMul,
  Max: elementwise.Max,
  MaxPool: pool.MaxPool,
  Min: elementwise.Min,
  MultiLevelRoiAlign: roiAlign.MultiLevelRoiAlign,
  MultiLevelRoiPool: roiPool.MultiLevelRoiPool,
  Mul: elementwise.Mul,
  Neg: elementwise.Neg,
  NonMaxSuppression: select.NonMaxSuppression,
  NonZero: gather.NonZero,
  Not: elementwise.Not,
  OneHot: gather.OneHot,
  Or: elementwise.Or,
  Pad: layout.Pad,
  Pow: elementwise.Pow,
  QuantizeLinear: quantize.QuantizeLinear,
  Range: layout.Range,
  Reciprocal: elementwise.Reciprocal,
  ReduceMax: reduce.ReduceMax,
  ReduceMean: reduce.ReduceMean,
  ReduceMin: reduce.ReduceMin,
  ReduceSum: reduce.ReduceSum,
  Relu: elementwise.Relu,
  Reshape: layout.Reshape,
  Resize: resize.Resize,
  RoiAlign: roiAlignNative.RoiAlign,
  Round: elementwise.Round,
  ScatterElements: gather.ScatterElements,
  ScatterND: gather.ScatterND,
  Shape: layout.Shape,
  Sigmoid: elementwise.Sigmoid,
  Sign: elementwise.Sign,
  Slice: layout.Slice,
  Softmax: normalize.Softmax,
  Softplus: elementwise.Softplus,
  Sqrt: elementwise.Sqrt,
  StopGradient: elementwise.StopGradient,
  Sub: elementwise.Sub,
  Tanh: elementwise.Tanh,
  TopK: select.TopK,
  Transpose: layout.Transpose,
  Where: elementwise.Where,
} as const
