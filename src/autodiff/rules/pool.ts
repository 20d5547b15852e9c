import type { Value } from '../../graph/value.ts'
import { Conv, ConvTranspose } from '../../ops/conv.ts'
import { add, and, cast, div, equal, mul, not, or } from '../../ops/elementwise.ts'
import { emitOne, scalar } from '../../ops/infer.ts'
import {
  concat,
  expand,
  pad,
  reshape,
  type Size,
  sizeAdd,
  sizeMul,
  sizeOf,
  sizeSub,
  unsqueeze,
} from '../../ops/layout.ts'
import { AveragePool, type AveragePoolAttributes, type PoolAttributes } from '../../ops/pool.ts'
import { type FloatValue, floatInput, gradOutput, type RuleContext, zerosLike } from '../rule.ts'
import { windowViews } from './window.ts'

/**
 * The gradient of a window goes to its first maximum (row by row), as in PyTorch. Every kernel position
 * in turn asks whether the input it sees is the window's maximum and none before was; what it collects is
 * laid out by phase (position modulo stride) and the phases are interleaved to the input's grid.
 */
export function maxPoolRule(context: RuleContext<PoolAttributes>) {
  const x = floatInput(context, 0)
  const y = context.outputs[0] as FloatValue
  const g = gradOutput(context)
  const { kernelShape, strides, pads } = context.attributes
  const extra = [0, 1].map((i) => overhang(x, y, context.attributes, i))
  const lowest = scalar(x.dtype, Number.NEGATIVE_INFINITY)
  const padded = pad(
    x,
    [0, 0, pads[0], pads[1]],
    [0, 0, ...extra.map((size, i) => sizeAdd(size, pads[i + 2]))],
    lowest,
  )
  const view = windowViews(padded, y, strides)
  const steps = [0, 1].map((i) => Math.floor((kernelShape[i] - 1) / strides[i]))
  const phases = new Map<number, FloatValue>()
  let taken: Value<'bool'> | undefined
  for (let ky = 0; ky < kernelShape[0]; ky++) {
    for (let kx = 0; kx < kernelShape[1]; kx++) {
      const seen = view(ky, kx)
      const isMaximum: Value<'bool'> = equal(seen, y)
      const wins: Value<'bool'> = taken ? and(isMaximum, not(taken)) : isMaximum
      taken = taken ? or(taken, isMaximum) : isMaximum
      const shift = [Math.floor(ky / strides[0]), Math.floor(kx / strides[1])]
      const share = pad(
        mul(g, cast(wins, g.dtype)),
        [0, 0, ...shift],
        [0, 0, steps[0] - shift[0], steps[1] - shift[1]],
        scalar(g.dtype, 0),
      )
      const phase = (ky % strides[0]) * strides[1] + (kx % strides[1])
      const sum = phases.get(phase)
      phases.set(phase, sum ? add(sum, share) : share)
    }
  }
  const zero = zerosLike(phases.get(0) as FloatValue)
  const rows = Array.from({ length: strides[0] }, (_, py) =>
    interleave(
      Array.from({ length: strides[1] }, (_, px) => phases.get(py * strides[1] + px) ?? zero),
      3,
    ),
  )
  return [place(interleave(rows, 2), x, [pads[0], pads[1]])]
}

/** How far the last windows of a pool reach beyond the padded input (with ceil_mode), at least 0 for a known size. */
function overhang(x: FloatValue, y: FloatValue, attributes: PoolAttributes, i: number): Size {
  if (attributes.ceilMode === 0) return 0
  const { kernelShape, strides, pads } = attributes
  const reached = sizeAdd(sizeMul(sizeSub(sizeOf(y, i + 2), 1), strides[i]), kernelShape[i])
  const beyond = sizeSub(reached, sizeAdd(sizeOf(x, i + 2), pads[i] + pads[i + 2]))
  return typeof beyond === 'number' ? Math.max(beyond, 0) : beyond
}

/** Values of one shape, taken in turns along an axis: `[a0, b0, a1, b1, ...]`. */
function interleave(values: readonly FloatValue[], axis: number): FloatValue {
  if (values.length === 1) return values[0]
  const stacked = concat(
    values.map((value) => unsqueeze(value, axis + 1)),
    axis + 1,
  )
  const dims = values[0].shape.map((_, i) => sizeOf(values[0], i))
  return reshape(
    stacked,
    dims.map((size, i) => (i === axis ? sizeMul(size, values.length) : size)),
  )
}

/** Cut `offset` rows and columns from the top left, then cut or filled with zeros to the size of x. */
function place(value: FloatValue, x: FloatValue, offset: readonly number[]): FloatValue {
  const after = [0, 1].map((i) => sizeSub(sizeAdd(sizeOf(x, i + 2), offset[i]), sizeOf(value, i + 2)))
  return pad(value, [0, 0, -offset[0], -offset[1]], [0, 0, ...after], scalar(value.dtype, 0))
}

/** Every window hands equal shares to what it averaged. */
export function averagePoolRule(context: RuleContext<AveragePoolAttributes>) {
  const x = floatInput(context, 0)
  const g = gradOutput(context)
  const { kernelShape, strides, pads } = context.attributes
  const [planes, height, width] = [sizeMul(sizeOf(g, 0), sizeOf(g, 1)), sizeOf(g, 2), sizeOf(g, 3)]
  const shares = reshape(mul(g, shareOfOne(x, g, context.attributes)), [planes, 1, height, width])
  const ones = expand(scalar(x.dtype, 1), [1, 1, ...kernelShape])
  const spread: FloatValue = emitOne(ConvTranspose, [shares, ones], {
    kernelShape,
    strides,
    dilations: [1, 1],
    pads: [0, 0, 0, 0],
    group: 1,
    outputPadding: [0, 0],
  })
  const placed = place(spread, x, [pads[0], pads[1]])
  return [
    reshape(
      placed,
      x.shape.map((_, axis) => sizeOf(x, axis)),
    ),
  ]
}

/** One over the number of elements each window divides by: a number, or `[1, 1, Ho, Wo]` where windows differ. */
function shareOfOne(x: FloatValue, g: FloatValue, attributes: AveragePoolAttributes): FloatValue {
  const { kernelShape, strides, pads, ceilMode, countIncludePad } = attributes
  const isUniform = ceilMode === 0 && (countIncludePad === 1 || pads.every((amount) => amount === 0))
  if (isUniform) return scalar(x.dtype, 1 / (kernelShape[0] * kernelShape[1]))
  const ones = expand(scalar(x.dtype, 1), [1, 1, sizeOf(x, 2), sizeOf(x, 3)])
  const mean: FloatValue = emitOne(AveragePool, [ones], attributes)
  const extra = [0, 1].map((i) => overhang(x, g, attributes, i))
  const inReach = pad(
    ones,
    [0, 0, pads[0], pads[1]],
    [0, 0, ...extra.map((size, i) => sizeAdd(size, pads[i + 2]))],
    scalar(x.dtype, 0),
  )
  const count: FloatValue = emitOne(Conv, [inReach, expand(scalar(x.dtype, 1), [1, 1, ...kernelShape])], {
    kernelShape,
    strides,
    dilations: [1, 1],
    pads: [0, 0, 0, 0],
    group: 1,
  })
  return div(mean, count)
}
