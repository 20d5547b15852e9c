import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decodeLabelTiff } from './label-tiff.ts'

/** Made with tifffile. */
const { files, stack, double } = JSON.parse(
  readFileSync(new URL('../../test/fixtures/label-images/tiff.json', import.meta.url), 'utf8'),
) as {
  files: { name: string; bytes: string; width: number; height: number; data: number[] }[]
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
