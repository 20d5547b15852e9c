import { mul } from '../../src/ops/elementwise.ts'
import { scalar } from '../../src/ops/infer.ts'
import * as ops from '../../src/ops/layout.ts'
import type { GradientCase } from './gradcheck.ts'

const BOX = { shape: [3, 5, 4] }
const OPEN_BOX = { ...BOX, dims: ['N', 'H', 4] }

/** The same function on known and on symbolic dims. */
function both(name: string, build: GradientCase['build']): GradientCase[] {
  return [
    { name, inputs: [BOX], build },
    { name: `${name}, symbols`, inputs: [OPEN_BOX], build },
  ]
}

export const LAYOUT: Readonly<Record<string, readonly GradientCase[]>> = {
  Reshape: [
    ...both('Reshape to a matrix', ([x]) =>
      ops.reshape(x, [ops.sizeMul(ops.sizeOf(x, 0), ops.sizeOf(x, 1)), 4]),
    ),
    ...both('Reshape with an open dim', ([x]) => ops.reshape(x, [2, -1])),
    ...both('Unsqueeze', ([x]) => ops.unsqueeze(x, 0, -1)),
  ],
  Transpose: both('Transpose', ([x]) => ops.transpose(x, [2, 0, 1])),
  Concat: [
    ...both('Concat of one value thrice', ([x]) => ops.concat([x, mul(x, x), x], 1)),
    {
      name: 'Concat along a symbol',
      inputs: [
        { shape: [2, 3], dims: [2, 'A'] },
        { shape: [2, 4], dims: [2, 'B'] },
      ],
      build: (parts) => ops.concat(parts, -1),
    },
  ],
  Slice: [
    ...both('Slice', ([x]) => ops.slice(x, 1, 1, 4)),
    ...both('Slice from the back', ([x]) => ops.slice(x, 1, -3, -1)),
    ...both('Slice to the end', ([x]) => ops.slice(x, 1, 2)),
    ...both('Slice beyond the end', ([x]) => ops.slice(x, 0, 1, 99)),
    ...both('Slice in steps of 2', ([x]) => ops.slice(x, 1, 0, ops.END, 2)),
    ...both('Slice in steps of 3, offset', ([x]) => ops.slice(x, 1, 1, ops.END, 3)),
    ...both('Slice backwards', ([x]) => ops.slice(x, 1, -1, -ops.END, -1)),
    ...both('Slice backwards in steps', ([x]) => ops.slice(x, 1, 3, -ops.END, -2)),
    ...both('Slice of nothing', ([x]) => ops.concat([ops.slice(x, 1, 5), x], 1)),
    ...both('Slice of several axes', ([x]) =>
      ops.sliceAxes(x, [
        [0, 1, 3],
        [1, 1, ops.END, 2],
        [2, 0, 3],
      ]),
    ),
    ...[
      [0, 1],
      [1, 2],
      [-1, ops.END],
      [-2, -1],
    ].map(([start, end]) => ({
      name: `Slice of one row (${start} to ${end}) of a symbol, broadcast`,
      inputs: [{ shape: [2, 3], dims: ['N', 3] }, { shape: [5, 3] }],
      build: ([x, y]: Parameters<GradientCase['build']>[0]) => mul(ops.slice(x, 0, start, end), y),
    })),
    {
      name: 'Slice at a computed place',
      inputs: [
        { shape: [6], dims: ['N'] },
        { shape: [2], dims: ['K'] },
      ],
      build: ([x, k]) =>
        ops.concat([ops.slice(x, 0, ops.sizeOf(k, 0), ops.sizeSub(ops.sizeOf(x, 0), 1)), k], 0),
    },
  ],
  Pad: [
    ...both('Pad', ([x]) => ops.pad(x, [0, 1, 0], [2, 0, 1], scalar(x.dtype, 3))),
    ...both('Pad that crops', ([x]) => ops.pad(x, [0, -1, 1], [-1, 2, -2], scalar(x.dtype, 0))),
    {
      name: 'Pad with a value that has a gradient',
      inputs: [{ shape: [2, 3] }, { shape: [] }],
      build: ([x, value]) => ops.pad(x, [1, 0], [0, -1], value),
    },
    {
      name: 'Pad by computed amounts',
      inputs: [
        { shape: [2, 3], dims: ['A', 3] },
        { shape: [4, 3], dims: ['B', 3] },
      ],
      build: ([a, b]) =>
        mul(ops.pad(a, [0, 0], [ops.sizeSub(ops.sizeOf(b, 0), ops.sizeOf(a, 0)), 0], scalar(a.dtype, 0)), b),
    },
  ],
  Expand: [
    {
      name: 'Expand',
      inputs: [{ shape: [3, 1] }],
      build: ([x]) => ops.expand(x, [2, 3, 4]),
    },
    {
      name: 'Expand to symbols',
      inputs: [
        { shape: [3, 1], dims: ['N', 1] },
        { shape: [4], dims: ['M'] },
      ],
      build: ([x, y]) => mul(ops.expand(x, [2, ops.sizeOf(x, 0), ops.sizeOf(y, 0)]), y),
    },
  ],
}
