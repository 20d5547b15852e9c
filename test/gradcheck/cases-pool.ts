import type { Dim } from '../../src/graph/dim.ts'
import { emitOne } from '../../src/ops/infer.ts'
import { AveragePool, MaxPool } from '../../src/ops/pool.ts'
import type { GradientCase } from './gradcheck.ts'

interface Geometry {
  readonly x: readonly number[]
  readonly dims?: readonly Dim[]
  readonly kernelShape: readonly number[]
  readonly strides: readonly number[]
  readonly pads?: readonly number[]
  readonly ceilMode?: number
}

const GEOMETRIES: Readonly<Record<string, Geometry>> = {
  '3x3, stride 2, padded, even': {
    x: [2, 2, 6, 8],
    kernelShape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  },
  '3x3, stride 2, padded, odd': { x: [1, 2, 7, 9], kernelShape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  '2x2, stride 2': { x: [1, 3, 6, 5], kernelShape: [2, 2], strides: [2, 2] },
  '1x1, stride 2': { x: [1, 2, 5, 6], kernelShape: [1, 1], strides: [2, 2] },
  '1x1, stride 2, symbols': { x: [1, 2, 5, 6], dims: [1, 2, 'H', 'W'], kernelShape: [1, 1], strides: [2, 2] },
  '3x3, stride 1': { x: [1, 2, 5, 4], kernelShape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] },
  '2x3, stride 3x1': { x: [1, 2, 7, 5], kernelShape: [2, 3], strides: [3, 1] },
  'ceil mode': { x: [1, 2, 6, 7], kernelShape: [3, 3], strides: [2, 2], ceilMode: 1 },
  'ceil mode, padded': {
    x: [1, 2, 6, 8],
    kernelShape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    ceilMode: 1,
  },
  'ceil mode, symbols': {
    x: [1, 2, 6, 7],
    dims: [1, 2, 'H', 'W'],
    kernelShape: [3, 3],
    strides: [2, 2],
    ceilMode: 1,
  },
  symbols: {
    x: [2, 2, 6, 7],
    dims: ['N', 2, 'H', 'W'],
    kernelShape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  },
}

function attributes({ kernelShape, strides, pads = [0, 0, 0, 0], ceilMode = 0 }: Geometry) {
  return { kernelShape, strides, pads, ceilMode }
}

export const POOLS: Readonly<Record<string, readonly GradientCase[]>> = {
  MaxPool: Object.entries(GEOMETRIES).map(([name, geometry]) => ({
    name: `MaxPool ${name}`,
    inputs: [{ shape: geometry.x, dims: geometry.dims, values: 'distinct', range: [0, 8] }],
    build: ([x]) => emitOne(MaxPool, [x], attributes(geometry)),
    dtype: 'float32',
    tolerance: 2e-4,
  })),
  AveragePool: Object.entries(GEOMETRIES).flatMap(([name, geometry]) =>
    [0, 1].map((countIncludePad) => ({
      name: `AveragePool ${name}${countIncludePad ? '' : ', padding not counted'}`,
      inputs: [{ shape: geometry.x, dims: geometry.dims }],
      build: ([x]) => emitOne(AveragePool, [x], { ...attributes(geometry), countIncludePad }),
      dtype: 'float32',
      step: 0.5,
      tolerance: 1e-5,
    })),
  ),
}
