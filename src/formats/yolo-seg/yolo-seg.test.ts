import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../../test/memory-folder.ts'
import { type Annotation, annotationsOf, type Dataset } from '../../data/dataset.ts'
import { Losses } from '../../data/losses.ts'
import type { ReadOptions } from '../format.ts'
import { encodeLabelPng } from '../mask-images/label-png.ts'
import { yoloSeg } from './yolo-seg.ts'

type Files = Record<string, string | Uint8Array>

const image = (width: number, height: number) =>
  encodeLabelPng({ data: new Uint8Array(width * height), width, height, channels: 1 })
const wide = image(200, 100)
const yaml = 'names:\n  0: cat\n  1: dog\n'

async function readAll(files: Files, options: Partial<ReadOptions> = {}) {
  const losses = new Losses()
  const splits = await yoloSeg.read(new MemoryFolder(files), { losses, ...options })
  return { splits, losses }
}
const readOne = async (label: string, options?: Partial<ReadOptions>) => {
  const files = { 'data.yaml': yaml, 'images/a.png': wide, 'labels/a.txt': label }
  const { splits, losses } = await readAll(files, options)
  return { annotations: annotationsOf(splits[0].dataset, 1), losses }
}

describe('reading YOLO', () => {
  it('takes lines of four numbers for boxes and longer ones for polygons', async () => {
    // 200 x 100: the box is centred at (100, 50), 40 wide and 20 high; the triangle has its corners in fractions.
    const { annotations } = await readOne('1 0.5 0.5 0.2 0.2\n\n  0 0.1 0.1 0.5 0.1 0.5 0.9  \r\n')
    expect(annotations).toMatchObject([
      { id: 1, imageId: 1, categoryId: 2, box: [80, 40, 120, 60], area: 800, isCrowd: false },
      { id: 2, categoryId: 1, box: [20, 10, 100, 90], segmentation: [[20, 10, 100, 10, 100, 90]] },
    ])
    expect(annotations[0].segmentation).toBeUndefined()
  })

  it.each([
    ['nc: 3\nnames: [cat, dog]', ['memory/data.yaml: nc 3, 2 names']],
    ["nc: '1'\nnames: {0: cat, 1: dog}", ['memory/data.yaml: nc 1, 2 names']],
    ['nc: two\nnames: [cat, dog]', ['memory/data.yaml: nc two, 2 names']],
    ["nc: '2'\nnames: [cat, dog]", []],
    ['nc: 6\nnames: {0: cat, 5: dog}', []],
    ['nc:\nnames: [cat, dog]', []],
    ['names: [cat, dog]', []],
  ])('tells where nc is not the number of names: %s', async (classes, told) => {
    const { losses } = await readAll({ 'data.yaml': classes, 'images/a.png': wide })
    const what = 'files in which "nc" is not the number of "names", which were taken: are they complete?'
    expect(losses.noted.filter((note) => note.what === what).flatMap(({ where }) => where)).toEqual(told)
  })

  it('reads the trees that are in use', async () => {
    const label = '0 0.1 0.1 0.5 0.1 0.5 0.9\n'
    const trees: [name: string, files: Files, splits: (string | undefined)[][]][] = [
      [
        'Ultralytics',
        {
          'coco8.yaml': `path: ../datasets/coco8 # root\ntrain: images/train\nval: images/val\ntest:\n${yaml}`,
          'images/train/a.png': wide,
          'labels/train/a.txt': label,
          'images/val/deep/b.png': wide,
          'labels/val/deep/b.txt': label,
        },
        [
          ['train', 'images/train', 'a.png'],
          ['val', 'images/val', 'deep/b.png'],
        ],
      ],
      [
        'Roboflow',
        {
          'data.yaml': "train: ../train/images\nval: ../valid/images\n\nnc: 2\nnames: ['cat', 'dog']\n",
          'train/images/a.png': wide,
          'train/labels/a.txt': label,
          'valid/images/b.png': wide,
          'valid/labels/b.txt': label,
        },
        [
          ['train', 'train/images', 'a.png'],
          ['valid', 'valid/images', 'b.png'],
        ],
      ],
      [
        'lists of images, made on another machine',
        {
          'data.yaml': `train: /home/x/data/train.txt\nval: val.txt\n${yaml}`,
          'train.txt': './images/a.png\n',
          'val.txt': '/home/x/data/images/b.png\n',
          'images/a.png': wide,
          'labels/a.txt': label,
          'images/b.png': wide,
          'labels/b.txt': label,
        },
        [
          ['train', '', 'images/a.png'],
          ['val', '', 'images/b.png'],
        ],
      ],
      [
        'classes.txt, one folder',
        { 'classes.txt': 'cat\ndog\n', 'a.png': wide, 'a.txt': label },
        [['', '', 'a.png']],
      ],
      [
        'one folder for train and val',
        { 'data.yaml': `train: images\nval: images\n${yaml}`, 'images/a.png': wide, 'labels/a.txt': label },
        [['', 'images', 'a.png']],
      ],
    ]
    for (const [name, files, expected] of trees) {
      expect(await yoloSeg.recognises(new MemoryFolder(files)), name).toBe(true)
      const { splits } = await readAll(files)
      const found = splits.map((split) => [split.name, split.images, split.dataset.images[0].fileName])
      expect(found, name).toEqual(expected)
      for (const { dataset } of splits) {
        expect(dataset.categories, name).toEqual([
          { id: 1, name: 'cat' },
          { id: 2, name: 'dog' },
        ])
        expect(annotationsOf(dataset, 1), name).toHaveLength(1)
      }
    }
  })

  it('finds images in another folder by name', async () => {
    const images = new MemoryFolder({ 'train/a.png': wide, 'b.png': image(10, 20), 'c.png': wide })
    const labels = { 'labels/train/a.txt': '', 'labels/val/b.txt': '0 0.5 0.5 1 1', 'classes.txt': 'cat' }
    const { splits, losses } = await readAll(labels, { images })
    const found = splits.map(({ name, dataset }) => [name, dataset.images[0].fileName])
    expect(found).toEqual([
      ['train', 'train/a.png'],
      ['val', 'b.png'],
    ])
    // Of which split c.png is, nothing says.
    expect(losses.lost).toEqual([{ what: 'images without labels left out', count: 1, where: ['c.png'] }])
    expect(annotationsOf(splits[1].dataset, 1)[0].box).toEqual([0, 0, 10, 20])
  })

  it('takes images without labels for background, in the source and in another folder', async () => {
    const files = {
      'data.yaml': yaml,
      'labels/train/b.txt': '0 0.5 0.5 1 1',
      'labels/val/c.txt': '0 0.5 0.5 1 1',
    }
    const pictures = {
      'images/train/a.png': wide,
      'images/train/b.png': wide,
      'images/train/b.jpg': wide,
      'images/val/c.png': wide,
    }
    const objects = ({ splits }: Awaited<ReturnType<typeof readAll>>) =>
      splits.map(({ name, dataset }) => [
        name,
        dataset.images.map(({ id, fileName }) => {
          return `${fileName.split('/').at(-1)} ${annotationsOf(dataset, id).length}`
        }),
      ])
    const expected = [
      ['train', ['a.png 0', 'b.jpg 1', 'b.png 1']],
      ['val', ['c.png 1']],
    ]
    expect(objects(await readAll({ ...files, ...pictures }))).toEqual(expected)
    const elsewhere = await readAll(files, { images: new MemoryFolder(pictures) })
    expect(objects(elsewhere)).toEqual(expected)
    expect(elsewhere.losses.lost).toEqual([])
    const without = { ...pictures, 'images/test/d.png': wide }
    const { losses } = await readAll(files, { images: new MemoryFolder(without) })
    expect(losses.lost.map(({ what, where }) => [what, ...where])).toEqual([
      ['images without labels left out', 'images/test/d.png'],
    ])
  })

  it.each([
    ['an unknown class', '2 0.5 0.5 1 1', 'class is unknown; expected a class index from 0 to 1, got 2'],
    ['half a class', '0.5 0.5 0.5 1 1', 'class is unknown'],
    [
      'pixels',
      '0 0.5 0.5 40 20',
      'coordinate is not a fraction of the image; expected numbers from 0 to 1, got 40',
    ],
    ['a score', '0 0.1 0.1 0.5 0.1 0.5 0.9 0.8', 'label is malformed; expected a class and a box'],
    ['three numbers', '0 0.1 0.1 0.5', 'label is malformed; expected a class and a box (4 numbers) or'],
    ['text', 'cat 0.1 0.1 0.5 0.5', 'label is malformed; expected numbers, got "cat"'],
    ['not a number', '0 nan 0.1 0.5 0.5', 'label is malformed; expected numbers, got "nan"'],
    ['a box of no width', '0 0.5 0.5 0 0.1', 'annotation has no area'],
  ])('names %s', async (_, line, message) => {
    const where = 'memory/labels/a.txt: line 2: '
    await expect(readOne(`0 0.5 0.5 1 1\n${line}`)).rejects.toThrow(where + message)
  })

  it('leaves annotations without area out when told to', async () => {
    const { annotations, losses } = await readOne('0 0.5 0.5 0 0.1\n0 0.5 0.5 1 1\n', {
      onDegenerate: 'skip',
    })
    expect(annotations).toHaveLength(1)
    expect(losses.lost).toEqual([
      { what: 'annotations without area left out', count: 1, where: ['memory/labels/a.txt: line 1'] },
    ])
  })

  it.each<[string, Files, string]>([
    ['no names', { 'images/a.png': wide }, 'memory: classes have no names; expected data.yaml with "names"'],
    ['names that are none', { 'data.yaml': 'names: 3' }, 'memory/data.yaml: "names" is wrong'],
    ['YAML that is none', { 'data.yaml': 'names: [a' }, 'memory/data.yaml: file is not YAML'],
    ['poses', { 'data.yaml': `kpt_shape: [17, 3]\n${yaml}` }, 'memory/data.yaml: labels are poses'],
    ['a folder that is missing', { 'data.yaml': `train: nowhere\n${yaml}` }, '"train" is not in the folder'],
    ['no images', { 'classes.txt': 'cat' }, 'memory: folder has no images'],
    [
      'an image that is missing',
      { 'classes.txt': 'cat', 'images/b.png': wide, 'labels/a.txt': '' },
      'memory/labels/a.txt: image of the labels is missing',
    ],
  ])('names %s', async (_, files, message) => {
    await expect(readAll(files)).rejects.toThrow(message)
  })
})

describe('labels of YOLO that could count twice or not at all', () => {
  const label = '0 0.1 0.1 0.5 0.1 0.5 0.9\n'
  const two = { 'labels/a.txt': label, 'labels/b.txt': label, 'images/a.png': wide, 'images/b.png': wide }

  it('are told where two images have one label file', async () => {
    const { losses } = await readAll({ ...two, 'data.yaml': yaml, 'images/a.tif': wide })
    expect(losses.noted.map(({ what, where }) => [what, ...where])).toEqual([
      ['images that have the labels of another, which count twice', 'images/a.tif: images/a.png'],
    ])
  })

  it('are read once where a list names an image twice, and told where it leaves one out', async () => {
    const files = {
      ...two,
      'data.yaml': `train: list.txt\n${yaml}`,
      'list.txt': 'images/a.png\n./images/a.png\n',
    }
    const { splits, losses } = await readAll(files)
    expect(splits.map(({ dataset }) => dataset.images.map(({ fileName }) => fileName))).toEqual([
      ['images/a.png'],
    ])
    expect(losses.noted.map(({ what, where }) => [what, ...where])).toEqual([
      ['lines of lists passed over that name an image again', 'memory/list.txt: line 2'],
    ])
    expect(losses.lost.map(({ what, where }) => [what, ...where])).toEqual([
      ['label files left out that belong to no image of a split', 'labels/b.txt'],
    ])
  })
})

describe('writing YOLO', () => {
  const categories = [
    { id: 7, name: 'dog' },
    { id: 3, name: 'cat: big' },
  ]
  const picture = { id: 5, fileName: 'x/a.jpg', width: 10, height: 5 }
  const rest = { imageId: 5, categoryId: 7, area: 1, isCrowd: false } as const
  const dataset = (...own: Annotation[]): Dataset => ({
    images: [picture],
    annotations: new Map([[5, own]]),
    categories,
  })
  async function write(data: Dataset, name = 'train') {
    const target = new MemoryFolder()
    const losses = new Losses()
    await yoloSeg.write([{ name, dataset: data }], target, { losses })
    const text = (path: string) => new TextDecoder().decode(target.files.get(path))
    return { text, losses, files: await target.list() }
  }
  const triangle = [1, 1, 5, 1, 5, 4]

  it('writes classes in ascending order of id, and places relative to data.yaml', async () => {
    const { files, text } = await write(
      dataset({ ...rest, id: 1, box: [1, 1, 5, 4], segmentation: [triangle] }),
    )
    expect(files).toEqual(['data.yaml', 'labels/train/x/a.txt'])
    expect(text('labels/train/x/a.txt')).toBe('1 0.1 0.2 0.5 0.2 0.5 0.8\n')
    expect(text('data.yaml')).toBe(
      'train: "images/train"\nval: "images/train"\nnc: 2\nnames:\n  0: "cat: big"\n  1: "dog"\n',
    )
  })

  it('writes boxes as boxes, and as corners beside masks', async () => {
    const box: Annotation = { ...rest, id: 1, box: [2, 1, 4, 3] }
    // Centre (3, 2), 2 x 2 of 10 x 5.
    expect((await write(dataset(box))).text('labels/train/x/a.txt')).toBe('1 0.3 0.4 0.2 0.4\n')
    const { text, losses } = await write(
      dataset(box, { ...rest, id: 2, box: [1, 1, 5, 4], segmentation: [triangle] }),
    )
    expect(text('labels/train/x/a.txt').split('\n')[0]).toBe('1 0.2 0.2 0.2 0.6 0.4 0.6 0.4 0.2')
    expect(losses.changed.at(-1)).toMatchObject({ count: 1, where: ['x/a.jpg: annotation 1'] })
  })

  it('counts crowds, keypoints and what lies outside', async () => {
    const { text, losses } = await write(
      dataset(
        { ...rest, id: 1, box: [1, 1, 5, 4], segmentation: [triangle], isCrowd: true },
        {
          ...rest,
          id: 2,
          box: [11, 1, 15, 4],
          segmentation: [triangle.map((at, i) => (i % 2 ? at : at + 10))],
        },
        { ...rest, id: 3, box: [1, 1, 5, 4], keypoints: [1, 1, 2], segmentation: [triangle] },
      ),
    )
    expect(text('labels/train/x/a.txt').split('\n')).toHaveLength(2)
    expect(losses.lost.map(({ what, where }) => [what, ...where])).toEqual([
      ['annotations whose keypoints are left out', 'x/a.jpg: annotation 3'],
      ['crowd annotations left out', 'x/a.jpg: annotation 1'],
      ['annotations left out that are empty or outside of their image', 'x/a.jpg: annotation 2'],
    ])
  })

  it('refuses images that would share a file of labels, and images without names', async () => {
    const images = [picture, { ...picture, id: 6, fileName: 'x/a.png' }]
    await expect(write({ ...dataset(), images })).rejects.toThrow(
      'labels/train/x/a.txt: two images would share one file of labels; got x/a.jpg and x/a.png',
    )
    await expect(write({ ...dataset(), images: [{ ...picture, fileName: '' }] })).rejects.toThrow(
      'no file name',
    )
  })
})

it('reads the labels of an image that is called like the list of classes', async () => {
  const label = '0 0.1 0.1 0.5 0.1 0.5 0.9\n'
  const files = { 'data.yaml': yaml, 'images/classes.png': wide, 'labels/classes.txt': label }
  const { splits } = await readAll(files)
  expect(annotationsOf(splits[0].dataset, 1)).toHaveLength(1)
})
