import type { Value } from '../graph/value.ts'
import { concat, reshape, type Size, sizeAdd, sizeMul, sizeOf, sizes, slice, transpose } from './layout.ts'

/** All pixels of all maps as the rows of one table. */
export interface PixelTable {
  /** `[N * rowsPerImage, C]`, image by image, level by level, row-major. */
  readonly table: Value<'float32'>
  readonly rowsPerImage: Size
  /** int64 `[L]`: first row of a level within its image. */
  readonly offsets: Value<'int64'>
}

export function pixelTable(features: readonly Value<'float32'>[]): PixelTable {
  const [images, channels] = [sizeOf(features[0], 0), sizeOf(features[0], 1)]
  const { offsets, rowsPerImage } = levelOffsets(features)
  const levels = features.map((map) => {
    const pixels = sizeMul(sizeOf(map, 2), sizeOf(map, 3))
    // In this order the runtime turns maps whose channels it keeps in blocks in one step.
    return reshape(transpose(map, [0, 2, 3, 1]), [images, pixels, channels])
  })
  const table = reshape(concat(levels, 1), [sizeMul(images, rowsPerImage), channels])
  return { table, rowsPerImage, offsets: sizes(offsets) }
}

/** Undoes `pixelTable`: a table over the pixels of `features` as maps of their shapes. */
export function mapsOfTable(
  table: Value<'float32'>,
  features: readonly Value<'float32'>[],
): Value<'float32'>[] {
  const [images, channels] = [sizeOf(features[0], 0), sizeOf(features[0], 1)]
  const { offsets, rowsPerImage } = levelOffsets(features)
  const byImage = reshape(table, [images, rowsPerImage, channels])
  return features.map((map, level) => {
    const [height, width] = [sizeOf(map, 2), sizeOf(map, 3)]
    const rows = slice(byImage, 1, offsets[level], sizeAdd(offsets[level], sizeMul(height, width)))
    return reshape(transpose(rows, [0, 2, 1]), [images, channels, height, width])
  })
}

function levelOffsets(features: readonly Value[]): {
  readonly offsets: readonly Size[]
  readonly rowsPerImage: Size
} {
  const offsets: Size[] = []
  let rowsPerImage: Size = 0
  for (const map of features) {
    offsets.push(rowsPerImage)
    rowsPerImage = sizeAdd(rowsPerImage, sizeMul(sizeOf(map, 2), sizeOf(map, 3)))
  }
  return { offsets, rowsPerImage }
}
