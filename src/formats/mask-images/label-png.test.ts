import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../errors.ts'
import { decodeLabelPng, encodeLabelPng } from './label-png.ts'

interface PngCase {
  name: string
  bytes: string
  width: number
  height: number
  channels: number
  data: number[]
  palette?: number[][]
}
/** Made with Pillow, and byte by byte with zlib where Pillow cannot (each filter in turn, interlaced, 4 bits). */
const cases = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/label-images/png.json', import.meta.url), 'utf8'),
) as PngCase[]
const bytesOf = ({ bytes }: { bytes: string }) => new Uint8Array(Buffer.from(bytes, 'base64'))

describe('reading label PNGs', () => {
  it.each(cases)('keeps the samples of $name', (png) => {
    const { width, height, channels, data, palette } = decodeLabelPng(bytesOf(png), png.name)
    expect({ width, height, channels }).toEqual({
      width: png.width,
      height: png.height,
      channels: png.channels,
    })
    expect([...Array.from(data)]).toEqual(png.data)
    expect(palette).toEqual(png.palette)
  })

  it.each<[string, (png: Uint8Array) => Uint8Array, string]>([
    ['is empty', () => new Uint8Array(), 'the file ends within its header'],
    ['is cut short', (png) => png.subarray(0, png.length - 30), 'PNG is damaged or cut short'],
    ['has a flipped bit', (png) => png.map((byte, i) => (i === 60 ? byte ^ 4 : byte)), 'PNG is damaged'],
    [
      'claims no width',
      (png) => png.map((byte, i) => (i >= 16 && i < 20 ? 0 : byte)),
      'it claims 0 x 7 pixels',
    ],
    [
      'claims too much',
      (png) => png.map((byte, i) => (i === 16 ? 255 : byte)),
      'it claims 4278190091 x 7 pixels',
    ],
  ])('refuses one that %s', (_, change, message) => {
    const png = bytesOf(cases.find(({ name }) => name === '8-bit grey')!)
    expect(() => decodeLabelPng(change(png), 'a.png')).toThrow(message)
    expect(() => decodeLabelPng(change(png), 'a.png')).toThrow(DataError)
  })

  it('gives the samples or refuses, whatever is changed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.nat(400), fc.nat(255), fc.nat(400), (png, at, value, end) => {
        const bytes = bytesOf(png)
        bytes[at % bytes.length] = value
        try {
          const { data, width, height, channels } = decodeLabelPng(
            bytes.subarray(0, bytes.length - end),
            'a.png',
          )
          expect(data.length).toBe(width * height * channels)
        } catch (error) {
          expect(error).toBeInstanceOf(DataError)
        }
      }),
      { numRuns: 400 },
    )
  })
})

describe('writing label PNGs', () => {
  it('makes files that libvips reads the same', async () => {
    const data = Uint16Array.of(0, 1, 255, 256, 40_000, 65_535)
    const png = encodeLabelPng({ data, width: 3, height: 2, channels: 1 })
    const raw = await sharp(png).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer()
    expect([...new Uint16Array(raw.buffer, raw.byteOffset, 6)]).toEqual([...data])
  })

  it('makes palettes that libvips expands to the colours', async () => {
    const palette = [
      [0, 0, 0],
      [9, 8, 7],
      [255, 254, 253],
    ] as const
    const png = encodeLabelPng({ data: Uint8Array.of(2, 0, 1), width: 3, height: 1, channels: 1, palette })
    expect([...(await sharp(png).raw().toBuffer())]).toEqual([255, 254, 253, 0, 0, 0, 9, 8, 7])
    expect([...Array.from(decodeLabelPng(png, 'a.png').data)]).toEqual([2, 0, 1])
  })

  it('undoes reading', () => {
    const size = fc.record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
    const images = size.chain(({ width, height }) =>
      fc.oneof(
        ...([1, 3] as const).flatMap((channels) => {
          const length = width * height * channels
          const range = { minLength: length, maxLength: length }
          return [fc.uint8Array(range), fc.uint16Array(range)].map((pixels) =>
            pixels.map((data) => ({ width, height, channels, data: data.slice() })),
          )
        }),
      ),
    )
    fc.assert(
      fc.property(images, (image) => {
        const { width, height, channels, data } = decodeLabelPng(encodeLabelPng(image), 'a.png')
        expect({ width, height, channels, data }).toEqual(image)
      }),
    )
  })
})
