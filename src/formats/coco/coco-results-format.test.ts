import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../../test/memory-folder.ts'
import { compressRle, encodeRle } from '../../geometry/rle.ts'
import { type ConversionOptions, convertData } from '../conversion.ts'
import { recogniseFormat } from '../formats.ts'
import { coco } from './coco-format.ts'
import { cocoResults } from './coco-results-format.ts'

// Columns 1 and 2 of rows 1 to 3, in an image 6 wide and 5 high.
const bitmap = Uint8Array.from({ length: 30 }, (_, i) => {
  const [x, y] = [i % 6, Math.floor(i / 6)]
  return Number(x >= 1 && x <= 2 && y >= 1 && y <= 3)
})
const segmentation = compressRle(encodeRle(bitmap, { height: 5, width: 6 }))
const result = { image_id: 7, category_id: 3, score: 0.9, bbox: [0.8, 1.1, 2.3, 2.9], segmentation }
const predictions = [
  { ...result, file_name: 'photos/a.png' },
  { ...result, file_name: 'photos/deep/b.png', image_id: 8, score: 0.25 },
]

async function convert(results: readonly object[], options: ConversionOptions = {}) {
  const target = new MemoryFolder()
  const source = new MemoryFolder({ 'predictions.json': JSON.stringify(results) })
  const report = await convertData(source, cocoResults, target, coco, {
    ...{ entry: 'predictions.json', targetEntry: 'out.json' },
    ...options,
  })
  return { report, file: JSON.parse(await target.readText('out.json')) }
}

describe('COCO results', () => {
  it('are recognised by what is in the file', async () => {
    const folder = new MemoryFolder({
      'predictions.json': JSON.stringify(predictions, null, 2),
      'empty.json': '[]',
      'list.json': '[1]',
    })
    expect((await recogniseFormat(folder, 'predictions.json')).name).toBe('coco-results')
    expect((await recogniseFormat(folder, 'empty.json')).name).toBe('coco-results')
    await expect(recogniseFormat(folder, 'list.json')).rejects.toThrow('cannot tell the format')
  })

  it('become labels: sizes from the masks, names below the folder of all, boxes and areas from the pixels', async () => {
    const { file, report } = await convert(predictions, { category: 'cell' })
    expect(file.images).toEqual([
      { id: 7, file_name: 'a.png', width: 6, height: 5 },
      { id: 8, file_name: 'deep/b.png', width: 6, height: 5 },
    ])
    expect(file.annotations[0]).toEqual({
      ...{ id: 1, image_id: 7, category_id: 3, bbox: [1, 1, 2, 3], area: 6, iscrowd: 0, score: 0.9 },
      segmentation,
    })
    expect(file.categories).toEqual([{ id: 3, name: 'cell' }])
    expect(report.noted.map(({ what }) => what)).toEqual([
      'images without results are not known (give --annotations to have them)',
    ])
  })

  it('are left out below a score', async () => {
    const { file, report } = await convert(predictions, { score: 0.5 })
    expect(file.annotations.map(({ score }: { score: number }) => score)).toEqual([0.9])
    expect(file.images).toHaveLength(2)
    expect(report.noted).toContainEqual({
      ...{ what: 'predictions below score 0.5 left out', count: 1 },
      where: ['deep/b.png: annotation 2'],
    })
  })

  it('take images and categories from annotations, those without results included', async () => {
    const image = { width: 6, height: 5 }
    const annotations = {
      images: [7, 8, 9].map((id) => ({ id, fileName: `${id}.png`, ...image })),
      categories: [{ id: 3, name: 'yeast' }],
    }
    const { file } = await convert([result], { annotations })
    expect(file.images.map(({ file_name }: { file_name: string }) => file_name)).toEqual([
      '7.png',
      '8.png',
      '9.png',
    ])
    expect(file.categories).toEqual([{ id: 3, name: 'yeast' }])
    await expect(convert([{ ...result, category_id: 4 }], { annotations })).rejects.toThrow(
      'memory/predictions.json: [0]: result has a category that the annotations do not have; expected one of 3, got 4',
    )
  })

  it('are refused where nothing says what they are of', async () => {
    await expect(convert([result])).rejects.toThrow('[0]: results do not say which images they are of')
    const { segmentation: _, ...box } = predictions[0]
    await expect(convert([box])).rejects.toThrow('photos/a.png: results do not say how large the image is')
    await expect(convert([predictions[0], { ...predictions[1], image_id: 7 }])).rejects.toThrow(
      '[1]: two images have one id; expected photos/a.png, got photos/deep/b.png',
    )
  })
})
