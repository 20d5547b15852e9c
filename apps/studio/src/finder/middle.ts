import type { DecodedImage } from '../../../../src/data/picture.ts'

/** Sides of what two devices are compared on. */
const MOST = 192

/** The middle of a picture, `MOST` pixels wide and high at most. */
export function middleOf({ data, width, height }: DecodedImage): DecodedImage {
  const [wide, high] = [Math.min(MOST, width), Math.min(MOST, height)]
  const [left, top] = [Math.floor((width - wide) / 2), Math.floor((height - high) / 2)]
  const part = new Uint8Array(wide * high * 3)
  for (let y = 0; y < high; y++) {
    const from = ((top + y) * width + left) * 3
    part.set(data.subarray(from, from + wide * 3), y * wide * 3)
  }
  return { data: part, width: wide, height: high }
}
