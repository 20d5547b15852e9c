import type { Dim } from '../../src/graph/dim.ts'
import { mul } from '../../src/ops/elementwise.ts'
import { sizeOf } from '../../src/ops/layout.ts'
import { resize } from '../../src/ops/resize.ts'
import type { GradientCase } from './gradcheck.ts'

type Mode = 'nearest' | 'bilinear' | 'bicubic'

const SIZES: readonly (readonly [number, number, number, number])[] = [
  [4, 5, 8, 10],
  [4, 5, 7, 13],
  [6, 7, 3, 4],
  [3, 3, 9, 9],
  [5, 4, 5, 9],
  [25, 34, 50, 68],
]

/** Linear in x: a wide step is exact; ONNX Runtime resamples float32 only. */
const LINEAR = { dtype: 'float32', step: 0.5, tolerance: 2e-5 } as const

function known(mode: Mode): GradientCase[] {
  return SIZES.map(([h, w, height, width]) => ({
    name: `Resize ${mode} ${h}x${w} to ${height}x${width}`,
    inputs: [{ shape: [1, 2, h, w] }],
    build: ([x]) => resize(x, { height, width, mode }),
    ...LINEAR,
  }))
}

/** To the size of another map, as in a feature pyramid. */
function computed(mode: Mode): GradientCase[] {
  const dims = (h: string, w: string): Dim[] => [1, 2, h, w]
  return SIZES.map(([h, w, height, width]) => ({
    name: `Resize ${mode} ${h}x${w} to ${height}x${width}, symbols`,
    inputs: [
      { shape: [1, 2, h, w], dims: dims('h', 'w') },
      { shape: [1, 2, height, width], dims: dims('H', 'W') },
    ],
    build: ([x, y]) => mul(resize(x, { height: sizeOf(y, 2), width: sizeOf(y, 3), mode }), y),
    ...LINEAR,
  }))
}

export const RESIZES: Readonly<Record<string, readonly GradientCase[]>> = {
  Resize: (['nearest', 'bilinear', 'bicubic'] as const).flatMap((mode) => [
    ...known(mode),
    ...computed(mode),
  ]),
}
