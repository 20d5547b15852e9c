import type { Dim } from '../../graph/dim.ts'
import type { Value } from '../../graph/value.ts'
import { Conv, type ConvAttributes, ConvTranspose, type ConvTransposeAttributes } from '../../ops/conv.ts'
import { emitOne, scalar } from '../../ops/infer.ts'
import { END, pad, reshape, sizeOf, sizeSub, sliceAxes, transpose } from '../../ops/layout.ts'
import { reduceSum } from '../../ops/reduce.ts'
import { type FloatValue, floatInput, gradOutput, type RuleContext } from '../rule.ts'
import { convWeightGradient } from './conv-weight.ts'

export function convRule(context: RuleContext<ConvAttributes>) {
  const [x, w] = [floatInput(context, 0), floatInput(context, 1)]
  const g = gradOutput(context)
  return [
    context.wants(0) ? convInputGradient(x, w, g, context.attributes) : undefined,
    context.wants(1) ? convWeightGradient(w, x, g, context.attributes) : undefined,
    context.inputs[2] && context.wants(2) ? reduceSum(g, [0, 2, 3]) : undefined,
  ]
}

/** A transposed convolution is the adjoint of a convolution: the roles of input and gradient are exchanged. */
export function convTransposeRule(context: RuleContext<ConvTransposeAttributes>) {
  const [x, w] = [floatInput(context, 0), floatInput(context, 1)]
  const g = gradOutput(context)
  const { outputPadding: _, ...attributes } = context.attributes
  return [
    context.wants(0) ? emitOne(Conv, [g, w], attributes as ConvAttributes) : undefined,
    context.wants(1) ? convWeightGradient(w, g, x, attributes as ConvAttributes) : undefined,
    context.inputs[2] && context.wants(2) ? reduceSum(g, [0, 2, 3]) : undefined,
  ]
}

function convInputGradient(x: FloatValue, w: FloatValue, g: FloatValue, attributes: ConvAttributes): Value {
  const { kernelShape, strides, dilations, pads } = attributes
  const reach = kernelShape.map((size, i) => dilations[i] * (size - 1))
  const fullPads = pads.map((amount, i) => reach[i % 2] - amount)
  if (strides.every((stride) => stride === 1) && fullPads.every((amount) => amount >= 0)) {
    return emitOne(Conv, [g, adjointKernel(w, attributes)], { ...attributes, pads: fullPads })
  }
  const [height, width] = [0, 1].map((i) => missing(x.shape[i + 2], g.shape[i + 2], reach[i], i, attributes))
  if (height !== undefined && width !== undefined) {
    return emitOne(ConvTranspose, [g, w], { ...attributes, outputPadding: [height, width] })
  }
  // Sizes that are not known yet: everything to the bottom right, then cut or filled up to the input's size.
  const whole: FloatValue = emitOne(ConvTranspose, [g, w], {
    ...attributes,
    pads: [pads[0], pads[1], 0, 0],
    outputPadding: [0, 0],
  })
  const after = [2, 3].map((axis) => sizeSub(sizeOf(x, axis), sizeOf(whole, axis)))
  return pad(whole, [0, 0, 0, 0], [0, 0, ...after], scalar(g.dtype, 0))
}

/** Rows a transposed convolution falls short of the input: those that the last window did not reach. */
function missing(dim: Dim, windows: Dim, reach: number, i: number, { strides, pads }: ConvAttributes) {
  if (typeof dim !== 'number' || typeof windows !== 'number') return undefined
  return dim - ((windows - 1) * strides[i] + reach + 1 - pads[i] - pads[i + 2])
}

/** Kernel `[Cout, Cin / group, kh, kw]` turned by 180 degrees, its channel axes exchanged within each group. */
function adjointKernel(w: FloatValue, { group, kernelShape }: ConvAttributes): FloatValue {
  const [kh, kw] = kernelShape
  const turned =
    kh * kw === 1
      ? w
      : sliceAxes(w, [
          [2, -1, -END, -1],
          [3, -1, -END, -1],
        ])
  if (group === 1) return transpose(turned, [1, 0, 2, 3])
  const [outs, ins] = [(w.shape[0] as number) / group, w.shape[1] as number]
  const grouped = transpose(reshape(turned, [group, outs, ins, kh, kw]), [0, 2, 1, 3, 4])
  return reshape(grouped, [group * ins, outs, kh, kw])
}
