import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../../test/memory-folder.ts'
import type { LabelRaster } from './label-png.ts'
import { colourIdsOf, foregroundOf, labelsOf, readLabelRaster } from './label-raster.ts'

const raster = (
  channels: number,
  data: ArrayLike<number>,
  palette?: readonly (readonly number[])[],
): LabelRaster => ({
  width: data.length / channels,
  height: 1,
  channels,
  data,
  palette,
})
const numbers = (found: ArrayLike<number>) => Array.from(found)

describe('labels of a raster', () => {
  it('are samples, indices, or the one value of grey colours', () => {
    expect(numbers(labelsOf(raster(1, Uint16Array.of(0, 300)), ''))).toEqual([0, 300])
    expect(numbers(labelsOf(raster(1, Uint8Array.of(1, 0), [[9], [8]]), ''))).toEqual([1, 0])
    expect(numbers(labelsOf(raster(2, Uint8Array.of(7, 255, 8, 0)), ''))).toEqual([7, 8])
    expect(numbers(labelsOf(raster(3, Uint8Array.of(7, 7, 7, 0, 0, 0)), ''))).toEqual([7, 0])
    expect(numbers(labelsOf(raster(4, Uint16Array.of(700, 700, 700, 1)), ''))).toEqual([700])
    expect(numbers(labelsOf(raster(1, Float32Array.of(3, 70_000)), ''))).toEqual([3, 70_000])
  })

  it.each([
    [
      'fractions',
      raster(1, Float32Array.of(0, 1.5)),
      'expected whole numbers, 0 for the background, got 1.5',
    ],
    ['negative numbers', raster(1, Int32Array.of(-1)), 'got -1'],
    [
      'colours',
      raster(3, Uint8Array.of(1, 2, 3, 1, 2, 4)),
      'label map is a colour image; expected one channel of whole numbers, one number an object, got 2 colours',
    ],
  ])('are no %s', (_, wrong, message) => {
    expect(() => labelsOf(wrong, 'a.tif')).toThrow(message)
  })

  it('come out of a TIFF file as they went in', async () => {
    const path = new URL('../../../test/fixtures/label-images/tiff.json', import.meta.url)
    const { files } = JSON.parse(readFileSync(path, 'utf8')) as { files: { bytes: string; data: number[] }[] }
    for (const { bytes, data } of files) {
      const source = new MemoryFolder({ 'a.tif': new Uint8Array(Buffer.from(bytes, 'base64')) })
      expect(numbers(labelsOf(await readLabelRaster(source, 'a.tif'), 'a.tif'))).toEqual(data)
    }
  })
})

describe('the foreground of a raster', () => {
  it('is what is neither black nor transparent', () => {
    expect(numbers(foregroundOf(raster(1, Uint8Array.of(0, 255, 0)), ''))).toEqual([0, 1, 0])
    expect(numbers(foregroundOf(raster(3, Uint8Array.of(0, 0, 0, 0, 0, 9)), ''))).toEqual([0, 1])
    expect(numbers(foregroundOf(raster(4, Uint8Array.of(9, 9, 9, 0, 9, 9, 9, 255)), ''))).toEqual([0, 1])
    expect(numbers(foregroundOf(raster(2, Uint8Array.of(9, 255, 9, 0)), ''))).toEqual([1, 0])
    const palette = [
      [5, 5, 5, 255],
      [0, 0, 0, 255],
      [5, 5, 5, 0],
    ]
    expect(numbers(foregroundOf(raster(1, Uint8Array.of(0, 1, 2), palette), ''))).toEqual([1, 0, 0])
  })

  it('has one value', () => {
    expect(() => foregroundOf(raster(1, Uint8Array.of(0, 255, 128)), 'm.png')).toThrow(
      'm.png: mask has more than two values',
    )
  })
})

describe('colour ids of a raster', () => {
  it('are R + 256 G + 65536 B, of colours or a palette', () => {
    expect(numbers(colourIdsOf(raster(3, Uint8Array.of(1, 2, 3)), ''))).toEqual([197121])
    expect(
      numbers(
        colourIdsOf(
          raster(1, Uint8Array.of(1, 0), [
            [0, 0, 0],
            [255, 255, 255],
          ]),
          '',
        ),
      ),
    ).toEqual([16777215, 0])
  })
})
