import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { findFile, isImagePath } from '../src/data/file-lookup.ts'
import { command, folderOf } from './in-process.ts'
import { annotation, cocoOf, convert, json, picture, ring, toCoco } from './tiny-labels.ts'

/** What users reported of files that were read or written wrongly without a word; the files are made here, small. */

describe('which file a name means', () => {
  const entries: Record<string, string[]> = {
    '': ['a.png', 'sub', 'B.png', 'b.png', '..'],
    sub: ['C.PNG', 'e\u0301.png'],
    '..': ['up.png'],
  }
  const find = (name: string) => findFile(name, async (folder) => entries[folder] ?? [])

  it.each([
    ['a.png', 'a.png'],
    ['./a.png', 'a.png'],
    ['.\\sub\\c.png', 'sub/C.PNG'],
    ['sub//C.PNG', 'sub/C.PNG'],
    ['SUB/\u00e9.png', 'sub/e\u0301.png'],
    ['../up.png', '../up.png'],
    ['b.png', 'b.png'],
    // Two differ from it in case alone: neither is meant for sure.
    ['B.PNG', undefined],
    ['d.png', undefined],
    ['', undefined],
  ])('%j is %j', async (name, path) => {
    expect(await find(name)).toBe(path)
  })

  it('counts BMP among the images', () => {
    expect(['x.bmp', 'X.BMP', 'x.png.txt', 'bmp'].map(isImagePath)).toEqual([true, true, false, false])
  })

  it('is the same for the doctor, whose --fix keeps such images', async () => {
    const folder = folderOf({
      'train.json': cocoOf(['10.png', 'images\\12.png', './x/13.PNG']),
      'photos/10.png': picture,
      'photos/images/12.png': picture,
      'photos/x/13.png': picture,
    })
    const fixed = path.join(folder, 'fixed.json')
    const ended = await command(
      ...['data', 'doctor', path.join(folder, 'train.json'), '--images', path.join(folder, 'photos')],
      ...['--only', 'missing-images', '--fix', fixed, '--json'],
    )
    expect([ended.code, JSON.parse(ended.stdout).found]).toEqual([0, []])
    expect(json(fixed).images).toHaveLength(3)
    expect(json(fixed).annotations).toHaveLength(3)
  })
})

describe('members that are null', () => {
  const optional = ['iscrowd', 'area', 'bbox', 'keypoints', 'num_keypoints']
  it.each([...optional.map((key) => [key, true] as const), ['category_id', false], ['id', false]] as const)(
    'of %s: reader and doctor agree',
    async (key, isFine) => {
      const folder = folderOf({ 'train.json': cocoOf(['a.png'], { [key]: null }) })
      const read = await convert(folder, 'train.json', 'out.json', '--to', 'coco')
      const checked = await command(
        ...['data', 'doctor', path.join(folder, 'train.json'), '--no-images', '--only', 'malformed-entries'],
      )
      expect([read.code, checked.code]).toEqual(isFine ? [0, 0] : [1, 1])
      if (isFine) expect(json(folder, 'out.json').annotations[0]).toMatchObject(annotation)
    },
  )
})

describe('a member that is there twice', () => {
  it('is refused by the doctor too, and nothing is written', async () => {
    const text = cocoOf(['a.png']).replace(/}$/, ',"annotations":[]}')
    const folder = folderOf({ 'train.json': text })
    const fixed = path.join(folder, 'fixed.json')
    const ended = await command(
      'data',
      'doctor',
      path.join(folder, 'train.json'),
      '--no-images',
      '--fix',
      fixed,
    )
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toContain('train.json: "annotations" is there twice')
    expect(existsSync(fixed)).toBe(false)
  })

  it('is refused by readers of whole files', async () => {
    const shape = '{"label":"leaf","points":[[5,5],[17,5],[17,17]],"shape_type":"polygon"}'
    const text = `{"imagePath":"a\\"b.png","imageWidth":64,"imageHeight":48,"shapes":[${shape}],"shapes":[]}`
    const { code, stderr } = await toCoco({ 'a.json': text })
    expect([code, stderr]).toEqual([1, expect.stringContaining('a.json: "shapes" is there twice')])
  })
})

describe('messages show what stands there', () => {
  it.each([
    [
      [
        [
          { x: 5, y: 5 },
          { x: 17, y: 5 },
          { x: 17, y: 17 },
        ],
      ],
      'got [{"x":5,"y":5},{"x":17,"y":5},{"x":17,"y":17}]',
    ],
    [[[ring]], 'got [[5,5,17,5,17,17,5,17]]. It is nested once too often'],
    [[[5, 5, 17]], 'got 3 numbers'],
    [[['5', '5', '17']], 'got ["5","5","17"]'],
    [[[5, 5, null]], 'got [5,5,null]'],
  ])('%j', async (segmentation, message) => {
    const folder = folderOf({ 'train.json': cocoOf(['a.png'], { segmentation }) })
    const { code, stderr } = await convert(folder, 'train.json', 'o.json', '--to', 'coco')
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)])
  })
})

describe('names from the source', () => {
  it.each(['../shared/b.png', '..\\b.png', '/data/b.png', 'C:\\b.png', '.hidden.png', 'x/.y/b.png'])(
    '%s is refused before anything is written',
    async (name) => {
      const folder = folderOf({ 'train.json': cocoOf(['a.png', name]) })
      for (const format of [
        'yolo-seg',
        'label-map',
        'mask-folder',
        'labelme',
        'via',
        'pascal-voc',
        'panoptic',
      ]) {
        const { code, stderr } = await convert(folder, 'train.json', format, '--to', format)
        expect([format, code, stderr]).toEqual([
          format,
          1,
          expect.stringMatching(/file name (leaves|is that of)/),
        ])
        expect(existsSync(path.join(folder, format))).toBe(false)
      }
      // COCO quotes names, and puts no file anywhere unless the images go along.
      expect(await convert(folder, 'train.json', 'o.json', '--to', 'coco')).toMatchObject({ code: 0 })
      expect(json(folder, 'o.json').images[1].file_name).toBe(name)
      const copied = await convert(folder, 'train.json', 'coco', '--to', 'coco', '--copy-images')
      expect(copied.stderr).toMatch(/file name (leaves|is that of)/)
    },
  )

  it('of classes are text in YAML, whatever reads it', async () => {
    const names = [
      'yes',
      'no',
      'on',
      '1_000',
      '12:30',
      '=',
      '<<',
      '2024-01-01',
      '007',
      '1.0',
      'null',
      '~',
      'a\u2028b',
    ]
    const folder = folderOf({ 'train.json': cocoOf(['a.png'], {}, names), 'a.png': picture })
    const flags = ['--images', folder, '--copy-images']
    expect(await convert(folder, 'train.json', 'yolo', '--to', 'yolo-seg', ...flags)).toMatchObject({
      code: 0,
    })
    const text = readFileSync(path.join(folder, 'yolo/data.yaml'), 'utf8')
    // In quotes every reader of YAML 1.1 and 1.2 takes them for text; of line breaks no raw one is left.
    expect(text.split('\n').filter((line) => /^ {2}\d/.test(line))).toEqual(
      names.map((name, i) => `  ${i}: ${JSON.stringify(name).replace('\u2028', '\\u2028')}`),
    )
    expect(Object.values(parse(text, { version: '1.1' }).names)).toEqual(names)
    // As people write them: without quotes.
    const plain = names.slice(0, -1).map((name, i) => `  ${i}: ${name}\n`)
    const read = await toCoco({
      'data.yaml': `train: images\nval:\nnames:\n${plain.join('')}`,
      'images/a.png': picture,
      'labels/a.txt': '',
    })
    expect(read.files['annotations.json'].categories.map(({ name }: { name: string }) => name)).toEqual(
      names.slice(0, -1),
    )
  })
})

describe('Labelme files read where they lie', () => {
  it('name the image by its path from there, and images of one name by their own', async () => {
    const folder = folderOf({
      'data.json': cocoOf(['x/a.png', 'y/a.png']),
      'photos/x/a.png': picture,
      'photos/y/a.png': picture,
    })
    const images = ['--images', path.join(folder, 'photos')]
    expect((await convert(folder, 'data.json', 'labels', '--to', 'labelme', ...images)).code).toBe(0)
    for (const name of ['x/a', 'y/a']) {
      const { imagePath } = json(folder, 'labels', `${name}.json`)
      expect(imagePath).toBe(`../../photos/${name}.png`)
      expect(existsSync(path.join(folder, 'labels', path.dirname(name), imagePath))).toBe(true)
    }
    expect(
      (await convert(folder, 'data.json', 'beside', '--to', 'labelme', ...images, '--copy-images')).code,
    ).toBe(0)
    expect(json(folder, 'beside/y/a.json').imagePath).toBe('a.png')
    expect((await convert(folder, 'labels', 'back.json', '--to', 'coco')).code).toBe(0)
    expect(json(folder, 'back.json').images.map(({ file_name }: { file_name: string }) => file_name)).toEqual(
      ['x/a.png', 'y/a.png'],
    )
    const unknown = await convert(folder, 'data.json', 'unknown', '--to', 'labelme')
    expect(unknown.stdout).toContain(
      'images not found, named as if they lay beside their file: 2 (x/a.png, y/a.png)',
    )
  })
})

describe('VIA as CSV', () => {
  const header =
    'filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n'
  it.each([
    [
      'a row that is cut',
      'a.png,1,"{}",0,0,"{}"',
      'row 2: row is not whole; expected 7 fields, as the first row has, got 6',
    ],
    [
      'rows that are missing',
      'a.png,1,"{}",2,0,"{""name"":""rect"",""x"":1,""y"":1,""width"":5,""height"":5}","{}"',
      'regions are missing; expected 2, as region_count says, got 1',
    ],
  ])('%s is refused', async (_, row, message) => {
    const { code, stderr } = await toCoco({ 'via.csv': header + row, 'a.png': picture })
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)])
  })
})

describe('results of categories that the annotations lack', () => {
  it('count for nothing, as with pycocotools, and that is told', async () => {
    const results = [1, 2].flatMap((image_id) =>
      [99, 98].map((category_id) => ({ image_id, category_id, score: 0.5, bbox: [5, 5, 12, 12] })),
    )
    const folder = folderOf({
      'gt.json': cocoOf(['a.png', 'b.png']),
      'unknown.json': JSON.stringify(results),
      'some.json': JSON.stringify([...results, { ...results[0], category_id: 1 }]),
    })
    const evaluate = (name: string) =>
      command(
        ...['evaluate', '--results', path.join(folder, name), '--annotations', path.join(folder, 'gt.json')],
        ...['--iou', 'bbox', '--threads', '1'],
      )
    const all = await evaluate('unknown.json')
    expect([all.code, all.stdout]).toEqual([0, expect.stringContaining('AP 0.000')])
    expect(all.stderr).toMatch(
      /unknown\.json: all 4 results are of categories 98, 99, which .*gt\.json lacks: they count for nothing/,
    )
    expect((await evaluate('some.json')).stderr).toContain(
      'some.json: 4 of 5 results are of categories 98, 99',
    )
  })
})

describe('names that would move the cursor', () => {
  it('are shown, not obeyed', async () => {
    const name = '\u001b[2Jx\ny\u202e.png'
    const folder = folderOf({ 'data.json': cocoOf([name], { segmentation: [] }, ['a\u0007b']) })
    const { stdout, stderr } = await convert(folder, 'data.json', 'via', '--to', 'via')
    const doctor = await command('data', 'doctor', path.join(folder, 'data.json'), '--no-images')
    const refused = await convert(
      folder,
      'data.json',
      'o.json',
      '--to',
      'coco',
      '--images',
      folder,
      '--copy-images',
    )
    const stats = await command('data', 'stats', path.join(folder, 'data.json'))
    const usage = await command('data', name)
    const said = [stdout, stderr, doctor.stdout, refused.stderr, stats.stdout, usage.stderr]
    for (const text of said) expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u)
    expect(refused.stderr).toContain('\\u{1b}[2Jx\\ny\\u{202e}.png: file name has a control character')
    expect(refused.stderr.split('\n')).toHaveLength(2)
    expect(stats.stdout).toContain('a\\u{7}b')
  })
})

describe('runs of no length', () => {
  it('mean nothing: a mask equals itself', async () => {
    const image = { id: 1, file_name: 'a.png', width: 5, height: 2 }
    const counts = [1, 0, 8, 1, 0]
    const truth = { id: 1, image_id: 1, category_id: 1, iscrowd: 0, area: 1, bbox: [4, 1, 1, 1] }
    const folder = folderOf({
      'gt.json': JSON.stringify({
        images: [image],
        annotations: [{ ...truth, segmentation: { size: [2, 5], counts } }],
        categories: [{ id: 1, name: 'leaf' }],
      }),
      // The same counts as COCO's string.
      'res.json': JSON.stringify([
        { image_id: 1, category_id: 1, score: 0.9, segmentation: { size: [2, 5], counts: '1081H' } },
      ]),
    })
    const { stdout } = await command(
      ...[
        'evaluate',
        '--results',
        path.join(folder, 'res.json'),
        '--annotations',
        path.join(folder, 'gt.json'),
      ],
      ...['--iou', 'segm', '--threads', '1', '--json'],
    )
    expect(JSON.parse(stdout).segm.AP).toBeCloseTo(1, 12)
  })
})

describe('one file that is there twice', () => {
  it('is refused before anything is written, in every format that names files after images', async () => {
    const folder = folderOf({ 'data.json': cocoOf(['x/a.png', 'x\\a.png']) })
    for (const format of [
      'yolo-seg',
      'labelme',
      'via',
      'pascal-voc',
      'label-map',
      'mask-folder',
      'panoptic',
    ]) {
      const { code, stderr } = await convert(folder, 'data.json', format, '--to', format)
      expect([format, code, stderr]).toEqual([
        format,
        1,
        expect.stringContaining('two images have one file name'),
      ])
      expect(existsSync(path.join(folder, format))).toBe(false)
    }
  })

  it('by name in two folders is two images, in every format', async () => {
    const folder = folderOf({
      'data.json': cocoOf(['x/a.png', 'y/a.png']),
      'x/a.png': picture,
      'y/a.png': picture,
    })
    for (const format of [
      'coco',
      'yolo-seg',
      'labelme',
      'via',
      'pascal-voc',
      'label-map',
      'mask-folder',
      'panoptic',
    ]) {
      const flags = ['--to', format, '--images', folder, '--copy-images']
      expect((await convert(folder, 'data.json', format, ...flags)).code).toBe(0)
      const { stdout } = await convert(folder, format, `${format}.json`, '--to', 'coco', '--json')
      expect([format, JSON.parse(stdout).splits]).toEqual([format, [{ name: '', images: 2, annotations: 2 }]])
      const names = json(folder, `${format}.json`).images.map(
        ({ file_name }: { file_name: string }) => file_name,
      )
      expect([format, names.sort()]).toEqual([format, ['x/a.png', 'y/a.png']])
    }
  })
})

describe('sizes that labels state', () => {
  const voc = (width: number) =>
    `<annotation><filename>a.png</filename><size><width>${width}</width><height>48</height></size><object><name>leaf</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>`
  const labelme = (imageWidth: number) =>
    JSON.stringify({ shapes: [], imagePath: 'a.png', imageData: null, imageHeight: 48, imageWidth })
  const coco = (width: number) => cocoOf(['a.png']).replace('"width":64', `"width":${width}`)

  it.each([
    ['Pascal VOC', 'a.xml', voc],
    ['Labelme', 'a.json', labelme],
    ['COCO', 'data.json', coco],
  ])('are compared with the images: %s', async (_, file, textOf) => {
    const right = await toCoco({ [file]: textOf(64), 'a.png': picture })
    const wrong = await toCoco({ [file]: textOf(640), 'a.png': picture })
    const alone = await toCoco({ [file]: textOf(640) })
    expect([right, wrong, alone].map(({ code }) => code)).toEqual([0, 0, 0])
    expect(wrong.stdout).toContain(
      'images of another size than their labels state, which may lie wrongly: 1 (a.png: 640 x 48 stated, 64 x 48 in the file)',
    )
    for (const { stdout } of [right, alone]) expect(stdout).not.toContain('Worth knowing')
  })

  it('are told to stand for nothing where some images are missing', async () => {
    const { stdout } = await toCoco({ 'data.json': cocoOf(['a.png', 'b.png']), 'a.png': picture })
    expect(stdout).toContain('images that were not found: 1 (b.png)')
  })
})
