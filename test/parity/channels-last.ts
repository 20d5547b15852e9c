import { type Tensor, tensor } from '../../src/tensor/tensor.ts'

/** Planes `[C, H, W]`, as the reference records images, as bytes `[H, W, C]`. */
export function channelsLast({ shape, data }: Tensor<'uint8'>): Tensor<'uint8'> {
  const [channels, height, width] = shape
  const area = height * width
  const bytes = new Uint8Array(channels * area)
  for (let c = 0; c < channels; c++) {
    for (let pixel = 0; pixel < area; pixel++) bytes[pixel * channels + c] = data[c * area + pixel]
  }
  return tensor('uint8', [height, width, channels], bytes)
}
