import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandIn } from '../in-process.ts'

let cwd: string
const run = (...args: string[]) => commandIn(cwd, ['data', 'convert', ...args])
const text = (...parts: string[]) => readFile(path.join(cwd, ...parts), 'utf8')

beforeAll(async () => {
  cwd = await mkdtemp(path.join(tmpdir(), 'convert-'))
  await mkdir(path.join(cwd, 'pictures'))
  const pixels = { create: { width: 20, height: 10, channels: 3, background: 'green' } } as const
  await sharp(pixels).jpeg().toFile(path.join(cwd, 'pictures/a.jpg'))
  const square = { image_id: 1, category_id: 7, area: 16, bbox: [2, 1, 4, 4] }
  const file = {
    images: [{ id: 1, file_name: 'a.jpg', width: 20, height: 10 }],
    annotations: [
      { ...square, id: 3, iscrowd: 0, segmentation: [[2, 1, 6, 1, 6, 5, 2, 5]] },
      {
        ...square,
        id: 4,
        iscrowd: 1,
        segmentation: { size: [10, 20], counts: [21, 4, 6, 4, 6, 4, 6, 4, 145] },
      },
    ],
    categories: [{ id: 7, name: 'leaf' }],
  }
  await writeFile(path.join(cwd, 'coco.json'), JSON.stringify(file))
  const escaping = { ...file, images: [{ ...file.images[0], file_name: '../../a.jpg' }] }
  await writeFile(path.join(cwd, 'escaping.json'), JSON.stringify(escaping))
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

describe('maskwright data convert', { timeout: 120_000 }, () => {
  it('replaces nothing beside a target that is a file, unless told to', async () => {
    await mkdir(path.join(cwd, 'beside/images'), { recursive: true })
    await writeFile(path.join(cwd, 'beside/images/a.jpg'), 'another picture')
    const args = ['coco.json', 'beside/out.json', '--to', 'coco', '--images', 'pictures', '--copy-images']
    const refused = await run(...args)
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain('images/a.jpg: file is there already; expected no file of that name.')
    expect(await text('beside/images/a.jpg')).toBe('another picture')
    expect(await run(...args, '--force')).toMatchObject({ status: 0 })
    expect(await text('beside/images/a.jpg')).toBe(await text('pictures/a.jpg'))
  })

  it('goes from COCO to YOLO with images, and on to a COCO file', async () => {
    const there = await run('coco.json', 'yolo', '--to', 'yolo-seg', '--images', 'pictures', '--copy-images')
    expect(there).toMatchObject({ status: 0 })
    expect(there.stdout).toBe(
      [
        'coco.json (coco) -> yolo (yolo-seg): 1 images, 2 annotations, 1 categories',
        'Lost:',
        '  crowd annotations left out: 1 (a.jpg: annotation 4)',
        'Changed, with the same meaning:',
        '  boxes and areas are computed anew from the masks',
        '  ids of images, annotations and categories are numbered anew',
        '',
      ].join('\n'),
    )
    expect(await text('yolo/labels/a.txt')).toBe('0 0.1 0.1 0.3 0.1 0.3 0.5 0.1 0.5\n')
    expect((await readdir(path.join(cwd, 'yolo/images')))[0]).toBe('a.jpg')

    const back = await run('yolo', 'back.json', '--to', 'coco', '--json')
    expect(back).toMatchObject({ status: 0, stderr: '' })
    expect(JSON.parse(back.stdout)).toEqual({
      from: 'yolo-seg',
      to: 'coco',
      source: 'yolo',
      target: 'back.json',
      splits: [{ name: '', images: 1, annotations: 1 }],
      categories: ['leaf'],
      lost: [],
      changed: [],
      noted: [],
    })
    const written = JSON.parse(await text('back.json'))
    expect(written.annotations).toEqual([
      {
        id: 1,
        image_id: 1,
        category_id: 1,
        bbox: [2, 1, 4, 4],
        area: 16,
        iscrowd: 0,
        segmentation: [[2, 1, 6, 1, 6, 5, 2, 5]],
      },
    ])
  })

  it('says in one line what is wrong, and ends with 1', async () => {
    const cases: [string[], string][] = [
      [
        ['coco.json', 'strict', '--to', 'yolo-seg', '--strict'],
        'maskwright: .: data cannot be converted without losses; got crowd annotations left out: 1 (a.jpg: annotation 4). Nothing was written. Leave --strict out to convert the rest\n',
      ],
      [
        ['coco.json', 'pictures', '--to', 'labelme'],
        'maskwright: pictures: target exists and is not empty. ',
      ],
      [['missing', 'x', '--to', 'coco'], 'maskwright: missing: source does not exist\n'],
      [['pictures', 'x', '--to', 'coco'], 'maskwright: pictures: cannot tell the format of the data. '],
      [
        ['escaping.json', 'x/y/z', '--to', 'labelme'],
        'maskwright: ../../a.jpg: file name leaves the folder of the images',
      ],
      [
        ['coco.json', 'x', '--to', 'via', '--copy-images', '--images', '.'],
        'maskwright: a.jpg: image to copy is missing',
      ],
    ]
    for (const [args, message] of cases) {
      const { status, stdout, stderr } = await run(...args)
      expect({ status, stdout, stderr: stderr.slice(0, message.length) }, args.join(' ')).toEqual({
        status: 1,
        stdout: '',
        stderr: message,
      })
      expect(stderr.trim().split('\n')).toHaveLength(1)
    }
    expect((await readdir(cwd)).includes('strict')).toBe(false)
  })
})
