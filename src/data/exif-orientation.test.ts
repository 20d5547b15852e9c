import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { exifOrientation } from './exif-orientation.ts'

const picture = () => sharp({ create: { width: 6, height: 4, channels: 3, background: '#a50' } })

describe('exifOrientation', () => {
  it.each(['jpeg', 'png', 'webp'] as const)('reads what libvips wrote into a %s', async (format) => {
    for (const orientation of [1, 3, 6, 8]) {
      const file = await picture().withMetadata({ orientation }).toFormat(format).toBuffer()
      expect((await sharp(file).metadata()).orientation).toBe(orientation)
      expect(exifOrientation(new Uint8Array(file))).toBe(orientation)
    }
    expect(exifOrientation(new Uint8Array(await picture().toFormat(format).toBuffer()))).toBe(1)
  })

  it('reads both orders of bytes, and nothing out of what is cut short', () => {
    const tiff = (order: string, numbers: readonly number[]) => [
      ...[0xff, 0xd8, 0xff, 0xe1, 0, 40],
      ...[...`Exif\0\0${order}`].map((letter) => letter.charCodeAt(0)),
      ...numbers,
    ]
    const big = [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 5, 0, 0]
    const little = [42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 7, 0, 0, 0]
    expect(exifOrientation(Uint8Array.from(tiff('MM', big)))).toBe(5)
    const file = Uint8Array.from(tiff('II', little))
    expect(exifOrientation(file)).toBe(7)
    // The number itself ends at byte 32.
    for (let length = 0; length < 32; length++) expect(exifOrientation(file.subarray(0, length))).toBe(1)
    expect(exifOrientation(Uint8Array.from(tiff('MM', big.with(17, 9))))).toBe(1)
  })
})
