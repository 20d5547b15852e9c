/** Tried in their order, in percent. */
const QUALITIES = [85, 75, 65, 55, 45, 35, 25] as const

/** The bytes of a JPEG file of the best quality with which it takes at most `bytes`, or of the least there is. */
export async function jpegWithin(
  bytes: number,
  encode: (quality: number) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  let encoded = new Uint8Array()
  for (const quality of QUALITIES) {
    encoded = Uint8Array.from(await encode(quality))
    if (encoded.length <= bytes) break
  }
  return encoded
}
