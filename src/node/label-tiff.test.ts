import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { tiffFile } from '../../test/tiff-file.ts'
import { decodeLabelTiff } from './label-tiff.ts'

/** Made with tifffile. */
const { files, stack, double, planar } = JSON.parse(
  readFileSync(new URL('../../test/fixtures/label-images/tiff.json', import.meta.url), 'utf8'),
) as {
  files: { name: string; bytes: string; width: number; height: number; data: number[] }[]
  planar: { name: string; bytes: string; width: number; height: number; channels: number; data: number[] }[]
  stack: string
  double: string
}
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))

describe('reading label TIFFs', () => {
  it.each(files)('keeps the samples of $name', async ({ bytes, ...expected }) => {
    const { width, height, channels, data } = await decodeLabelTiff(bytesOf(bytes), 'a.tif')
    expect({ width, height, channels }).toEqual({
      width: expected.width,
      height: expected.height,
      channels: 1,
    })
    expect(Array.from(data)).toEqual(expected.data)
  })

  it.each([
    ['bytes where white is zero', Uint8Array.of(0, 0, 7, 200), 0],
    ['16 bits where white is zero', Uint16Array.of(0, 0, 7, 60000), 0],
    ['signed 16 bits', Int16Array.of(-1, 0, 7, 30000), 1],
  ])('keeps the samples of %s', async (_, data, photometric) => {
    const tiff = tiffFile({ data, width: 2, height: 2, photometric })
    expect((await decodeLabelTiff(tiff, 'a.tif')).data).toEqual(data)
  })

  it.each([
    ['bytes', Uint8Array.of(0, 1, 2, 3, 200, 201, 202, 203)],
    ['16 bits', Uint16Array.of(0, 1, 2, 3, 60000, 60001, 60002, 60003)],
    ['signed 16 bits', Int16Array.of(0, -1, 2, 3, 30000, 30001, 30002, 30003)],
  ])('interleaves channels that lie apart: %s', async (_, data) => {
    const tiff = tiffFile({ data, width: 2, height: 2, channels: 2, isPlanar: true, extraSamples: [0] })
    const [a, b, c, d, e, f, g, h] = data
    const read = await decodeLabelTiff(tiff, 'a.tif')
    expect([read.channels, ...Array.from(read.data)]).toEqual([2, a, e, b, f, c, g, d, h])
  })

  it.each(planar)('interleaves channels that lie apart, made with tifffile: $name', async (file) => {
    const { width, height, channels, data } = await decodeLabelTiff(bytesOf(file.bytes), 'a.tif')
    expect({ ...file, width, height, channels, data: Array.from(data) }).toEqual(file)
  })

  it('refuses planes of CMYK', async () => {
    const data = new Uint8Array(16)
    const tiff = tiffFile({ data, width: 2, height: 2, channels: 4, isPlanar: true, photometric: 5 })
    await expect(decodeLabelTiff(tiff, 'a.tif')).rejects.toThrow(
      'a.tif: TIFF file keeps the parts of its colours apart, which is not read; expected planes of grey,',
    )
  })

  it('refuses several pages, doubles and damaged files', async () => {
    await expect(decodeLabelTiff(bytesOf(stack), 'a.tif')).rejects.toThrow(
      'a.tif: TIFF file has several pages; expected one image, got 2 pages. Save each plane of a stack as a file of its own',
    )
    await expect(decodeLabelTiff(bytesOf(double), 'a.tif')).rejects.toThrow(
      'a.tif: samples of the TIFF file are not supported',
    )
    const cut = bytesOf(files[1].bytes).subarray(0, 60)
    await expect(decodeLabelTiff(cut, 'a.tif')).rejects.toThrow('a.tif: TIFF is damaged or cut short: ')
  })
})
