import { describe, expect, it } from 'vitest'
import { encodePng } from './decode-image.ts'
import { imageSize } from './image-size.ts'

/** The header of a bitmap of 5 columns and 3 rows from the top, by the layout of BITMAPINFOHEADER. */
function bitmap(): Uint8Array {
  const bytes = new Uint8Array(54)
  bytes.set([0x42, 0x4d])
  const view = new DataView(bytes.buffer)
  view.setUint32(14, 40, true)
  view.setInt32(18, 5, true)
  view.setInt32(22, -3, true)
  return bytes
}

describe('imageSize', () => {
  it('reads headers', async () => {
    const png = await encodePng({ data: new Uint8Array(7 * 4 * 3), width: 7, height: 4 })
    expect(await imageSize(png, 'a')).toEqual({ width: 7, height: 4, bytes: 7 * 4 * 3 })
    expect(await imageSize(bitmap(), 'a')).toEqual({ width: 5, height: 3, bytes: 5 * 3 * 3 })
  })

  it('refuses what is no image, by its name', async () => {
    await expect(imageSize(new TextEncoder().encode('text'), 'a.png')).rejects.toThrow(/^a\.png: /)
    await expect(imageSize(bitmap().subarray(0, 20), 'b.bmp')).rejects.toThrow(/^b\.bmp: /)
  })
})
