import { ShapeError } from '../errors.ts'
import { addDims, type Dim, divideDims, formatShape, isKnown, multiplyDims } from '../graph/dim.ts'
import { defineOp } from '../graph/op.ts'
import type { Value } from '../graph/value.ts'
import type { FloatDtype } from '../tensor/dtype.ts'
import { emitOne, need, requireDtype, requireRank, requireSame } from './infer.ts'

/** Geometry of a two-dimensional window. `pads` is top, left, bottom, right. */
export interface Window {
  readonly kernelShape: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly pads: readonly number[]
}

export interface ConvAttributes extends Window {
  readonly group: number
  readonly [name: string]: number | readonly number[] | undefined
}

export interface ConvTransposeAttributes extends ConvAttributes {
  readonly outputPadding: readonly number[]
}

/** Positions of a window along one axis; `ceil` keeps a last window that starts inside the (left-padded) input. */
export function windowCount(
  dim: Dim,
  kernel: number,
  stride: number,
  dilation: number,
  before: number,
  after: number,
  ceil = false,
): Dim {
  requireStride(stride)
  const span = dilation * (kernel - 1) + 1
  const room = addDims(dim, before + after - span + (ceil ? stride - 1 : 0))
  if (typeof room === 'number' && room < 0) {
    throw new ShapeError('the window does not fit into its input', {
      expected: `at least ${span}`,
      got: `${dim} + ${before + after} padding`,
    })
  }
  const count = addDims(divideDims(room, stride), 1)
  const overhangs =
    ceil && typeof count === 'number' && typeof dim === 'number' && (count - 1) * stride >= dim + before
  return overhangs ? (count as number) - 1 : count
}

function requireStride(stride: number): void {
  if (!Number.isInteger(stride) || stride < 1) {
    throw new ShapeError('windows cannot have this stride', {
      expected: 'an integer from 1',
      got: `${stride}`,
    })
  }
}

/** x `[N, C, H, W]`, w `[Cout, C / group, kh, kw]`, optional bias `[Cout]` -> `[N, Cout, Ho, Wo]`. */
export const Conv = defineOp<ConvAttributes>({
  name: 'Conv',
  infer(inputs, attributes) {
    const x = need(inputs, 0)
    const w = need(inputs, 1)
    requireDtype(x, ['float32', 'float64', 'float16'], 'input')
    requireDtype(w, [x.dtype], 'weight')
    requireRank(x, 4, 'input')
    requireRank(w, 4, 'weight')
    const { group, kernelShape, strides, dilations, pads } = attributes
    requireSame(
      multiplyDims(w.shape[1], group),
      x.shape[1],
      `input channels (weight ${formatShape(w.shape)}, group ${group})`,
    )
    if (isKnown(w.shape[0]) && w.shape[0] % group !== 0) {
      throw new ShapeError('output channels do not fall into the groups', {
        expected: `a multiple of ${group}`,
        got: `${w.shape[0]}`,
      })
    }
    if (inputs[2]) requireSame(w.shape[0], inputs[2].shape[0], 'bias and output channels')
    const spatial = [0, 1].map((i) =>
      windowCount(x.shape[i + 2], kernelShape[i], strides[i], dilations[i], pads[i], pads[i + 2]),
    )
    return [{ dtype: x.dtype, shape: [x.shape[0], w.shape[0], ...spatial] }]
  },
})

/** x `[N, C, H, W]`, w `[C, Cout / group, kh, kw]`, optional bias `[Cout]`: the adjoint of `Conv`. */
export const ConvTranspose = defineOp<ConvTransposeAttributes>({
  name: 'ConvTranspose',
  infer(inputs, { group, kernelShape, strides, dilations, pads, outputPadding }) {
    const x = need(inputs, 0)
    const w = need(inputs, 1)
    requireDtype(w, [x.dtype], 'weight')
    requireRank(x, 4, 'input')
    requireRank(w, 4, 'weight')
    requireSame(w.shape[0], x.shape[1], 'input channels of weight and input')
    for (const stride of strides) requireStride(stride)
    const spatial = [0, 1].map((i) =>
      requireSize(
        addDims(
          multiplyDims(addDims(x.shape[i + 2], -1), strides[i]),
          dilations[i] * (kernelShape[i] - 1) + 1 + outputPadding[i] - pads[i] - pads[i + 2],
        ),
      ),
    )
    return [{ dtype: x.dtype, shape: [x.shape[0], multiplyDims(w.shape[1], group), ...spatial] }]
  },
})

/** A size of a map, which must have an element where it is known. */
export function requireSize<S>(size: S): S {
  if (typeof size === 'number' && size < 1) {
    throw new ShapeError('nothing is left of the map', { expected: 'a size of at least 1', got: `${size}` })
  }
  return size
}

export interface ConvOptions {
  /** One number for both axes. */
  readonly stride?: number
  /** On all four sides. */
  readonly padding?: number
  /** At the bottom and right, where that differs. */
  readonly paddingAfter?: number
  readonly dilation?: number
  readonly groups?: number
}

/** Two-dimensional convolution; kernel sizes come from the weight, which must be static. */
export function conv<D extends FloatDtype>(
  x: Value<D>,
  w: Value<D>,
  bias?: Value<D>,
  options: ConvOptions = {},
): Value<D> {
  return emitOne(Conv, [x, w, bias], convAttributes(w, options))
}

/** Transposed convolution: the input gradient of `conv` with the same options. */
export function convTranspose<D extends FloatDtype>(
  x: Value<D>,
  w: Value<D>,
  bias?: Value<D>,
  options: ConvOptions & { readonly outputPadding?: readonly number[] } = {},
): Value<D> {
  return emitOne(ConvTranspose, [x, w, bias], {
    ...convAttributes(w, options),
    outputPadding: options.outputPadding ?? [0, 0],
  })
}

function convAttributes(
  w: Value,
  { stride = 1, padding = 0, paddingAfter = padding, dilation = 1, groups = 1 }: ConvOptions,
): ConvAttributes {
  const kernelShape = w.shape.slice(2) as number[]
  return {
    kernelShape,
    strides: [stride, stride],
    dilations: [dilation, dilation],
    pads: [padding, padding, paddingAfter, paddingAfter],
    group: groups,
  }
}
