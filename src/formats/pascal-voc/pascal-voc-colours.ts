/** The index of pixels that belong to no object for sure: borders and what is too hard to label. */
export const VOC_VOID = 255

/** The twenty classes in the order of their indices, from 1. */
export const VOC_CLASSES: readonly string[] = [
  'aeroplane',
  'bicycle',
  'bird',
  'boat',
  'bottle',
  'bus',
  'car',
  'cat',
  'chair',
  'cow',
  'diningtable',
  'dog',
  'horse',
  'motorbike',
  'person',
  'pottedplant',
  'sheep',
  'sofa',
  'train',
  'tvmonitor',
]

export type Rgb = readonly [red: number, green: number, blue: number]

/**
 * The colour of an index in the development kit of Pascal VOC: bits 0, 3 and 6 of the index become the highest bits of red
 * (lowest bit of the index highest), 1, 4 and 7 of green, 2 and 5 of blue. Each of the 256 indices has its own.
 */
function vocColour(index: number): Rgb {
  const channel = (offset: number) => {
    let value = 0
    for (let bit = offset, place = 7; bit < 8; bit += 3, place--) value |= ((index >> bit) & 1) << place
    return value
  }
  return [channel(0), channel(1), channel(2)]
}

export const VOC_PALETTE: readonly Rgb[] = Array.from({ length: 256 }, (_, index) => vocColour(index))

/** R + 256 G + 65536 B. */
export function colourKey([red, green, blue]: Rgb): number {
  return red + 256 * green + 65536 * blue
}
