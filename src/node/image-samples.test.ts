import { describe, expect, it } from 'vitest'
import { type TiffPageOptions, tiffFile } from '../../test/tiff-file.ts'
import { readMeasurable } from './image-samples.ts'

const size = { width: 4, height: 2 }
const page = (value: number) => ({ ...size, data: Uint16Array.from({ length: 8 }, (_, i) => value + i) })

describe('readMeasurable', () => {
  it('gives the numbers of the page and channels that are shown', async () => {
    const stack = tiffFile(page(1000), page(2000))
    const first = async (reading: Parameters<typeof readMeasurable>[2]) =>
      (await readMeasurable(stack, 'stack.tif', reading)).samples.data[0]
    expect([await first({}), await first({ page: 2 })]).toEqual([1000, 2000])
    await expect(first({ page: 3 })).rejects.toThrow('stack.tif: image has no page 3; expected 1 to 2')
    const two = { ...size, channels: 2, data: Uint8Array.from({ length: 16 }, (_, i) => 10 * (i % 2) + 5) }
    const { samples } = await readMeasurable(tiffFile(two), 'two.tif', { channels: [2] })
    expect([samples.channels, ...samples.data]).toEqual([1, 15, 15, 15, 15, 15, 15, 15, 15])
  })

  const sizeOf = async (...pages: Partial<TiffPageOptions>[]) => {
    const file = tiffFile(...pages.map((options) => ({ ...page(0), ...options })))
    return (await readMeasurable(file, 'a.tif', { page: pages.length })).pixelSize
  }
  const ome = (rest: string) => ({
    description: `<OME><Image><Pixels ID="Pixels:0" SizeX="4" ${rest}></Pixels></Image></OME>`,
  })

  it('says the size of a pixel that OME-XML states', async () => {
    const source = 'OME-XML'
    const coarse = { resolution: [72, 72], resolutionUnit: 2 } as const
    expect(await sizeOf({ ...coarse, ...ome('PhysicalSizeX="0.325" PhysicalSizeY="0.325"') })).toEqual({
      micrometres: 0.325,
      source,
    })
    const nanometres = 'PhysicalSizeX="65" PhysicalSizeXUnit="nm" PhysicalSizeY="65" PhysicalSizeYUnit="nm"'
    expect((await sizeOf(ome(nanometres)))?.micrometres).toBeCloseTo(0.065, 12)
    expect(await sizeOf(ome('PhysicalSizeX="0.3" PhysicalSizeY="0.6"'))).toEqual({
      source: 'its pixels are 0.3 x 0.6 um by its OME-XML, not square',
    })
    expect(await sizeOf(ome('PhysicalSizeX="1" PhysicalSizeY="1" PhysicalSizeXUnit="pixel"'))).toBeUndefined()
  })

  it('says the size that ImageJ states, in its unit, and never takes the distance of slices for it', async () => {
    const resolution = [4, 4] as const
    const imagej = (unit: string) => ({
      ...{ resolution, resolutionUnit: 1 },
      description: `ImageJ=1.54f\n${unit}\nspacing=2.5\nloop=false\n`,
    })
    const source = 'ImageJ'
    for (const unit of ['unit=um', 'unit=micron', 'unit=\\u00B5m', 'unit=µm']) {
      expect(await sizeOf(imagej(unit)), unit).toEqual({ micrometres: 0.25, source })
    }
    expect(await sizeOf(imagej('unit=nm'))).toEqual({ micrometres: 0.00025, source })
    expect(await sizeOf(imagej('unit=pixel'))).toBeUndefined()
    expect(await sizeOf(imagej('min=0'))).toBeUndefined()
    expect(await sizeOf({ description: 'ImageJ=1.54f\nunit=um\nspacing=2.5\n' })).toBeUndefined()
    // What ImageJ makes of a file that a camera wrote.
    const camera = { ...imagej('unit=inch'), resolution: [300, 300] as const, resolutionUnit: 2 }
    expect((await sizeOf(camera))?.micrometres).toBeUndefined()
  })

  it('says the size by the resolution of the page, unless it is one of screens and print', async () => {
    const fine = { resolution: [20_000, 20_000], resolutionUnit: 3 } as const
    expect(await sizeOf(fine)).toEqual({ micrometres: 0.5, source: 'TIFF resolution' })
    expect((await sizeOf(fine, { ...fine, resolution: [10_000, 10_000] }))?.micrometres).toBe(1)
    expect((await sizeOf({ resolution: [25_400, 25_400], resolutionUnit: 2 }))?.micrometres).toBe(1)
    for (const [dpi, taken] of [
      [72, 352.78],
      [96, 264.58],
      [300, 84.667],
    ]) {
      expect(await sizeOf({ resolution: [dpi, dpi], resolutionUnit: 2 })).toEqual({
        source: `its resolution of ${dpi} dpi is one for screens and print; --pixel-size ${taken}um takes it all the same`,
      })
    }
    expect(await sizeOf({ ...fine, resolutionUnit: 1 })).toBeUndefined()
    expect(await sizeOf({ resolution: [0, 0], resolutionUnit: 2 })).toBeUndefined()
    expect(await sizeOf({})).toBeUndefined()
  })
})
