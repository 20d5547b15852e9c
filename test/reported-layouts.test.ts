import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { folderOf } from './in-process.ts'
import { cocoOf, convert, labelsOf, picture, toCoco } from './tiny-labels.ts'

/** Layouts that users reported as read wrongly without a word; the files are made here, small. */

describe('YOLO labels are all used, or told', () => {
  const label = '0 0.1 0.1 0.4 0.1 0.4 0.5 0.1 0.5\n'
  const counts = ({ files }: Awaited<ReturnType<typeof toCoco>>) =>
    Object.entries(files)
      .map(([name, { images, annotations }]) => [name, images.length, annotations.length])
      .sort()

  it('beside their images, in some folders or all', async () => {
    const files = {
      'classes.txt': 'leaf\n',
      'a/images/x.png': picture,
      'a/images/x.txt': label,
      'b/y.png': picture,
      'b/y.txt': label,
      'readme.png': picture,
      'notes.txt': 'taken in May\n',
    }
    for (const flags of [[], ['--from', 'yolo-seg']]) {
      const ended = await toCoco(files, ...flags)
      expect(counts(ended)).toEqual([['annotations.json', 2, 2]])
      expect(ended.stdout).toContain('no labels, and are in no folder "images": 1 (readme.png)')
    }
  })

  it('in folders and files of capital letters', async () => {
    const ended = await toCoco({
      'classes.txt': 'leaf\n',
      'Images/a.png': picture,
      'Images/B.PNG': picture,
      'Labels/a.txt': label,
      'Labels/b.TXT': label,
    })
    expect(counts(ended)).toEqual([['annotations.json', 2, 2]])
  })

  const split = (name: string, file: string) => ({
    [`${name}/images/${file}.png`]: picture,
    [`${name}/labels/${file}.txt`]: label,
  })

  it('of the splits that are there; one that is missing is told', async () => {
    const yaml =
      "train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnc: 1\nnames: ['leaf']\n"
    const files = { 'data.yaml': yaml, ...split('train', 'a'), ...split('valid', 'b') }
    const ended = await toCoco(files)
    expect(counts(ended)).toEqual([
      ['annotations/train.json', 1, 1],
      ['annotations/valid.json', 1, 1],
    ])
    expect(ended.stdout).toMatch(
      /splits passed over whose folder is missing: 1 \(.*data\.yaml: test: \.\.\/test\/images\)/,
    )
    // Its labels alone are there, and a folder that the file does not name.
    const more = await toCoco({ ...files, 'test/labels/c.txt': label, ...split('extra', 'd') })
    expect(more.stdout).toContain(
      'label files left out that belong to no image of a split: 2 (extra/labels/d.txt, test/labels/c.txt)',
    )
    // A folder above all others is not the one that is missing.
    const tail = await toCoco({
      'data.yaml': yaml.replaceAll(/\w+\/images/g, (path) => path.split('/').reverse().join('/')),
      'images/train/a.png': picture,
      'images/valid/b.png': picture,
      'labels/train/a.txt': label,
    })
    expect(counts(tail)).toEqual([
      ['annotations/train.json', 1, 1],
      ['annotations/valid.json', 1, 0],
    ])
    const needed = await toCoco({ 'data.yaml': yaml, ...split('valid', 'b') })
    expect(needed.stderr).toContain('data.yaml: "train" is not in the folder')
  })

  it('of splits by any name, as they are written here', async () => {
    const folder = folderOf({
      'annotations/part1.json': cocoOf(['a.png']),
      'annotations/no.json': cocoOf(['b.png']),
      'a.png': picture,
      'b.png': picture,
    })
    const flags = ['--to', 'yolo-seg', '--images', folder, '--copy-images']
    const { stdout, stderr } = await convert(folder, '.', 'yolo', ...flags)
    expect([stdout, stderr]).toEqual([expect.stringMatching(/\nNothing was lost\.\n$/), ''])
    const back = await convert(folder, 'yolo', 'back', '--to', 'coco', '--json')
    expect(JSON.parse(back.stdout).splits).toEqual([
      { name: 'no', images: 1, annotations: 1 },
      { name: 'part1', images: 1, annotations: 1 },
    ])
  })

  it('as Label Studio and Darknet write them', async () => {
    const notes = { categories: [{ id: 0, name: 'leaf' }], info: { year: 2024, contributor: 'Label Studio' } }
    const studio = await toCoco({
      'classes.txt': 'leaf\nstem\n',
      'notes.json': JSON.stringify(notes),
      'images/ab12-a.png': picture,
      'labels/ab12-a.txt': label,
    })
    expect(studio.stdout).toContain('(yolo-seg) -> ')
    expect(counts(studio)).toEqual([['annotations.json', 1, 1]])
    const darknet = await toCoco({
      'obj.names': 'leaf\n',
      'obj.data': 'classes = 1\n',
      'train.txt': 'data/obj_train_data/a.png\n',
      'obj_train_data/a.png': picture,
      'obj_train_data/a.txt': label,
    })
    expect(counts(darknet)).toEqual([['annotations.json', 1, 1]])
  })

  it('with other YAML files beside, and one list of classes', async () => {
    const files = { 'images/a.png': picture, 'labels/a.txt': label }
    const ended = await toCoco({
      ...files,
      'a-run.yaml': 'epochs: 3\n',
      'set.yaml': 'names: [leaf]\ntrain: images\n',
    })
    expect(counts(ended)).toEqual([['annotations/train.json', 1, 1]])
    const differ = await toCoco({
      ...files,
      'classes.txt': 'leaf\nstem\n',
      'labels/classes.txt': 'stem\nleaf\n',
    })
    expect(differ.stderr).toContain('labels/classes.txt: lists of classes differ')
  })
})

describe('formats are recognised from the whole file, and other files are told', () => {
  const captions = JSON.stringify({ images: [], annotations: [{ id: 1, image_id: 1, caption: 'a leaf' }] })

  it('in a folder as COCO ships it', async () => {
    const ended = await toCoco(
      {
        'annotations/captions_val2017.json': captions,
        'annotations/instances_val2017.json': cocoOf(['1.png']),
        'annotations/person_keypoints_val2017.json': cocoOf(['1.png']),
        'val2017/1.png': picture,
      },
      '--copy-images',
    )
    expect(Object.keys(ended.files)).toHaveLength(2)
    expect(ended.files['annotations/val2017.json'].annotations).toHaveLength(1)
    expect(ended.stdout).toMatch(
      /JSON files passed over that are not annotations of COCO.*: 1 \(.*captions_val2017\.json\)/,
    )
    // Alone it is what it is, and what it lacks is said.
    const alone = await toCoco({ 'captions_val2017.json': captions })
    expect(alone.stderr).toContain('captions_val2017.json: "categories" is missing or no list')
  })

  it('with members in any order, and much before them', async () => {
    const { images, annotations, categories } = JSON.parse(cocoOf(['a.png']))
    const info = { description: 'x'.repeat(3 << 20) }
    const ended = await toCoco({ 'any.json': JSON.stringify({ info, categories, annotations, images }) })
    expect(ended.files['annotations.json'].annotations).toHaveLength(1)
  })

  it('of Labelme, whichever file comes first', async () => {
    const shape = {
      label: 'leaf',
      points: [
        [5, 5],
        [17, 5],
        [17, 17],
      ],
      shape_type: 'polygon',
    }
    const file = { imagePath: 'a.png', imageWidth: 64, imageHeight: 48, shapes: [shape] }
    const files = { 'a-config.json': '{"theme":"dark"}', 'b.json': JSON.stringify(file) }
    const ended = await toCoco(files)
    expect(ended.files['annotations.json'].annotations).toHaveLength(1)
    expect(ended.stdout).toMatch(/JSON files passed over that are not of Labelme: 1 \(.*a-config\.json\)/)
    // A file that is cut short may have been one: it is not passed over.
    expect((await toCoco({ ...files, 'c.json': '{"shapes":[' })).stderr).toContain('c.json: file is not JSON')
  })
})

describe('XML files of Pascal VOC', () => {
  const xml = (fileName: string, x: number) =>
    `<annotation><filename>${fileName}</filename><size><width>64</width><height>48</height></size><object><name>leaf</name>` +
    `<bndbox><xmin>${x}</xmin><ymin>5</ymin><xmax>${x + 12}</xmax><ymax>17</ymax></bndbox></object></annotation>`
  const boxes = ({ files }: Awaited<ReturnType<typeof toCoco>>) => {
    const { images, annotations } = files['annotations.json']
    return images.map(({ id, file_name }: { id: number; file_name: string }) => [
      file_name,
      annotations.find(({ image_id }: { image_id: number }) => image_id === id).bbox[0],
    ])
  }

  it('belong to the image of their own name, though they state another', async () => {
    const annotations = {
      'Annotations/001.xml': xml('000.png', 2),
      'Annotations/002.xml': xml('001.png', 4),
      'Annotations/003.xml': xml('002.png', 6),
    }
    const images = ['001', '002', '003'].map((name) => [`JPEGImages/${name}.png`, picture])
    const expected = [
      ['001.png', 1],
      ['002.png', 3],
      ['003.png', 5],
    ]
    const ended = await toCoco({ ...annotations, ...Object.fromEntries(images) })
    expect(boxes(ended)).toEqual(expected)
    expect(ended.stdout).toContain(
      'files that state an image that is missing, taken for the one of their own name: 1 (',
    )
    expect(ended.stdout).toContain(
      'files that state the image of another file, taken for the one of their own name: 2 (',
    )
    // Images elsewhere, or beside the files; without any, the files are believed.
    const folder = folderOf({ ...Object.fromEntries(images), ...annotations })
    expect(
      (await convert(folder, '.', 'o.json', '--to', 'coco', '--images', `${folder}/JPEGImages`)).code,
    ).toBe(0)
    const alone = await toCoco(annotations)
    expect(boxes(alone)).toEqual([
      ['000.png', 1],
      ['001.png', 3],
      ['002.png', 5],
    ])
    expect(alone.stdout).toContain('neither as stated nor by their own name: the stated name was kept: 3 (')
    const flat = Object.entries({ ...annotations, ...Object.fromEntries(images) }).map(([name, content]) => [
      name.slice(name.indexOf('/') + 1),
      content,
    ])
    expect(boxes(await toCoco(Object.fromEntries(flat)))).toEqual(expected)
  })

  it('are refused where two name one image', async () => {
    const files = {
      'Annotations/a.xml': xml('x.png', 2),
      'Annotations/b.xml': xml('x.png', 4),
      'JPEGImages/x.png': picture,
    }
    expect((await toCoco(files)).stderr).toContain(
      'b.xml: image is described twice; got x.png, which is also that of',
    )
  })

  it('are found in folders of any letters, and images and maps without them are told', async () => {
    const ended = await toCoco({
      'annotations/a.xml': xml('A.JPG', 2),
      'images/A.png': picture,
      'images/b.png': picture,
      'SegmentationClass/c.png': picture,
      'stray.xml': xml('b.png', 2),
    })
    expect(boxes(ended)).toEqual([['A.png', 1]])
    expect(ended.stdout).toContain('images without annotations left out: 1 (images/b.png)')
    expect(ended.stdout).toContain(
      'maps of classes left out that have no map of objects: 1 (SegmentationClass/c.png)',
    )
    expect(ended.stdout).toContain('XML files outside of Annotations left out: 1 (stray.xml)')
  })
})

describe('images and masks of Penn-Fudan and its relatives', () => {
  /** Objects 1 and 2, each in one piece. */
  const map = labelsOf((x, y) => (y < 10 && x < 10 ? 1 : y > 20 && x > 30 ? 2 : 0))

  it.each([
    ['PNGImages/FudanPed1.png', 'PedMasks/FudanPed1_mask.png'],
    ['img/a.png', 'annotations/a_label.png'],
    ['JPEGImages/a.png', 'masks/a_seg.png'],
    ['images/a.png', 'labels/a_cp_masks.png'],
    ['images/a.png', 'train_masks/a-labels.png'],
    ['images/a.png', 'images/a_masks.png'],
    ['a.png', 'a_mask.png'],
  ])('%s with %s', async (image, mask) => {
    const ended = await toCoco({ [image]: picture, [mask]: map, 'Annotation/FudanPed1.txt': 'Pascal 1.00\n' })
    expect(ended.stdout).toContain('(label-map) -> ')
    expect(ended.files['annotations.json'].images).toHaveLength(1)
    expect(ended.files['annotations.json'].annotations.map(({ area }: { area: number }) => area)).toEqual([
      100,
      27 * 33,
    ])
  })

  it('in folders of other names are read by the two flags that the message names', async () => {
    const folder = folderOf({ 'photos/a.png': picture, 'outlines/a.png': map })
    expect((await convert(folder, '.', 'o.json', '--to', 'coco')).stderr).toContain(
      'with --from label-map (or mask-folder) and --images FOLDER',
    )
    const flags = ['--from', 'label-map', '--images', `${folder}/photos`]
    expect((await convert(folder, 'outlines', 'o.json', '--to', 'coco', ...flags)).stdout).toContain(
      '2 annotations',
    )
  })

  it('that are no labels are refused: JPEG, shades of grey', async () => {
    const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)
    const files = { 'images/a.png': picture, 'masks/a.png': map, 'images/b.png': picture }
    for (const from of ['label-map', 'mask-folder']) {
      const { stderr } = await toCoco({ ...files, 'masks/b.jpg': jpeg }, '--from', from)
      expect(stderr).toContain('masks/b.jpg: labels are compressed as JPEG, which changes them')
    }
    // Two discs with edges as soft as blurring makes them.
    const disc = (x: number, y: number, at: number) => Math.max(0, 12 - Math.hypot(x - at, y - 24)) / 8
    const soft = labelsOf((x, y) => Math.round(255 * Math.min(1, disc(x, y, 16) + disc(x, y, 47))))
    const ended = await toCoco({ 'images/a.png': picture, 'masks/a.png': soft })
    expect(ended.stderr).toContain('masks/a.png: label map looks like shades of grey')
    // One value for several things is read, and doubted.
    const classes = labelsOf((x, y) => (y < 10 && x % 20 < 10 ? 255 : 0))
    const doubted = await toCoco({ 'images/a.png': picture, 'masks/a.png': classes })
    expect(doubted.stdout).toMatch(/are numbers classes\?: 1 \(.*masks\/a\.png: 1 numbers in 4 pieces\)/)
  })
})

describe('maps of the panoptic task', () => {
  it('are all read, or told', async () => {
    const folder = folderOf({ 'data.json': cocoOf(['a.png']), 'a.png': picture })
    await convert(folder, 'data.json', 'out', '--to', 'panoptic', '--images', folder, '--copy-images')
    writeFileSync(`${folder}/out/panoptic/b.png`, picture)
    const { stdout } = await convert(folder, 'out', 'back.json', '--to', 'coco')
    expect(stdout).toContain('(panoptic) -> ')
    expect(stdout).toContain('maps left out that no annotation names: 1 (panoptic/b.png)')
  })
})
