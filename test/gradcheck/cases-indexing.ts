import type { Dim } from '../../src/graph/dim.ts'
import { constant, type Value } from '../../src/graph/value.ts'
import { add, cast } from '../../src/ops/elementwise.ts'
import * as ops from '../../src/ops/gather.ts'

import { concat, reshape } from '../../src/ops/layout.ts'
import { reduceSum } from '../../src/ops/reduce.ts'
import { topK } from '../../src/ops/select.ts'
import { int64 } from '../../src/tensor/tensor.ts'
import type { GradientCase } from './gradcheck.ts'

const indices = (values: readonly number[], shape?: readonly number[]) => constant(int64(values, shape))

/** The indices plus a zero that only the graph knows: nothing is folded, and they are no constants. */
function computed(x: Value, values: readonly number[], shape?: readonly number[]): Value<'int64'> {
  const zero = reduceSum(ops.nonZero(cast(ops.gather(reshape(x, [-1]), indices([]), 0), 'float32')))
  return add(indices(values, shape), zero)
}

function gather(
  name: string,
  shape: readonly number[],
  axis: number,
  at: (x: Value) => Value,
  dims?: readonly Dim[],
): GradientCase {
  return {
    name: `Gather ${name}${dims ? ', symbols' : ''}`,
    inputs: [{ shape, dims }],
    build: ([x]) => ops.gather(x, at(x), axis),
  }
}

/** x `[2, 3, 4]` at index tuples of `depth`. */
function gatherND(
  depth: number,
  batchDims: number,
  at: (x: Value) => Value<'int64'>,
  dims?: Dim[],
): GradientCase {
  return {
    name: `GatherND, ${depth} of 3 axes after ${batchDims}${dims ? ', symbols' : ''}`,
    inputs: [{ shape: [2, 3, 4], dims }],
    build: ([x]) => ops.gatherND(x, at(x), batchDims),
  }
}

export const INDEXING: Readonly<Record<string, readonly GradientCase[]>> = {
  Gather: [
    gather('one', [3, 4], 1, () => indices([2], [])),
    gather('the last', [3, 4], 0, () => indices([-1], [])),
    {
      name: 'Gather nothing',
      inputs: [{ shape: [5, 3] }, { shape: [2, 3] }],
      build: ([x, y]) => concat([ops.gather(x, indices([]), 0), y], 0),
    },
    gather('neighbours', [5, 3], 0, () => indices([1, 2, 3])),
    gather('different constants', [3, 5, 2], 1, () => indices([4, 0, 2])),
    gather('repeated constants', [3, 5], 1, () => indices([4, 0, 4, -1])),
    gather('matrix of indices', [3, 5, 2], 1, (x) => computed(x, [1, 1, 0, 4], [2, 2])),
    gather('long rows', [4, 20], 0, (x) => computed(x, [3, 1, 3, 3, -4])),
    gather('long rows, last axis', [3, 8, 4], 2, (x) => computed(x, [3, 1, 3, 0, -1])),
    gather('long rows', [4, 20], 0, (x) => computed(x, [3, 1, 3, 3, -1]), ['N', 20]),
    gather('repeated constants', [4, 3], 0, () => indices([3, 1, 3]), ['N', 'C']),
    gather('one', [4, 3], 0, () => indices([-2], []), ['N', 'C']),
  ],
  GatherElements: [
    {
      name: 'GatherElements',
      inputs: [{ shape: [3, 4] }],
      build: ([x]) => ops.gatherElements(x, indices([0, 2, 2, 1, 1, 1, -1, 0], [2, 4]), 0),
    },
    {
      name: 'GatherElements, symbols',
      inputs: [{ shape: [3, 4], dims: ['N', 'C'] }],
      build: ([x]) => ops.gatherElements(x, computed(x, [1, 1, 0, 3, 2, 2], [3, 2]), 1),
    },
  ],
  GatherND: [
    gatherND(1, 0, (x) => computed(x, [1, 0, 1], [3, 1])),
    gatherND(2, 0, (x) => computed(x, [1, 2, 0, 0, 1, 2, -1, -1], [2, 2, 2])),
    gatherND(3, 0, () => indices([1, 2, 3, 0, 0, 1, 1, 2, 3], [3, 3])),
    gatherND(1, 1, (x) => computed(x, [2, 2, 0, -1], [2, 2, 1])),
    gatherND(1, 2, (x) => computed(x, [0, 1, 2, 3, 3, 3], [2, 3, 1])),
    gatherND(2, 0, (x) => computed(x, [1, 2, 0, 0, 1, 2], [3, 2]), ['N', 'H', 'W']),
    gatherND(1, 1, (x) => computed(x, [2, 2, 0, 1], [2, 2, 1]), ['N', 'H', 4]),
  ],
  ScatterND: [
    {
      name: 'ScatterND',
      inputs: [{ shape: [4, 3] }, { shape: [2, 3] }],
      build: ([x, updates]) => ops.scatterND(x, indices([2, 0], [2, 1]), updates),
    },
    {
      name: 'ScatterND, symbols',
      inputs: [
        { shape: [4, 3], dims: ['N', 'C'] },
        { shape: [2], dims: ['K'] },
      ],
      build: ([x, updates]) => ops.scatterND(x, indices([2, 0, 1, 1], [2, 2]), updates),
    },
  ],
  ScatterElements: (['none', 'add'] as const).flatMap((reduction) => [
    {
      name: `ScatterElements, ${reduction}`,
      inputs: [{ shape: [4, 3] }, { shape: [2, 3] }],
      build: ([x, updates]) =>
        ops.scatterElements(x, indices([2, 0, 1, 3, 1, 0], [2, 3]), updates, { axis: 0, reduction }),
    },
    {
      name: `ScatterElements, ${reduction}, symbols`,
      inputs: [
        { shape: [3, 4], dims: ['N', 'C'] },
        { shape: [3, 1], dims: ['N', 1] },
      ],
      build: ([x, updates]) =>
        ops.scatterElements(x, indices([2, 0, 1], [3, 1]), updates, { axis: 1, reduction }),
    },
  ]) satisfies GradientCase[],
  OneHot: [
    {
      name: 'OneHot',
      inputs: [{ shape: [2] }],
      build: ([values]) => ops.oneHot(indices([1, 0, 3]), 4, values),
      dtype: 'float32',
    },
  ],
  TopK: [
    {
      name: 'TopK',
      inputs: [{ shape: [3, 6], values: 'distinct' }],
      build: ([x]) => topK(x, 2).values,
    },
    {
      name: 'TopK, smallest, first axis, symbols',
      inputs: [{ shape: [5, 3], dims: ['N', 'C'], values: 'distinct' }],
      build: ([x]) => topK(x, 3, { axis: 0, largest: false }).values,
    },
  ],
}
