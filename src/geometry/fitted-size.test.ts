import { describe, expect, it } from 'vitest'
import { fittedSize } from './fitted-size.ts'

describe('fittedSize', () => {
  // 1 / 480 in float32 is 0.00208333344, times 800 1.66666675 and not 1.66666663: 480 becomes 800.0000, not 799.99998.
  // 1 / 1000 in float32 is 0.00100000005, times 1333 1.33300006. 37 x 53 was recorded of torchvision (tv-transform-a), and
  // so was 240 x 200 (tv-maskrcnn-r50-eval-a); the others by running its GeneralizedRCNNTransform of 0.14.1.
  it.each([
    [480, 640, 800, 1333, 800, 1066],
    [400, 1000, 800, 1333, 533, 1333],
    [37, 53, 48, 80, 48, 68],
    [240, 200, 256, 448, 307, 255],
    [200, 300, 256, 448, 255, 383],
    [425, 640, 800, 1333, 799, 1204],
    [490, 500, 800, 1333, 799, 816],
  ])('takes %i x %i at %i to %i to %i x %i', (height, width, minSize, maxSize, toHeight, toWidth) => {
    const limits = { minSize, maxSize, precision: 'float32' } as const
    expect(fittedSize({ height, width }, limits)).toEqual({ height: toHeight, width: toWidth })
  })

  // By running the GeneralizedRCNNTransform of torchvision 0.29.2. 539 times 800 / 539 is less than 800 in float64 too.
  it.each([
    [480, 640, 800, 1333, 800, 1066],
    [240, 200, 256, 448, 307, 256],
    [200, 300, 256, 448, 256, 384],
    [425, 640, 800, 1333, 800, 1204],
    [490, 500, 800, 1333, 800, 816],
    [539, 600, 800, 1333, 799, 890],
  ])(
    'takes %i x %i at %i to %i to %i x %i in float64',
    (height, width, minSize, maxSize, toHeight, toWidth) => {
      const limits = { minSize, maxSize, precision: 'float64' } as const
      expect(fittedSize({ height, width }, limits)).toEqual({ height: toHeight, width: toWidth })
    },
  )

  it('only enlarges where the scale is at least 1, and still keeps to the longer side', () => {
    const limits = { minSize: 256, maxSize: 448, leastScale: 1, precision: 'float64' } as const
    expect(fittedSize({ height: 300, width: 400 }, limits)).toEqual({ height: 300, width: 400 })
    expect(fittedSize({ height: 600, width: 896 }, limits)).toEqual({ height: 300, width: 448 })
  })

  it('leaves a long thin image a pixel: 4 times 1333 / 9000 would be 0', () => {
    const limits = { minSize: 800, maxSize: 1333, precision: 'float64' } as const
    expect(fittedSize({ height: 9000, width: 4 }, limits)).toEqual({ height: 1333, width: 1 })
  })
})
