import { describe, expect, it } from 'vitest'
import { decodeBmp, readBmpSize } from './bmp.ts'

interface Bitmap {
  readonly width: number
  /** Negative where the first row is that at the top. */
  readonly rows: number
  readonly bits: number
  readonly pixels: readonly number[]
  readonly compression?: number
  /** Bytes between the header and the pixels: a palette or masks. */
  readonly between?: readonly number[]
}

function bitmap({ width, rows, bits, pixels, compression = 0, between = [] }: Bitmap): Uint8Array {
  const header = Buffer.alloc(54)
  header.write('BM')
  header.writeUInt32LE(54 + between.length, 10)
  header.writeUInt32LE(40, 14)
  header.writeInt32LE(width, 18)
  header.writeInt32LE(rows, 22)
  header.writeUInt16LE(1, 26)
  header.writeUInt16LE(bits, 28)
  header.writeUInt32LE(compression, 30)
  return Uint8Array.from([...header, ...between, ...pixels])
}

/** Blue, green, red, nothing. */
const palette = [0, 0, 0, 0, 10, 20, 30, 0, 40, 50, 60, 0]
const [black, one, two] = [
  [0, 0, 0],
  [30, 20, 10],
  [60, 50, 40],
]

describe('decodeBmp', () => {
  it('reads 24 bits from the bottom up, and from the top down', () => {
    const pixels = [1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0]
    const up = decodeBmp(bitmap({ width: 2, rows: 2, bits: 24, pixels }), 'a.bmp')
    expect(up).toEqual({
      width: 2,
      height: 2,
      data: Uint8Array.of(9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4),
    })
    const down = decodeBmp(bitmap({ width: 2, rows: -2, bits: 24, pixels }), 'a.bmp')
    expect([...down.data]).toEqual([3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10])
  })

  it('reads 32 bits without alpha, and 16 bits of 5 each or by masks', () => {
    const wide = bitmap({ width: 1, rows: 1, bits: 32, pixels: [1, 2, 3, 99] })
    expect([...decodeBmp(wide, 'a.bmp').data]).toEqual([3, 2, 1])
    // 0x7c00 is all of red.
    const narrow = bitmap({ width: 1, rows: 1, bits: 16, pixels: [0x00, 0x7c, 0, 0] })
    expect([...decodeBmp(narrow, 'a.bmp').data]).toEqual([255, 0, 0])
    // 5, 6 and 5 bits; 0x07e0 is all of green.
    const between = [0x00, 0xf8, 0, 0, 0xe0, 0x07, 0, 0, 0x1f, 0, 0, 0]
    const masked = bitmap({
      width: 1,
      rows: 1,
      bits: 16,
      pixels: [0xe0, 0x07, 0, 0],
      compression: 3,
      between,
    })
    expect([...decodeBmp(masked, 'a.bmp').data]).toEqual([0, 255, 0])
  })

  it('reads palettes of 8, 4 and 1 bits', () => {
    const data = (bits: number, pixels: number[]) => [
      ...decodeBmp(bitmap({ width: 2, rows: 1, bits, pixels, between: palette }), 'a.bmp').data,
    ]
    expect(data(8, [2, 1, 0, 0])).toEqual([...two, ...one])
    expect(data(4, [0x21, 0, 0, 0])).toEqual([...two, ...one])
    expect(data(1, [0x40, 0, 0, 0])).toEqual([...black, ...one])
  })

  it('reads run lengths of 8 and 4 bits, with jumps', () => {
    // Two of index 1, the end of the row; three written out (2, 1, 2 and a byte to fill), the end.
    const runs = [2, 1, 0, 0, 0, 3, 2, 1, 2, 0, 0, 1]
    const rle8 = bitmap({ width: 3, rows: 2, bits: 8, pixels: runs, compression: 1, between: palette })
    expect([...decodeBmp(rle8, 'a.bmp').data]).toEqual([two, one, two, one, one, black].flat())
    // Past one pixel, then two in turn of 1 and 2.
    const jump = [0, 2, 1, 0, 2, 0x12, 0, 1]
    const rle4 = bitmap({ width: 3, rows: 1, bits: 4, pixels: jump, compression: 2, between: palette })
    expect([...decodeBmp(rle4, 'a.bmp').data]).toEqual([black, one, two].flat())
  })

  it('refuses what is damaged, in one line that names the file', () => {
    const whole = bitmap({ width: 2, rows: 2, bits: 8, pixels: [0, 1, 0, 0, 2, 1, 0, 0], between: palette })
    expect(readBmpSize(whole, 'a.bmp')).toEqual({ width: 2, height: 2 })
    for (const length of [3, 20, 40, 70]) {
      expect(() => decodeBmp(whole.subarray(0, length), 'a.bmp'), `${length}`).toThrow(
        /^a\.bmp: image is damaged or cut short: [^\n]+$/,
      )
    }
    const beyond = bitmap({ width: 1, rows: 1, bits: 8, pixels: [9, 0, 0, 0], between: palette })
    expect(() => decodeBmp(beyond, 'a.bmp')).toThrow('a pixel has index 9 beyond the palette')
    const bomb = bitmap({
      width: 60_000,
      rows: 60_000,
      bits: 8,
      pixels: [0, 1],
      compression: 1,
      between: palette,
    })
    expect(() => decodeBmp(bomb, 'a.bmp')).toThrow('image has too many pixels')
    const jpeg = bitmap({ width: 1, rows: 1, bits: 24, pixels: [1, 2, 3, 0], compression: 4 })
    expect(() => decodeBmp(jpeg, 'a.bmp')).toThrow('BMP file is of a kind that is not read')
  })
})
