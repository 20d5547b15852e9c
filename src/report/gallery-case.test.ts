import { describe, expect, it } from 'vitest'
import { exampleEvaluation } from '../../test/evaluation-example.ts'
import { DataError } from '../errors.ts'
import type { Picture } from '../predict/render.ts'
import { galleryCases, windowAround } from './gallery-case.ts'

const size = { width: 200, height: 100 }

describe('the window around a case', () => {
  it('has context on all sides', () => {
    // 40 wide: 40 * (1 + 2 * 0.35) = 68, around the middle at 100, 50.
    expect(windowAround([[80, 40, 120, 60]], size)).toEqual({ left: 66, top: 16, width: 68, height: 68 })
  })
  it('is moved into the image, and is never larger than that', () => {
    expect(windowAround([[0, 0, 10, 10]], size)).toEqual({ left: 0, top: 0, width: 48, height: 48 })
    expect(windowAround([[190, 90, 200, 100]], size)).toEqual({ left: 152, top: 52, width: 48, height: 48 })
    expect(windowAround([[10, 10, 150, 20]], size)).toEqual({ left: 0, top: 0, width: 200, height: 100 })
  })
  it('holds everything concerned', () => {
    const window = windowAround(
      [
        [20, 20, 30, 30],
        [50, 20, 80, 30],
      ],
      size,
    )
    // 60 wide: 60 * 1.7 = 102, but the image is 100 high.
    expect(window).toEqual({ left: 0, top: 0, width: 102, height: 100 })
  })
})

describe('the cases of a gallery', () => {
  const { groundTruth, results, report } = exampleEvaluation()
  const grey = ({ width, height }: { width: number; height: number }): Picture => ({
    ...{ width, height },
    data: new Uint8Array(width * height * 3).fill(128),
  })
  const encoded: Picture[] = []
  const encodeJpeg = async (picture: Picture) => {
    encoded.push(picture)
    return new Uint8Array([1, 2, 3])
  }
  const input = { groundTruth, results, report, encodeJpeg }

  it('show the object, the detection and what is around them', async () => {
    const read: string[] = []
    const readImage = async (image: { fileName: string; width: number; height: number }) => {
      read.push(image.fileName)
      return grey(image)
    }
    const cases = await galleryCases({ ...input, readImage })
    expect(read.toSorted()).toEqual(['a<b>.png', 'second.png'])
    expect(cases.map((shown) => [shown.case.kind, shown.category, shown.trueCategory])).toEqual([
      ['false-positive', 'leaf', undefined],
      ['false-positive', 'leaf', 'stem & <i>root</i>'],
      ['missed', 'stem & <i>root</i>', undefined],
      ['missed', 'stem & <i>root</i>', undefined],
      ['poor-match', 'stem & <i>root</i>', undefined],
    ])
    expect(cases[1]).toMatchObject({
      truth: 'M60 10h20v10h-20z',
      prediction: 'M60 10h20v10h-20z',
      otherTruths: '',
      window: { left: 46, top: 0, width: 48, height: 48 },
    })
    // The badly outlined stem, and the whole of the image that a window around it shows.
    expect(cases[4]).toMatchObject({ truth: 'M60 50h20v10h-20z', prediction: 'M66 50h20v10h-20z' })
    expect(cases[0].otherTruths).toBe('M30 20h20v20h-20z')
    expect(cases[0].otherPredictions).toBe('M30 20h20v20h-20z')
  })

  it('shrink what is large, and say by how much', async () => {
    const cases = await galleryCases({ ...input, readImage: async (image) => grey(image) })
    const wide = cases.find((shown) => shown.case.annotationId === 15)
    expect(wide?.window).toEqual({ left: 0, top: 0, width: 700, height: 60 })
    // 700 / 288 rounded up.
    expect(wide?.picture).toMatchObject({ block: 3, width: 234, height: 20 })
    expect(wide?.picture?.uri).toBe('data:image/jpeg;base64,AQID')
    expect(encoded.every(({ width, height, data }) => data.length === width * height * 3)).toBe(true)
  })

  it('stand on nothing where an image cannot be read or is another', async () => {
    const told: string[] = []
    const cases = await galleryCases({
      ...input,
      readImage: async (image) => {
        if (image.id === 1) throw new DataError('cannot read the file', { where: image.fileName })
        return grey({ width: 699, height: 60 })
      },
      onUnreadable: (_, reason) => void told.push(reason),
    })
    expect(cases.some(({ picture }) => picture)).toBe(false)
    expect(told.toSorted()).toEqual([
      'a<b>.png: cannot read the file',
      'second.png: image has another size than its annotations say; expected 700 x 60, got 699 x 60. Was the image resized or turned after it was labelled?',
    ])
    expect((await galleryCases(input)).some(({ picture }) => picture)).toBe(false)
  })
})
