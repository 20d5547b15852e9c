import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { DataError } from '../errors.ts'
import { decodeImage, encodeJpeg, encodePng } from './decode-image.ts'

/** A PNG put together by hand. `rows` are the samples of each row, in bytes. Colour types: 0 grey, 2 RGB, 6 RGBA. */
function png(width: number, bitDepth: number, colourType: number, rows: number[][]): Uint8Array {
  const chunk = (type: string, body: Uint8Array) => {
    const typed = Buffer.concat([Buffer.from(type), body])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(body.length, 0)
    frame.writeUInt32BE(crc32(typed), 4)
    return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(rows.length, 4)
  header.set([bitDepth, colourType], 8)
  const pixels = deflateSync(Uint8Array.from(rows.flatMap((row) => [0, ...row])))
  const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', new Uint8Array(0)),
  ])
}

/** Left half red, right half blue, 32 x 16. */
const halves = {
  data: Uint8Array.from({ length: 32 * 16 * 3 }, (_, i) => {
    const isLeft = Math.floor(i / 3) % 32 < 16
    return i % 3 === (isLeft ? 0 : 2) ? 255 : 0
  }),
  width: 32,
  height: 16,
}

function pixel({ data, width }: { data: Uint8Array; width: number }, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)]
}

describe('decodeImage', () => {
  it('reads RGB, and drops alpha but keeps the colour under it', async () => {
    const rgb = await decodeImage(
      png(2, 8, 2, [
        [1, 2, 3, 4, 5, 6],
        [7, 8, 9, 10, 11, 12],
      ]),
    )
    expect(rgb).toMatchObject({
      data: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
      width: 2,
      height: 2,
    })
    const rgba = await decodeImage(
      png(2, 8, 6, [
        [1, 2, 3, 0, 4, 5, 6, 128],
        [7, 8, 9, 255, 10, 11, 12, 1],
      ]),
    )
    expect(rgba).toEqual(rgb)
  })

  it('makes RGB of 8 bits from grey and from 16 bits', async () => {
    const grey = await decodeImage(
      png(2, 8, 0, [
        [0, 200],
        [255, 9],
      ]),
    )
    expect([...grey.data]).toEqual([0, 0, 0, 200, 200, 200, 255, 255, 255, 9, 9, 9])
    // 65535 / 257 is 255: the first sample, 511, is 1.99.
    const deep = await decodeImage(
      png(2, 16, 2, [
        [1, 255, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0],
        [7, 0, 8, 0, 9, 0, 10, 0, 11, 0, 12, 0],
      ]),
      { intensity: 'full' },
    )
    expect([...deep.data]).toEqual([2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const deepGrey = await decodeImage(
      png(2, 16, 0, [
        [100, 0, 7, 0],
        [255, 255, 0, 0],
      ]),
      { intensity: 'full' },
    )
    expect([...deepGrey.data]).toEqual([100, 100, 100, 7, 7, 7, 255, 255, 255, 0, 0, 0])
  })

  it('applies EXIF orientation', async () => {
    const raw = { width: 32, height: 16, channels: 3 } as const
    const file = await sharp(halves.data, { raw }).png().withMetadata({ orientation: 6 }).toBuffer()
    // Orientation 6: the stored left edge is the top.
    const image = await decodeImage(file)
    expect([image.width, image.height]).toEqual([16, 32])
    expect(pixel(image, 8, 2)).toEqual([255, 0, 0])
    expect(pixel(image, 8, 30)).toEqual([0, 0, 255])
  })

  it('reads CMYK JPEG files', async () => {
    const raw = { width: 32, height: 16, channels: 3 } as const
    const file = await sharp(halves.data, { raw }).toColourspace('cmyk').jpeg().toBuffer()
    expect((await sharp(file).metadata()).channels).toBe(4)
    const image = await decodeImage(file)
    expect(image.data.length).toBe(32 * 16 * 3)
    const [r, , b] = pixel(image, 4, 8)
    expect(r).toBeGreaterThan(b + 100)
  })

  it('refuses files in one line that names them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'maskwright-image-'))
    const path = join(folder, 'x.png')
    await expect(decodeImage(path)).rejects.toThrow(`${path}: cannot read the file: it does not exist`)
    await expect(decodeImage(folder)).rejects.toThrow(`${folder}: cannot read the file: it is a folder`)
    writeFileSync(path, 'not an image')
    await expect(decodeImage(path)).rejects.toThrow(`${path}: file is not an image of a known format`)
    rmSync(folder, { recursive: true })
    await expect(decodeImage(new Uint8Array(0))).rejects.toThrow('image: image file is empty')
    await expect(decodeImage(png(1, 8, 0, [[1], [2], [3]]), { name: 'thin.png' })).rejects.toThrow(
      /^thin.png: image is too small; expected at least 2 pixels on a side, got 1 x 3$/,
    )
  })

  it('refuses truncated JPEG and PNG files', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251)
    const image = { data: noise, width: 64, height: 64 }
    for (const file of [await encodeJpeg(image), await encodePng(image)]) {
      for (const part of [0.3, 0.7, 0.95]) {
        const cut = file.subarray(0, Math.floor(file.length * part))
        await expect(decodeImage(cut), `${part}`).rejects.toThrow(DataError)
        await expect(decodeImage(cut)).rejects.toThrow(/^image: image is damaged or cut short: [^\n]+$/)
      }
    }
  })
})

it('refuses a JPEG or PNG file with bytes of the middle lost', async () => {
  const noise = Uint8Array.from({ length: 128 * 128 * 3 }, (_, i) => (i * 7919) % 251)
  const image = { data: noise, width: 128, height: 128 }
  for (const encoded of [await encodeJpeg(image), await encodePng(image)]) {
    const damaged = Uint8Array.from(encoded).fill(0, encoded.length / 3, encoded.length / 2)
    await expect(decodeImage(damaged)).rejects.toThrow(/^image: image is damaged or cut short: [^\n]+$/)
  }
})

it('reads a JPEG file with bytes too many after its pixels', async () => {
  const whole = await encodeJpeg(halves)
  const longer = Buffer.concat([whole.subarray(0, -2), Uint8Array.of(1, 2, 3, 4), whole.subarray(-2)])
  expect(await decodeImage(longer)).toEqual(await decodeImage(whole))
})

describe('encodePng and encodeJpeg', () => {
  it('write what decodeImage reads', async () => {
    expect(await decodeImage(await encodePng(halves))).toEqual(halves)
    const [r, g, b] = pixel(await decodeImage(await encodeJpeg(halves, 95)), 4, 8)
    expect([r > 245, g < 10, b < 10]).toEqual([true, true, true])
  })

  it('refuse pixels that do not fit', async () => {
    await expect(encodePng({ data: new Uint8Array(5), width: 2, height: 1 })).rejects.toThrow(
      /expected 6 bytes for 2 x 1 x 3, got 5$/,
    )
  })
})

it('what libvips would read beyond the formats that are listed is refused by its first bytes', async () => {
  const texts = [
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    '<?xml version="1.0"?><svg/>',
    '%PDF-1.4',
  ]
  for (const text of texts) {
    await expect(decodeImage(Buffer.from(text), { name: 'a.png' }), text).rejects.toThrow(
      'a.png: file is not an image of a known format; expected PNG, JPEG, WebP, TIFF, GIF, AVIF or BMP',
    )
  }
})
