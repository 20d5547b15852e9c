import { describe, expect, it } from 'vitest'
import { openGolden } from '../../test/goldens.ts'
import { runGraph } from '../../test/run-graph.ts'
import type { ResizeRule } from '../geometry/fitted-size.ts'
import { input } from '../graph/value.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { tensor, toNumbers, zeros } from '../tensor/tensor.ts'
import { DEFAULT_TRANSFORM, resizedSize, transformImage } from './transform.ts'

/** Planes `[C, H, W]` as an image `[H, W, C]`. */
function channelsLast(planes: Tensor): Tensor<'uint8'> {
  const [channels, height, width] = planes.shape
  const data = new Uint8Array(planes.data.length)
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < height * width; i++)
      data[i * channels + c] = Number(planes.data[c * height * width + i])
  return tensor('uint8', [height, width, channels], data)
}

describe.each(['tv-transform-a', 'tv-transform-fixed'])('%s', (name) => {
  it('normalises, resizes and pads as torchvision does, whatever the size', async () => {
    const golden = openGolden(name)
    const { mean, std, size_divisible, min_size, max_size, fixed_size } = golden.case.config
    const resize: ResizeRule = fixed_size
      ? { kind: 'fixed', width: fixed_size[0], height: fixed_size[1] }
      : { kind: 'shortest-side', minSize: min_size, maxSize: max_size }
    const image = input('image', 'uint8', ['H', 'W', 3])
    const config = { resize, scalePrecision: 'float32', mean, std, sizeDivisible: size_divisible } as const
    const out = transformImage(image, config)
    const expected = golden.outputs.get('batch')!
    const [, channels, height, width] = expected.shape
    const all = toNumbers(expected)
    for (const [i, [h, w]] of golden.case.values.image_sizes.entries()) {
      const feeds = { image: channelsLast(golden.inputs.get(`images.${i}`)!) }
      const got = await runGraph({ batch: out.batch, size: out.size }, feeds)
      expect(toNumbers(got.size)).toEqual([h, w])
      expect(got.batch.shape[2] % 32).toBe(0)
      let worst = 0
      const [, , gotHeight, gotWidth] = got.batch.shape
      for (let c = 0; c < channels; c++)
        for (let y = 0; y < gotHeight; y++)
          for (let x = 0; x < gotWidth; x++) {
            const difference =
              Number(got.batch.data[(c * gotHeight + y) * gotWidth + x]) -
              all[((i * channels + c) * height + y) * width + x]
            worst = Math.max(worst, Math.abs(difference))
          }
      expect(worst).toBeLessThan(2e-6)
    }
  })
})

describe('resizedSize', () => {
  const rule: ResizeRule = { kind: 'shortest-side', minSize: 256, maxSize: 448 }

  // Image sizes recorded in tv-maskrcnn-r50-eval-a (values.image_sizes_resized).
  it.each([
    [180, 240, 256, 341],
    [240, 200, 307, 255],
    [150, 300, 224, 448],
  ])('takes %i x %i to %i x %i, as torchvision did', (height, width, toHeight, toWidth) => {
    const size = resizedSize({ height, width }, { resize: rule, scalePrecision: 'float32' })
    expect(size).toEqual({ height: toHeight, width: toWidth })
  })

  // By running torchvision 0.29.2 (float64) and 0.14.1 (float32), whose sizes files have that say nothing.
  it.each([
    ['float64', 256, 384],
    ['float32', 255, 383],
    [undefined, 255, 383],
  ] as const)(
    'computes the scale in %s also where the size is known only when it comes',
    async (scalePrecision, height, width) => {
      const image = input('image', 'uint8', ['H', 'W', 3])
      const { size } = transformImage(image, { ...DEFAULT_TRANSFORM, resize: rule, scalePrecision })
      const got = await runGraph({ size }, { image: zeros('uint8', [200, 300, 3]) })
      expect(toNumbers(got.size)).toEqual([height, width])
      const known = resizedSize({ height: 200, width: 300 }, { resize: rule, scalePrecision })
      expect(known).toEqual({ height, width })
    },
  )

  it('leaves a long thin image a pixel, also where the size is known only when it comes', async () => {
    // 4 times 448 / 2000 is less than a pixel.
    expect(resizedSize({ height: 2000, width: 4 }, { resize: rule })).toEqual({ height: 448, width: 1 })
    const image = input('image', 'uint8', ['H', 'W', 3])
    const { batch, size } = transformImage(image, { ...DEFAULT_TRANSFORM, resize: rule })
    const got = await runGraph({ batch, size }, { image: zeros('uint8', [2000, 4, 3]) })
    expect(toNumbers(got.size)).toEqual([448, 1])
    expect(got.batch.shape).toEqual([1, 3, 448, 32])
  })

  // Worked by hand: 128 -> 256 is a factor of 2; 300 x 400 already passes 256 and stays; 600 x 896 shrinks to half.
  it.each([
    [128, 192, 256, 384],
    [300, 400, 300, 400],
    [600, 896, 300, 448],
  ])('enlarges %i x %i to %i x %i only where it is small', (height, width, toHeight, toWidth) => {
    const enlarge: ResizeRule = { kind: 'enlarge', minSize: 256, maxSize: 448 }
    expect(resizedSize({ height, width }, { resize: enlarge })).toEqual({ height: toHeight, width: toWidth })
  })
})
