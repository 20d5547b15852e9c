import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../../test/memory-folder.ts'
import { annotationsOf } from '../../data/dataset.ts'
import { Losses } from '../../data/losses.ts'
import type { ReadOptions } from '../format.ts'
import { encodeLabelPng } from '../mask-images/label-png.ts'
import { csvRows } from './csv-rows.ts'
import { via } from './via.ts'

type Files = Record<string, string | Uint8Array>

const image = encodeLabelPng({ data: new Uint8Array(8000), width: 100, height: 80, channels: 1 })

async function readAll(files: Files, options: Partial<ReadOptions> = {}) {
  const losses = new Losses()
  const splits = await via.read(new MemoryFolder({ 'a.jpg': image, ...files }), { losses, ...options })
  return { splits, losses }
}

const polygon = { name: 'polygon', all_points_x: [10, 40, 40], all_points_y: [10, 10, 30] }
const regionOf = (shape: object, attributes: object = { kind: 'cat' }) => ({
  shape_attributes: shape,
  region_attributes: attributes,
})
/** A project as VIA 2 saves it. */
const projectOf = (regions: unknown, changes: object = {}) =>
  JSON.stringify({
    _via_settings: { ui: {}, core: {}, project: { name: 'p' } },
    _via_img_metadata: {
      'a.jpg12345': { filename: 'a.jpg', size: 12345, regions, file_attributes: {} },
    },
    _via_attributes: {
      region: {
        kind: { type: 'dropdown', description: '', options: { dog: '', cat: '' }, default_options: {} },
      },
      file: {},
    },
    _via_data_format_version: '2.0.10',
    _via_image_id_list: ['a.jpg12345'],
    ...changes,
  })
const readRegions = async (regions: unknown, options?: Partial<ReadOptions>) => {
  const { splits, losses } = await readAll({ 'p.json': projectOf(regions) }, options)
  return { dataset: splits[0].dataset, annotations: annotationsOf(splits[0].dataset, 1), losses }
}

describe('reading VIA', () => {
  it('reads a project: polygons, rectangles, categories in the order of the options', async () => {
    const { dataset, annotations } = await readRegions([
      regionOf(polygon),
      regionOf({ name: 'rect', x: 5, y: 6, width: 20, height: 10 }, { kind: 'dog' }),
    ])
    expect(dataset.images).toEqual([{ id: 1, fileName: 'a.jpg', width: 100, height: 80 }])
    expect(dataset.categories.map(({ name }) => name)).toEqual(['dog', 'cat'])
    expect(annotations).toMatchObject([
      { id: 1, categoryId: 2, box: [10, 10, 40, 30], segmentation: [[10, 10, 40, 10, 40, 30]] },
      { id: 2, categoryId: 1, box: [5, 6, 25, 16], area: 200 },
    ])
    expect(annotations[1].segmentation).toBeUndefined()
  })

  it('reads circles and ellipses with their areas, closes polylines, counts points', async () => {
    const { annotations, losses } = await readRegions([
      regionOf({ name: 'circle', cx: 50, cy: 40, r: 20 }),
      regionOf({ name: 'ellipse', cx: 50, cy: 40, rx: 30, ry: 10, theta: Math.PI / 2 }),
      regionOf({
        ...polygon,
        name: 'polyline',
        all_points_x: [10, 40, 40, 10],
        all_points_y: [10, 10, 30, 10],
      }),
      regionOf({ name: 'point', cx: 3, cy: 4 }),
    ])
    // pi 20² = 1256.6 and pi 30 10 = 942.5; turned by a quarter, the long axis stands upright.
    expect(Math.abs(annotations[0].area - 1256.6)).toBeLessThan(8)
    expect(Math.abs(annotations[1].area - 942.5)).toBeLessThan(8)
    for (const [i, at] of [40, 10, 60, 70].entries())
      expect(Math.abs(annotations[1].box[i] - at)).toBeLessThan(0.2)
    expect(annotations[2].segmentation).toEqual([[10, 10, 40, 10, 40, 30]])
    expect(losses.lost.map(({ what }) => what)).toEqual(['points left out'])
    expect(losses.changed.map(({ what, count }) => [what, count])).toEqual([
      ['circles and ellipses taken for polygons of many corners', 2],
      ['polylines closed to polygons', 1],
    ])
  })

  it('reads annotations alone, of VIA 1 with regions as an object, and without attributes', async () => {
    const text = JSON.stringify({
      'a.jpg12345': {
        fileref: '',
        size: 12345,
        filename: 'a.jpg',
        base64_img_data: '',
        file_attributes: {},
        regions: { '0': regionOf(polygon, {}) },
      },
    })
    const { splits, losses } = await readAll({ 'via_region_data.json': text })
    expect(splits[0].dataset.categories).toEqual([{ id: 1, name: 'object' }])
    expect(annotationsOf(splits[0].dataset, 1)).toHaveLength(1)
    expect(losses.changed).toHaveLength(1)
  })

  it('reads CSV', async () => {
    const shape = JSON.stringify(polygon).replaceAll('"', '""')
    const text = `filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes
a.jpg,12345,"{}",2,0,"${shape}","{""kind"":""cat""}"
a.jpg,12345,"{}",2,1,"${shape}","{""kind"":""dog""}"
b.jpg,5,"{}",0,0,"{}","{}"
`
    const { splits } = await readAll({ 'via.csv': text, 'b.jpg': image })
    const { images, annotations, categories } = splits[0].dataset
    expect(images.map(({ fileName }) => fileName)).toEqual(['a.jpg', 'b.jpg'])
    expect(categories.map(({ name }) => name)).toEqual(['cat', 'dog'])
    expect(annotations.get(1)?.map(({ categoryId }) => categoryId)).toEqual([1, 2])
  })

  it('takes the attribute that is asked for, and options that are ticked', async () => {
    const regions = [regionOf(polygon, { kind: 'cat', colour: { red: true, blue: false } })]
    await expect(readRegions(regions)).rejects.toThrow(
      'regions have several attributes, and one of them has to hold the category; expected one of kind, colour',
    )
    const { dataset, losses } = await readRegions(regions, { attribute: 'colour' })
    expect(dataset.categories).toEqual([{ id: 1, name: 'red' }])
    expect(losses.lost.map(({ what }) => what)).toEqual(['regions whose other attributes are left out'])
    await expect(readRegions(regions, { attribute: 'size' })).rejects.toThrow(
      'no region has the attribute "size"',
    )
  })

  it('holds attributes of images as text, but for names that COCO gives to something else', async () => {
    const described = { width: '100', height: '80', site: 'A', patient: '17', note: '', id: 'x' }
    const project = projectOf([regionOf(polygon)]).replace(
      '"file_attributes":{}',
      `"file_attributes":${JSON.stringify(described)}`,
    )
    const { splits, losses } = await readAll({ 'p.json': project })
    expect(splits[0].dataset.images[0].attributes).toEqual({ site: 'A', patient: '17' })
    expect(losses.lost).toEqual([
      { what: 'id of images left out', count: 1, where: ['memory/p.json: _via_img_metadata["a.jpg12345"]'] },
    ])
    const target = new MemoryFolder()
    const [{ dataset }] = splits
    const images = dataset.images.map((image) => ({ ...image, attributes: { site: 'A', frame: 7 } }))
    const written = new Losses()
    await via.write([{ name: '', dataset: { ...dataset, images } }], target, { losses: written })
    const { _via_img_metadata, _via_attributes } = JSON.parse(await target.readText('via_project.json'))
    expect(_via_img_metadata['a.jpg-1'].file_attributes).toEqual({
      ...{ site: 'A', frame: '7' },
      ...{ width: '100', height: '80' },
    })
    expect(Object.keys(_via_attributes.file)).toEqual(['site', 'frame', 'width', 'height'])
    expect(written.lost).toEqual([])
    expect(written.changed.map(({ what }) => what)).toContain('attributes of images become text')
  })

  it.each([
    ['are text', { width: '4.2 mm', height: 'tall' }],
    ['are too large', { width: '1e12', height: '80' }],
  ])('counts width and height that %s, and looks at the image', async (_, stated) => {
    const project = projectOf([]).replace(
      '"file_attributes":{}',
      `"file_attributes":${JSON.stringify({ ...stated, site: 'A' })}`,
    )
    const { splits, losses } = await readAll({ 'p.json': project })
    expect(splits[0].dataset.images).toEqual([
      { id: 1, fileName: 'a.jpg', width: 100, height: 80, attributes: { site: 'A' } },
    ])
    expect(losses.lost.map(({ what }) => what)).toEqual([
      'width of images left out',
      'height of images left out',
    ])
  })

  it('finds splits, and images in another folder', async () => {
    const images = new MemoryFolder({ 'a.jpg': image })
    const files = { 'train/via.json': projectOf([]), 'val/via.json': projectOf([]) }
    const { splits } = await readAll(files, { images })
    expect(splits.map(({ name, images: folder }) => [name, folder])).toEqual([
      ['train', 'train'],
      ['val', 'val'],
    ])
  })

  it.each([
    ['no shape', { region_attributes: {} }, 'not an object'],
    ['an unknown shape', regionOf({ name: 'star' }), 'region has an unknown shape'],
    [
      'x without y',
      regionOf({ ...polygon, all_points_y: [1] }),
      '"all_points_y" is wrong; expected 3 numbers',
    ],
    ['a corner that is text', regionOf({ ...polygon, all_points_x: ['1', 2, 3] }), '"all_points_x" is wrong'],
    ['two corners', regionOf({ ...polygon, all_points_x: [1, 2], all_points_y: [1, 2] }), 'encloses nothing'],
    ['a rectangle of no width', regionOf({ name: 'rect', x: 1, y: 1, width: 0, height: 3 }), 'no area'],
    ['no category', regionOf(polygon, { kind: '' }), 'region has no category in its attribute "kind"'],
  ])('names %s', async (_, region, message) => {
    const error = await readRegions([regionOf(polygon), region]).catch(({ message: text }) => text)
    expect(error).toContain('memory/p.json: _via_img_metadata["a.jpg12345"]: regions[1]')
    expect(error).toContain(message)
  })

  it.each<[string, Files, string]>([
    ['no file', {}, 'memory: folder has no file of VIA'],
    ['VIA 3', { 'p.json': '{"project":{},"config":{},"metadata":{}}' }, 'memory/p.json: project is of VIA 3'],
    [
      'no image',
      { 'p.json': projectOf([]).replaceAll('a.jpg', 'c.jpg') },
      'image is missing; expected memory/c.jpg',
    ],
    ['a column that is missing', { 'v.csv': 'filename,x\na.jpg,1\n' }, 'column "file_attributes" is missing'],
  ])('names %s', async (name, files, message) => {
    const entry = name === 'no file' ? undefined : Object.keys(files)[0]
    await expect(readAll(files, { entry })).rejects.toThrow(message)
  })
})

describe('csvRows', () => {
  it('reads RFC 4180', () => {
    expect(csvRows('a,"b ""c"", d"\r\n\n"e\nf",\n,g', 'x.csv')).toEqual([
      ['a', 'b "c", d'],
      ['e\nf', ''],
      ['', 'g'],
    ])
    expect(csvRows('', 'x.csv')).toEqual([])
    expect(() => csvRows('a,b\nc,"d', 'x.csv')).toThrow('x.csv: line 2: quotes are wrong')
    expect(() => csvRows('a"b', 'x.csv')).toThrow('quotes are wrong')
  })
})
