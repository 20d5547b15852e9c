import type { Dim } from '../../src/graph/dim.ts'
import { emitOne } from '../../src/ops/infer.ts'
import { Gemm, matMul } from '../../src/ops/linear.ts'
import { logSoftmax, softmax } from '../../src/ops/normalize.ts'
import * as reduce from '../../src/ops/reduce.ts'
import type { GradientCase } from './gradcheck.ts'

function product(a: readonly number[], b: readonly number[], dimsA?: Dim[], dimsB?: Dim[]): GradientCase {
  return {
    name: `MatMul [${dimsA ?? a}] x [${dimsB ?? b}]`,
    inputs: [
      { shape: a, dims: dimsA },
      { shape: b, dims: dimsB },
    ],
    build: ([left, right]) => matMul(left, right),
  }
}

/** Y = 0.5 A B + 2 C, A `[3, 4]`, B `[4, 2]`, either stored transposed, C broadcast. */
function gemm(transA: number, transB: number, c?: readonly number[]): GradientCase {
  const attributes = { alpha: 0.5, beta: 2, transA, transB }
  const inputs = [{ shape: transA ? [4, 3] : [3, 4] }, { shape: transB ? [2, 4] : [4, 2] }]
  return {
    name: `Gemm, transA ${transA}, transB ${transB}, C ${c ? `[${c}]` : 'absent'}`,
    inputs: c ? [...inputs, { shape: c }] : inputs,
    build: (values) => emitOne(Gemm, values, attributes),
  }
}

type Reduction = (
  x: Parameters<typeof reduce.reduceMean>[0],
  axes?: readonly number[],
  options?: reduce.ReduceOptions,
) => ReturnType<typeof reduce.reduceMean>

function reductions(name: string, run: Reduction): GradientCase[] {
  const spec = { shape: [3, 4, 2], values: 'distinct' } as const
  const cases: readonly (readonly [string, number[] | undefined, boolean, Dim[] | undefined])[] = [
    ['all axes', undefined, false, undefined],
    ['one axis', [1], false, undefined],
    ['two axes, kept', [0, -1], true, undefined],
    ['symbols', [0, 2], false, ['N', 'H', 'W']],
    ['symbols, kept', [1], true, ['N', 'H', 2]],
    ['all symbols', undefined, false, ['N', 'H', 'W']],
  ]
  return cases.map(([how, axes, keepDims, dims]) => ({
    name: `${name}, ${how}`,
    inputs: [{ ...spec, dims }],
    build: ([x]) => run(x, axes, { keepDims }),
  }))
}

function running(exclusive: boolean, reverse: boolean): GradientCase {
  return {
    name: `CumSum${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`,
    inputs: [{ shape: [3, 5], dims: ['N', 5] }],
    build: ([x]) => reduce.cumSum(x, 1, { exclusive, reverse }),
  }
}

function alongAxis(name: string, run: typeof softmax): GradientCase[] {
  return [
    { name: `${name}, last axis`, inputs: [{ shape: [3, 5], range: [-3, 3] }], build: ([x]) => run(x) },
    {
      name: `${name}, middle axis`,
      inputs: [{ shape: [2, 4, 3], dims: ['N', 4, 'W'], range: [-3, 3] }],
      build: ([x]) => run(x, 1),
    },
  ]
}

export const LINEAR: Readonly<Record<string, readonly GradientCase[]>> = {
  MatMul: [
    product([3, 4], [4, 2]),
    product([2, 3, 4], [4, 5]),
    product([2, 3, 4], [2, 4, 5]),
    product([2, 1, 3, 4], [5, 4, 2]),
    product([3, 4], [2, 4, 5]),
    product([2, 3, 4], [4, 5], ['N', 'R', 4], [4, 5]),
    product([2, 3, 4], [2, 4, 3], ['N', 'R', 4], ['N', 4, 'R']),
  ],
  Gemm: [
    gemm(0, 0),
    gemm(0, 1, [2]),
    gemm(1, 0, [3, 1]),
    gemm(1, 1, [1]),
    gemm(1, 1, [3, 2]),
    gemm(0, 0, []),
  ],
  ReduceSum: reductions('ReduceSum', reduce.reduceSum as Reduction),
  ReduceMean: reductions('ReduceMean', reduce.reduceMean),
  ReduceMax: reductions('ReduceMax', reduce.reduceMax as Reduction),
  ReduceMin: reductions('ReduceMin', reduce.reduceMin as Reduction),
  CumSum: [running(false, false), running(true, false), running(false, true), running(true, true)],
  Softmax: alongAxis('Softmax', softmax),
  LogSoftmax: alongAxis('LogSoftmax', logSoftmax),
}
