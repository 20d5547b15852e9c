import { describe, expect, it } from 'vitest'
import { parsePixelSize } from '../data/pixel-size.ts'
import { encodeRle } from '../geometry/rle.ts'
import { exportMeasurements } from './export/measurements.ts'
import { type Instance, instanceMask } from './instance.ts'
import { measure } from './measurements.ts'
import { predictionJson } from './to-json.ts'

/** Four pixels in a row at (1, 1) of 6 x 3. */
const bitmap = Array.from({ length: 18 }, (_, i) => Number(i >= 7 && i < 11))
const bar: Instance = {
  ...{ categoryId: 1, category: 'bar', score: 0.5, box: [1, 1, 5, 2] },
  mask: instanceMask(encodeRle(bitmap, { height: 3, width: 6 })),
}
const empty: Instance = { ...bar, mask: instanceMask({ size: [3, 6], counts: [18] }) }
const grey = { width: 6, height: 3, channels: 1, data: Uint16Array.from({ length: 18 }, (_, i) => 1000 * i) }

describe('measure', () => {
  it('tells place, axes and the numbers that the file stores', () => {
    const measured = measure(bar, grey, undefined)!
    expect(measured.centroid).toEqual([3, 1.5])
    // Variance of four positions one apart is 15 / 12: the axis is four times its root.
    expect(measured.major_axis).toBeCloseTo(4 * Math.sqrt(1.25), 12)
    expect([measured.minor_axis, measured.orientation, measured.eccentricity]).toEqual([0, 0, 1])
    expect([measured.mean, measured.min, measured.max]).toEqual([8500, 7000, 10000])
    expect(measured.sd).toBeCloseTo(1000 * Math.sqrt(1.25), 9)
    expect(measured.area_um2).toBeUndefined()
  })

  it('takes the mean of colours, and micrometres where the size of a pixel is known', () => {
    const colours = {
      width: 6,
      height: 3,
      channels: 3,
      data: new Uint8Array(54).map((_, i) => [30, 60, 120][i % 3]),
    }
    const measured = measure(bar, colours, 0.5)!
    expect([measured.mean, measured.sd]).toEqual([70, 0])
    expect([measured.area_um2, measured.major_axis_um]).toEqual([1, measured.major_axis / 2])
    expect(measure(empty, grey, 1)).toBeUndefined()
  })

  it('is a table, and part of the document', () => {
    const prediction = { width: 6, height: 3, milliseconds: 1, instances: [bar, empty], notes: [] }
    const measurements = prediction.instances.map((instance) => measure(instance, grey, 2))
    const pixelSize = { micrometres: 2, source: 'OME-XML' }
    const unsized = { file: 'b.png', prediction, measurements: prediction.instances.map(() => undefined) }
    const { name, content } = exportMeasurements([
      { file: 'a.tif', prediction, measurements, pixelSize },
      { ...unsized, pixelSize: { source: 'no reason' } },
    ])
    expect(name).toBe('measurements.csv')
    const [head, first, second, third] = (content as string).split('\n').map((line) => line.split(','))
    const of = (row: string[], column: string) => row[head.indexOf(column)]
    expect(['index', 'area', 'centroid_x', 'mean', 'area_um2'].map((column) => of(first, column))).toEqual([
      ...['1', '4', '3', '8500', '16'],
    ])
    expect(['index', 'area', 'centroid_x', 'mean'].map((column) => of(second, column))).toEqual([
      '2',
      '0',
      '',
      '',
    ])
    const from = ['pixel_size_um', 'pixel_size_from']
    expect([first, third].map((row) => from.map((column) => of(row, column)))).toEqual([
      ['2', 'OME-XML'],
      ['', ''],
    ])
    const { instances, pixel_size } = predictionJson('a.tif', prediction, { measurements, pixelSize })
    expect(pixel_size).toEqual(pixelSize)
    expect(instances.map(({ measurements: own }) => own?.mean)).toEqual([8500, undefined])
  })
})

describe('sizes of pixels', () => {
  it('are read from what people write', () => {
    expect(['0.5um', '320 nm', '0.01mm', '1µm', '2μm'].map(parsePixelSize)).toEqual([0.5, 0.32, 10, 1, 2])
    for (const text of ['0.5', 'um', '-1um', '0um', '1 inch']) {
      expect(() => parsePixelSize(text)).toThrow(/not the size of a pixel; expected a length/)
    }
  })
})
