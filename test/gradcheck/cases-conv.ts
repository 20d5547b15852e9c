import type { FloatValue } from '../../src/autodiff/rule.ts'
import type { Dim } from '../../src/graph/dim.ts'
import type { Value } from '../../src/graph/value.ts'
import { Conv, ConvTranspose } from '../../src/ops/conv.ts'
import { emitOne, scalar } from '../../src/ops/infer.ts'
import { pad, range, sizeOf, sizeSub, slice } from '../../src/ops/layout.ts'
import { reduceMin } from '../../src/ops/reduce.ts'
import type { GradientCase, InputSpec } from './gradcheck.ts'

interface Geometry {
  readonly x: readonly number[]
  readonly dims?: readonly Dim[]
  readonly outputs: number
  readonly kernel: readonly number[]
  readonly strides?: readonly number[]
  readonly pads?: readonly number[]
  readonly dilations?: readonly number[]
  readonly group?: number
  readonly outputPadding?: readonly number[]
}

const GEOMETRIES: Readonly<Record<string, Geometry>> = {
  '3x3 same': { x: [1, 2, 5, 6], outputs: 3, kernel: [3, 3], pads: [1, 1, 1, 1] },
  '1x1': { x: [1, 3, 4, 5], outputs: 2, kernel: [1, 1] },
  '1x1, batch': { x: [2, 3, 4, 5], outputs: 2, kernel: [1, 1] },
  '1x1, stride 2': { x: [2, 3, 5, 6], outputs: 2, kernel: [1, 1], strides: [2, 2] },
  '3x3, stride 2, odd': { x: [1, 2, 7, 9], outputs: 3, kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  '3x3, stride 2, even': { x: [2, 2, 6, 8], outputs: 3, kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  '7x7, stride 2': { x: [1, 3, 12, 11], outputs: 2, kernel: [7, 7], strides: [2, 2], pads: [3, 3, 3, 3] },
  'not padded, stride 3': { x: [1, 2, 9, 8], outputs: 2, kernel: [2, 3], strides: [3, 2] },
  'dilation 2': { x: [1, 2, 7, 8], outputs: 2, kernel: [3, 3], dilations: [2, 2], pads: [2, 2, 2, 2] },
  'dilation and stride': {
    x: [2, 2, 8, 9],
    outputs: 2,
    kernel: [3, 2],
    dilations: [2, 3],
    strides: [2, 1],
    pads: [1, 0, 2, 1],
  },
  'pads wider than the kernel': { x: [1, 2, 4, 4], outputs: 2, kernel: [2, 2], pads: [2, 1, 3, 2] },
  'two groups': { x: [2, 4, 5, 5], outputs: 6, kernel: [3, 3], pads: [1, 1, 1, 1], group: 2 },
  'two groups, stride 2': { x: [1, 4, 6, 5], outputs: 2, kernel: [3, 3], strides: [2, 2], group: 2 },
  depthwise: { x: [2, 3, 5, 6], outputs: 3, kernel: [3, 3], pads: [1, 1, 1, 1], group: 3 },
  'depthwise, two per channel': { x: [1, 3, 5, 6], outputs: 6, kernel: [3, 3], strides: [2, 2], group: 3 },
  'symbols, same': {
    x: [2, 2, 5, 6],
    dims: ['N', 2, 'H', 'W'],
    outputs: 3,
    kernel: [3, 3],
    pads: [1, 1, 1, 1],
  },
  'symbols, one image': {
    x: [1, 2, 5, 6],
    dims: [1, 2, 'H', 'W'],
    outputs: 3,
    kernel: [3, 3],
    pads: [1, 1, 1, 1],
  },
  'symbols, stride 2, even': {
    x: [1, 2, 6, 7],
    dims: [1, 2, 'H', 'W'],
    outputs: 3,
    kernel: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  },
  'symbols, stride 2, 1x1': {
    x: [2, 2, 6, 7],
    dims: ['N', 2, 'H', 'W'],
    outputs: 3,
    kernel: [1, 1],
    strides: [2, 2],
  },
  'symbols, depthwise, stride 2': {
    x: [1, 3, 6, 5],
    dims: [1, 3, 'H', 'W'],
    outputs: 3,
    kernel: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    group: 3,
  },
}

const TRANSPOSED: Readonly<Record<string, Geometry>> = {
  '2x2, stride 2': { x: [2, 3, 4, 5], outputs: 2, kernel: [2, 2], strides: [2, 2] },
  '2x2, stride 2, symbols': {
    x: [2, 3, 4, 5],
    dims: ['R', 3, 'H', 'W'],
    outputs: 2,
    kernel: [2, 2],
    strides: [2, 2],
  },
  '3x3 with output padding': {
    x: [1, 2, 3, 4],
    outputs: 3,
    kernel: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    outputPadding: [1, 0],
  },
  '4x4, stride 2': { x: [1, 2, 3, 4], outputs: 2, kernel: [4, 4], strides: [2, 2], pads: [1, 1, 1, 1] },
  'two groups': { x: [1, 4, 3, 3], outputs: 4, kernel: [3, 3], strides: [2, 2], group: 2 },
  depthwise: { x: [1, 3, 3, 3], outputs: 3, kernel: [2, 2], strides: [2, 2], group: 3 },
}

/** ONNX Runtime convolves float32 only; convolutions are linear in each input, so a wide step is exact. */
const LINEAR = { dtype: 'float32', step: 0.5, tolerance: 2e-5 } as const

function problem(op: 'Conv' | 'ConvTranspose', name: string, geometry: Geometry): GradientCase {
  const { x, outputs, kernel, group = 1, strides = [1, 1], dilations = [1, 1] } = geometry
  const pads = geometry.pads ?? [0, 0, 0, 0]
  const weight = op === 'Conv' ? [outputs, x[1] / group, ...kernel] : [x[1], outputs / group, ...kernel]
  const inputs: InputSpec[] = [{ shape: x, dims: geometry.dims }, { shape: weight }, { shape: [outputs] }]
  const attributes = { kernelShape: kernel, strides, dilations, pads, group }
  return {
    name: `${op} ${name}`,
    inputs,
    build: (values) =>
      op === 'Conv'
        ? emitOne(Conv, values, attributes)
        : emitOne(ConvTranspose, values, {
            ...attributes,
            outputPadding: geometry.outputPadding ?? [0, 0],
          }),
    ...LINEAR,
  }
}

/** What follows pads or cuts by amounts that only the graph knows: the incoming gradient has no known dim. */
const THEN: Readonly<Record<string, (y: FloatValue) => Value>> = {
  'padded by computed amounts': (y) =>
    pad(y, [0, 0, 0, 0], [0, 0, sizeSub(9, sizeOf(y, 2)), 0], scalar(y.dtype, 0)),
  'cut at a computed place': (y) => slice(y, 2, reduceMin(range(sizeOf(y, 2)), [0], { keepDims: true }), 2),
}

function followed(op: 'Conv' | 'ConvTranspose', name: string, geometry: Geometry): GradientCase[] {
  const plain = problem(op, name, geometry)
  return Object.entries(THEN).map(([how, after]) => ({
    ...plain,
    name: `${plain.name}, ${how}`,
    build: (values) => after(plain.build(values) as FloatValue),
  }))
}

export const CONVOLUTIONS: Readonly<Record<string, readonly GradientCase[]>> = {
  Conv: [
    ...Object.entries(GEOMETRIES).map(([name, geometry]) => problem('Conv', name, geometry)),
    ...followed('Conv', 'symbols, same', GEOMETRIES['symbols, same']),
  ],
  ConvTranspose: [
    ...Object.entries(TRANSPOSED).map(([name, geometry]) => problem('ConvTranspose', name, geometry)),
    ...followed('ConvTranspose', '2x2, stride 2, symbols', TRANSPOSED['2x2, stride 2, symbols']),
  ],
}
