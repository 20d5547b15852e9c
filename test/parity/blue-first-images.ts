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
