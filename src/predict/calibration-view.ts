import type { RawImage } from '../data/picture.ts'
import type { ResizeRule } from '../geometry/fitted-size.ts'
import { type Tensor, tensor } from '../tensor/tensor.ts'
import { toRgb } from './predictor.ts'
import { rawReader } from './raw-reader.ts'
import { planTiles } from './tile-plan.ts'

/**
 * What a model sees of a picture at once: all of it, or its middle tile where it is looked at in tiles. Throws `DataError` for what is
 * no usable picture.
 */
export async function calibrationView(
  picture: RawImage,
  rule: ResizeRule,
  name: string,
): Promise<Tensor<'uint8'>> {
  const plan = planTiles(picture, rule)
  if (!plan) return toRgb(picture, name)
  const tile = plan.tiles[plan.tiles.length >> 1]
  const { data } = await rawReader(picture, name).read(tile)
  return tensor('uint8', [tile.height, tile.width, 3], data)
}
