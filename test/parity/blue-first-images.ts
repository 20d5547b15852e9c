import type { Value } from '../../src/graph/value.ts'
import { concat, slice } from '../../src/ops/layout.ts'
import { type Tensor, tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { channelsLast } from './channels-last.ts'

/** Images recorded blue first, `images.I` `[3, H, W]`, as ours are: `[H, W, 3]`, red first. */
export function blueFirstImages({ inputs }: Golden): Tensor<'uint8'>[] {
  const images: Tensor<'uint8'>[] = []
  for (let i = 0; inputs.has(`images.${i}`); i++) {
    images.push(redFirst(channelsLast(inputs.get(`images.${i}`) as Tensor<'uint8'>)))
  }
  return images
}

/** `[H, W, 3]` with its channels the other way round. */
export function redFirst({ shape, data }: Tensor<'uint8'>): Tensor<'uint8'> {
  return tensor(
    'uint8',
    shape,
    data.map((_, i) => data[i + 2 - 2 * (i % 3)]),
  )
}

/** Maps `[N, 3, H, W]`, or weights of a convolution on them, with the colours the other way round. */
export function mirrored(x: Value<'float32'>): Value<'float32'> {
  const colours = [2, 1, 0].map((colour) => slice(x, 1, colour, colour + 1))
  return concat(colours, 1)
}
