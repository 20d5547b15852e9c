import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../test/memory-folder.ts'
import { coco } from './coco/coco-format.ts'
import { type ConversionOptions, convertData } from './conversion.ts'
import { yoloSeg } from './yolo-seg/yolo-seg.ts'

const square = { image_id: 1, bbox: [1, 1, 4, 4], area: 16, segmentation: [[1, 1, 5, 1, 5, 5, 1, 5]] }
const file = JSON.stringify({
  images: [
    { id: 1, file_name: 'a.jpg', width: 10, height: 10 },
    { id: 2, file_name: 'b.jpg', width: 10, height: 10 },
  ],
  annotations: [
    { ...square, id: 17, category_id: 1, iscrowd: 0 },
    { ...square, id: 18, category_id: 2, iscrowd: 1 },
    { ...square, id: 19, category_id: 2, bbox: [1, 1, 0, 4] },
  ],
  categories: [
    { id: 1, name: 'cat' },
    { id: 2, name: 'dog', supercategory: '' },
  ],
})

async function convert(options: ConversionOptions) {
  const target = new MemoryFolder()
  const report = await convertData(new MemoryFolder({ 'a.json': file }), coco, target, yoloSeg, options)
  return { report, target }
}

describe('convertData', () => {
  it('reports what was converted and what was not', async () => {
    const { report, target } = await convert({ onDegenerate: 'skip' })
    expect(report).toEqual({
      splits: [{ name: '', images: 2, annotations: 2 }],
      categories: ['cat', 'dog'],
      lost: [
        {
          what: 'annotations or polygons without area left out',
          count: 1,
          where: ['memory/a.json: annotations[2]'],
        },
        { what: 'crowd annotations left out', count: 1, where: ['a.jpg: annotation 18'] },
      ],
      changed: [
        { what: 'boxes and areas are computed anew from the masks', count: 1, where: [] },
        { what: 'ids of images, annotations and categories are numbered anew', count: 1, where: [] },
      ],
      noted: [],
    })
    expect(await target.readText('labels/a.txt')).toBe('0 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n')
    expect(await target.readText('labels/b.txt')).toBe('')
  })

  it('stops at what it cannot read, unless told to leave it out', async () => {
    await expect(convert({})).rejects.toThrow(
      'memory/a.json: annotations[2]: annotation 19 has a box without area',
    )
  })

  it('writes nothing where losses are errors', async () => {
    const target = new MemoryFolder()
    const source = new MemoryFolder({ 'a.json': file.replace('[1,1,0,4]', '[1,1,4,4]') })
    await expect(convertData(source, coco, target, yoloSeg, { strict: true })).rejects.toThrow(
      'memory: data cannot be converted without losses; got crowd annotations left out: 1 (a.jpg: annotation 18)',
    )
    expect(target.files.size).toBe(0)
    await convertData(source, coco, target, coco, { strict: true })
    expect(await target.list()).toEqual(['annotations.json'])
  })

  it('counts members of COCO entries that go nowhere', async () => {
    const content = JSON.parse(file.replace('[1,1,0,4]', '[1,1,4,4]'))
    for (const image of content.images) Object.assign(image, { license: 3, site: 'A', camera: { lens: 2 } })
    Object.assign(content.categories[1], { supercategory: 'animal', color: [1, 2, 3] })
    Object.assign(content.annotations[2], { attributes: { occluded: true }, score: null })
    const source = new MemoryFolder({ 'a.json': JSON.stringify(content) })
    const target = new MemoryFolder()
    const { lost } = await convertData(source, coco, target, coco, {})
    expect(JSON.parse(await target.readText('annotations.json')).categories[1].supercategory).toBe('animal')
    expect(JSON.parse(await target.readText('annotations.json')).images[1]).toEqual({
      ...{ id: 2, file_name: 'b.jpg', width: 10, height: 10 },
      ...{ license: 3, site: 'A' },
    })
    const { lost: lostToYolo } = await convertData(source, coco, new MemoryFolder(), yoloSeg, {})
    expect(lostToYolo).toContainEqual({ what: 'supercategories left out', count: 1, where: ['dog'] })
    expect(lostToYolo).toContainEqual({
      what: 'site of images left out',
      count: 2,
      where: ['a.jpg', 'b.jpg'],
    })
    expect(lost.map(({ what, where }) => [what, ...where])).toEqual([
      ['camera of images left out', 'memory/a.json'],
      ['color of categories left out', 'memory/a.json'],
      ['attributes of annotations left out', 'memory/a.json'],
    ])
  })

  it('refuses one file for several splits, and for formats of many files', async () => {
    const whole = file.replace('[1,1,0,4]', '[1,1,4,4]')
    const source = new MemoryFolder({ 'train.json': whole, 'val.json': whole })
    const target = new MemoryFolder()
    await expect(convertData(source, coco, target, coco, { targetEntry: 'x.json' })).rejects.toThrow(
      'x.json: data of several splits do not go into one file; got train, val. Name a folder',
    )
    const one = { entry: 'train.json', targetEntry: 'x.json' }
    await expect(convertData(source, coco, target, yoloSeg, one)).rejects.toThrow(
      'x.json: yolo-seg is not one file',
    )
    await convertData(source, coco, target, coco, one)
    expect(await target.list()).toEqual(['x.json'])
  })

  it('keeps the categories that are asked for, and all images', async () => {
    const { report, target } = await convert({ onDegenerate: 'skip', categories: ['cat'] })
    expect(report.categories).toEqual(['cat'])
    expect(report.splits).toEqual([{ name: '', images: 2, annotations: 1 }])
    expect(await target.readText('data.yaml')).toContain('nc: 1\nnames:\n  0: "cat"\n')
    await expect(convert({ onDegenerate: 'skip', categories: ['cow'] })).rejects.toThrow(
      'memory: no category is called "cow"; expected some of cat, dog',
    )
  })
})
