import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../../test/memory-folder.ts'
import type { Dataset } from '../../data/dataset.ts'
import { Losses } from '../../data/losses.ts'
import { decodeRle } from '../../geometry/rle.ts'
import { decodeLabelPng, encodeLabelPng } from '../mask-images/label-png.ts'
import { pascalVoc } from './pascal-voc.ts'
import { VOC_PALETTE } from './pascal-voc-colours.ts'

/** A palette PNG; `v` is the void. */
const indexed = (...rows: string[]) =>
  encodeLabelPng({
    data: Uint8Array.from(rows.join(''), (digit) => (digit === 'v' ? 255 : Number(digit))),
    width: rows[0].length,
    height: rows.length,
    channels: 1,
    palette: VOC_PALETTE,
  })

const object = (name: string, box: readonly number[], more = '') => {
  const bounds = ['xmin', 'ymin', 'xmax', 'ymax'].map((key, i) => `<${key}>${box[i]}</${key}>`).join('')
  return `<object><name>${name}</name>${more}<bndbox>${bounds}</bndbox></object>`
}
const xml = (fileName: string, ...objects: string[]) =>
  `<?xml version="1.0"?><annotation><folder>VOC2012</folder><filename>${fileName}</filename>
  <size><width>4</width><height>3</height><depth>3</depth></size><segmented>1</segmented>${objects.join('')}</annotation>`

/** What the images of VOC2012 look like: the second object is a person marked as difficult, with a border of void. */
const VOC = {
  'VOC2012/Annotations/a.xml': xml(
    'a.jpg',
    object('dog', [1, 1, 2, 2], '<pose>Left</pose><truncated>1</truncated><difficult>0</difficult>'),
    object(
      'person',
      [3, 1, 4, 3],
      '<pose>Unspecified</pose><truncated>0</truncated><difficult>1</difficult>',
    ),
  ),
  'VOC2012/Annotations/b.xml': xml('b.jpg', object('cat', [2, 2, 3.5, 3])),
  'VOC2012/SegmentationObject/a.png': indexed('11v2', '11v2', '0vv2'),
  'VOC2012/SegmentationClass/a.png': indexed('88vv', '88vv', '0vvv'),
  'VOC2012/JPEGImages/a.jpg': 'not read',
}

async function readAll(files: Record<string, Uint8Array | string>, options = {}) {
  const losses = new Losses()
  const splits = await pascalVoc.read(new MemoryFolder(files), { losses, ...options })
  return { splits, losses }
}

/** By image: category, mask (or box) and `crowd`. */
function objectsOf({ images, annotations, categories }: Dataset) {
  const names = new Map(categories.map(({ id, name }) => [id, name]))
  return Object.fromEntries(
    images.map(({ id, fileName }) => [
      fileName,
      (annotations.get(id) ?? []).map(({ segmentation, categoryId, box, isCrowd }) => {
        const mask = segmentation && 'counts' in segmentation && decodeRle(segmentation).join('')
        return `${names.get(categoryId)} ${mask || box}${isCrowd ? ' crowd' : ''}`
      }),
    ]),
  )
}

describe('reading Pascal VOC', () => {
  it('joins objects of the XML file with their numbers in the mask', async () => {
    expect(await pascalVoc.recognises(new MemoryFolder(VOC))).toBe(true)
    const { splits, losses } = await readAll(VOC)
    expect(splits.map(({ name, images }) => [name, images])).toEqual([['', 'VOC2012/JPEGImages']])
    const { dataset } = splits[0]
    expect(objectsOf(dataset)).toEqual({
      'a.jpg': ['dog 110011000000', 'person 000100010001 crowd'],
      // One pixel counted from 1, the last included: x from 1 to 3.5, y from 1 to 3.
      'b.jpg': ['cat 1,1,3.5,3'],
    })
    expect(dataset.images[0]).toEqual({ id: 1, fileName: 'a.jpg', width: 4, height: 3 })
    expect(dataset.categories).toHaveLength(20)
    expect(dataset.categories[14]).toEqual({ id: 15, name: 'person' })
    const place = 'memory/VOC2012/Annotations/a.xml: object'
    expect(losses.lost).toEqual([
      { what: 'objects whose <pose> is left out', count: 1, where: [`${place} 1`] },
      { what: 'objects whose <truncated> is left out', count: 1, where: [`${place} 1`] },
    ])
    expect(losses.changed).toEqual([
      {
        what: 'difficult objects that became crowds, which are ignored alike',
        count: 1,
        where: [`${place} 2`],
      },
    ])
  })

  it('splits as the image sets say', async () => {
    const sets = {
      'VOC2012/ImageSets/Main/train.txt': 'b\n',
      'VOC2012/ImageSets/Main/val.txt': 'a\n',
      'VOC2012/ImageSets/Main/trainval.txt': 'a\nb\n',
      'VOC2012/ImageSets/Main/cat_train.txt': 'b  1\n',
    }
    const main = await readAll({ ...VOC, ...sets })
    expect(
      main.splits.map(({ name, dataset }) => [name, dataset.images.map(({ fileName }) => fileName)]),
    ).toEqual([
      ['train', ['b.jpg']],
      ['val', ['a.jpg']],
    ])
    const segmentation = await readAll({
      ...VOC,
      ...sets,
      'VOC2012/ImageSets/Segmentation/val.txt': 'a\nz\n',
    })
    expect(segmentation.splits.map(({ name, dataset }) => [name, dataset.images.length])).toEqual([
      ['val', 1],
    ])
    expect(segmentation.losses.lost.slice(0, 2)).toEqual([
      {
        what: 'images of VOC2012/ImageSets/Segmentation/val.txt without annotations left out',
        count: 1,
        where: ['z'],
      },
      {
        what: 'images that no list in VOC2012/ImageSets/Segmentation/ names left out',
        count: 1,
        where: ['b'],
      },
    ])
  })

  it('takes XML files beside images', async () => {
    const { splits } = await readAll({
      'train/x.xml': xml('other.jpg', object('cell', [1, 1, 4, 3])),
      'train/x.png': indexed('0000', '0000', '0000'),
      'valid/y.xml': xml('y.jpg', object('bud', [1, 1, 1, 1])),
    })
    expect(splits.map(({ name, images, dataset }) => [name, images, objectsOf(dataset)])).toEqual([
      ['train', 'train', { 'x.png': ['cell 0,0,4,3'] }],
      ['valid', 'valid', { 'y.jpg': ['bud 0,0,1,1'] }],
    ])
    expect(splits[0].dataset.categories.map(({ name }) => name)).toEqual(['bud', 'cell'])
  })

  it('takes painted masks without XML files, as CVAT exports them', async () => {
    const paint = (colours: readonly (readonly number[])[]) =>
      encodeLabelPng({ data: Uint8Array.from(colours.flat()), width: 4, height: 1, channels: 3 })
    const [none, first, second] = [VOC_PALETTE[0], VOC_PALETTE[1], VOC_PALETTE[2]]
    const { splits } = await readAll({
      'labelmap.txt':
        '# label:color_rgb:parts:actions\nbackground:0,0,0::\nleaf:250,50,83::\nroot: top:1,2,3::\n',
      'ImageSets/Segmentation/default.txt': 'k\n',
      'SegmentationObject/k.png': paint([first, none, second, second]),
      'SegmentationClass/k.png': paint([[1, 2, 3], none, [250, 50, 83], [1, 2, 3]].map((c) => [...c])),
      'JPEGImages/k.png': indexed('0000'),
    })
    expect(splits[0].name).toBe('')
    expect(splits[0].dataset.categories.map(({ name }) => name)).toEqual(['leaf', 'root: top'])
    expect(objectsOf(splits[0].dataset)).toEqual({ 'k.png': ['root: top 1000', 'leaf 0011'] })
  })

  const bad = (files: Record<string, Uint8Array | string>) => files
  it.each<[string, Record<string, Uint8Array | string>, string]>([
    [
      'XML that is none',
      bad({ 'Annotations/a.xml': '<annotation>' }),
      'memory/Annotations/a.xml: file is not XML: Missing end tag for element annotation (line 1, column 13)',
    ],
    [
      'XML of another kind',
      bad({ 'Annotations/a.xml': '<svg/>' }),
      'memory/Annotations/a.xml: XML is not of Pascal VOC; expected the outermost element <annotation>, got <svg>',
    ],
    [
      'an object without box',
      bad({ 'Annotations/a.xml': xml('a.jpg', '<object><name>cat</name></object>') }),
      'memory/Annotations/a.xml: object 1: object has no box',
    ],
    [
      'an object without name',
      bad({ 'Annotations/a.xml': xml('a.jpg', '<object><name/></object>') }),
      'memory/Annotations/a.xml: object 1: object has no name',
    ],
    [
      'a number that is none',
      bad({ 'Annotations/a.xml': xml('a.jpg', object('cat', [1, 1, Number.NaN, 2])) }),
      'memory/Annotations/a.xml: object 1: bndbox: <xmax> is wrong; expected a number of pixels, got "NaN"',
    ],
    [
      'a box turned inside out',
      bad({ 'Annotations/a.xml': xml('a.jpg', object('cat', [3, 1, 1, 2])) }),
      'memory/Annotations/a.xml: object 1: annotation has no area',
    ],
    [
      'a size that COCO could not hold',
      bad({ 'Annotations/a.xml': xml('a.jpg').replace('<width>4<', '<width>1e12<') }),
      'memory/Annotations/a.xml: "size" is wrong; expected width and height of 1 to 10000000 pixels, got 1000000000000 x 3',
    ],
    [
      'no size',
      bad({ 'Annotations/a.xml': '<annotation><filename>a.jpg</filename></annotation>' }),
      'memory/Annotations/a.xml: image has no size',
    ],
    [
      'a mask of another size',
      bad({ ...VOC, 'VOC2012/SegmentationObject/a.png': indexed('11') }),
      'memory/VOC2012/SegmentationObject/a.png: mask has another size than its image; expected 4 x 3, got 2 x 1',
    ],
    [
      'an object of two names',
      bad({
        'Annotations/a.xml':
          '<annotation><filename>a.png</filename><object><name>cat</name><name>dog</name></object></annotation>',
      }),
      'memory/Annotations/a.xml: object 1: <name> is there 2 times; expected one',
    ],
    [
      'an object too many',
      bad({ ...VOC, 'VOC2012/SegmentationObject/a.png': indexed('1123', '0000', '0000') }),
      'memory/VOC2012/SegmentationObject/a.png: object 3 of the mask is missing in the XML file; expected objects 1 to 2',
    ],
    [
      'objects without classes',
      bad({ 'SegmentationObject/a.png': indexed('1') }),
      'memory/SegmentationObject/a.png: objects have no classes',
    ],
    [
      'a class that is none',
      bad({ 'SegmentationObject/a.png': indexed('1'), 'SegmentationClass/a.png': indexed('0') }),
      'memory/SegmentationClass/a.png: object 1 has no class; expected a colour of labelmap.txt, or of Pascal VOC where there is none, got 0,0,0',
    ],
    [
      'two data sets',
      bad({ 'VOC2007/Annotations/a.xml': '', 'VOC2012/Annotations/a.xml': '' }),
      'memory: folder holds several data sets; got VOC2007, VOC2012',
    ],
    [
      'a list of classes that is none',
      bad({ ...VOC, 'labelmap.txt': 'cat\n' }),
      'memory/labelmap.txt: line 1: line is no class; expected name:red,green,blue::, got cat',
    ],
  ])('refuses %s', async (_, files, message) => {
    await expect(readAll(files)).rejects.toThrow(message)
  })
})

describe('writing Pascal VOC', () => {
  const size = [3, 4] as const
  const base = { imageId: 1, box: [0, 0, 1, 1] as const, area: 1, isCrowd: false }
  const dataset: Dataset = {
    images: [
      { id: 1, fileName: 'a.jpg', width: 4, height: 3 },
      { id: 2, fileName: 'sub/b.jpg', width: 4, height: 3 },
    ],
    categories: [
      { id: 30, name: 'x & y' },
      { id: 20, name: 'leaf' },
    ],
    annotations: new Map([
      [
        1,
        [
          { ...base, id: 1, categoryId: 30, box: [0.5, 0, 1, 1.25], segmentation: undefined },
          { ...base, id: 2, categoryId: 20, segmentation: { size, counts: [0, 6, 6] } },
          { ...base, id: 3, categoryId: 30, isCrowd: true, segmentation: { size, counts: [0, 12] } },
        ],
      ],
    ]),
  }

  it('numbers objects in the mask as in the XML file, those with boxes only at the end', async () => {
    const target = new MemoryFolder()
    const losses = new Losses()
    await pascalVoc.write([{ name: 'val', dataset }], target, { losses })
    expect(await target.list()).toEqual([
      'Annotations/a.xml',
      'Annotations/sub/b.xml',
      'ImageSets/Main/val.txt',
      'ImageSets/Segmentation/val.txt',
      'SegmentationClass/a.png',
      'SegmentationClass/sub/b.png',
      'SegmentationObject/a.png',
      'SegmentationObject/sub/b.png',
      'labelmap.txt',
    ])
    expect(await target.readText('labelmap.txt')).toBe(
      '# label:color_rgb:parts:actions\nbackground:0,0,0::\nleaf:128,0,0::\nx & y:0,128,0::\n',
    )
    expect(await target.readText('Annotations/a.xml')).toContain(
      '<name>x &amp; y</name>\n    <pose>Unspecified</pose>\n    <truncated>0</truncated>\n    <difficult>0</difficult>\n' +
        '    <bndbox><xmin>1</xmin><ymin>1</ymin><xmax>1</xmax><ymax>2</ymax></bndbox>',
    )
    const map = decodeLabelPng(await target.readBytes('SegmentationObject/a.png'), '')
    expect(Array.from(map.data).join('')).toBe('112211221122')
    expect(map.palette?.slice(0, 3)).toEqual([
      [0, 0, 0],
      [128, 0, 0],
      [0, 128, 0],
    ])
    const [split] = await pascalVoc.read(target, { losses: new Losses() })
    expect(split.name).toBe('val')
    expect(objectsOf(split.dataset)).toEqual({
      'a.jpg': ['leaf 110011001100', 'x & y 001100110011 crowd', 'x & y 0,0,1,2'],
      'sub/b.jpg': [],
    })
    expect(losses.lost).toEqual([
      { what: 'masks partly hidden by others', count: 1, where: ['a.jpg: annotation 3 loses 6 pixels'] },
      { what: 'boxes rounded to whole pixels of the image', count: 1, where: ['a.jpg: annotation 1'] },
    ])
  })

  it('keeps the boxes of objects beyond 254, and makes their pixels void', async () => {
    const many = Array.from({ length: 256 }, (_, i) => {
      return {
        ...base,
        id: i + 1,
        categoryId: 20,
        segmentation: { size: [1, 256] as const, counts: [i, 1, 255 - i] },
      }
    })
    const image = { id: 1, fileName: 'a.jpg', width: 256, height: 1 }
    const target = new MemoryFolder()
    const losses = new Losses()
    const split = { name: '', dataset: { ...dataset, images: [image], annotations: new Map([[1, many]]) } }
    await pascalVoc.write([split], target, { losses })
    expect(losses.lost).toEqual([
      {
        what: 'masks left out of images with more than 254 objects',
        count: 2,
        where: ['a.jpg: annotation 255', 'a.jpg: annotation 256'],
      },
    ])
    const [back] = await pascalVoc.read(target, { losses })
    const own = back.dataset.annotations.get(1)!
    expect(own.filter(({ segmentation }) => segmentation)).toHaveLength(254)
    expect(own[255].box).toEqual([255, 0, 256, 1])
  })
})

describe("Pascal VOC's colours", () => {
  it('are those of the development kit', () => {
    // From the table of the segmentation task: bicycle, person, tvmonitor, void.
    expect([2, 15, 20, 255].map((index) => VOC_PALETTE[index])).toEqual([
      [0, 128, 0],
      [192, 128, 128],
      [0, 64, 128],
      [224, 224, 192],
    ])
    expect(new Set(VOC_PALETTE.map(String)).size).toBe(256)
  })
})
