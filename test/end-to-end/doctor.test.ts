import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandIn } from '../in-process.ts'
import { HEIGHT, type Labels, maskOf, picture, rectangle, WIDTH, writeCleanSplit } from './doctor-data.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-doctor-'))
const at = (...parts: string[]) => path.join(folder, ...parts)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface DoctorDocument {
  readonly files: readonly { readonly imagesFolder: string | null }[]
  readonly summary: Readonly<Record<'error' | 'warning' | 'note', number>>
  readonly found: readonly Found[]
  readonly fixed: { readonly outputs: readonly string[]; readonly left: readonly Found[] } | null
}
interface Found {
  readonly name: string
  readonly count: number
  readonly findings: readonly { readonly file: string; readonly where: string; readonly image?: string }[]
}

/** Runs the command with --json: its exit code, its document, and where each check found something. */
async function doctor(...args: string[]) {
  const { status, stdout, stderr } = await commandIn(folder, ['data', 'doctor', ...args, '--json'])
  expect(stderr).toBe('')
  const document: DoctorDocument = JSON.parse(stdout)
  return { status, document, found: places(document.found) }
}

/** `train.json images[3]` for every finding, by check. */
function places(found: readonly Found[]): Record<string, string[]> {
  return Object.fromEntries(
    found.map(({ name, findings }) => [name, findings.map(({ file, where }) => `${file} ${where}`.trim())]),
  )
}

const train = (...indices: number[]) => indices.map((i) => `train.json annotations[${i}]`)
const images = (...indices: number[]) => indices.map((i) => `train.json images[${i}]`)

let clean: { train: Labels; val: Labels }
beforeAll(async () => {
  clean = {
    train: await writeCleanSplit(at('images'), 'train', 26, 100),
    val: await writeCleanSplit(at('images'), 'val', 5, 200),
  }
  writeFileSync(at('clean-train.json'), JSON.stringify(clean.train))
  writeFileSync(at('clean-val.json'), JSON.stringify(clean.val))
})

/** Damages copies of both splits, each damage in a place of its own; returns what is to be found where. */
async function writeDamaged(): Promise<Record<string, string[]>> {
  const { train: labels, val } = structuredClone(clean)
  const { images: pictures, annotations, categories } = labels
  const write = (name: string, bytes: Uint8Array) => writeFileSync(at('images', name), bytes)
  /** The objects of picture i are 4 i to 4 i + 3. */
  const object = (i: number, change: object) => Object.assign(annotations[i], change)
  const add = (imageIndex: number, entry: object) => {
    annotations.push({ id: 1000 + annotations.length, image_id: imageIndex + 1, ...entry })
    return annotations.length - 1
  }
  const list = (entry: object) =>
    pictures.push({ id: 100 + pictures.length, width: WIDTH, height: HEIGHT, ...entry }) - 1

  // Pictures. The first has run-length masks of the stated size, which are not to be taken for the file's.
  rmSync(at('images', 'train-0.png'))
  truncateSync(at('images', 'train-1.png'), 900)
  write(
    'train-2.png',
    await picture(102)
      .resize(2 * WIDTH, 2 * HEIGHT)
      .png()
      .toBuffer(),
  )
  write('train-3.png', await picture(103).jpeg({ quality: 95 }).withMetadata({ orientation: 6 }).toBuffer())
  write('train-4.png', await picture(104).jpeg({ quality: 95 }).withMetadata({ orientation: 3 }).toBuffer())
  write(
    'train-5.png',
    await picture(105).rotate(270).jpeg({ quality: 95 }).withMetadata({ orientation: 6 }).toBuffer(),
  )
  write('copy.png', await picture(106).png({ compressionLevel: 1 }).toBuffer())
  const copy = list({ file_name: 'copy.png' })
  const again = list({ file_name: './train-7.png' })
  write('extra.png', await picture(300).png().toBuffer())
  const sameId = list({ file_name: 'extra.png', id: 9 })
  write('val-0.png', await picture(108).png().toBuffer())
  write('val-1.png', await picture(109).jpeg({ quality: 60 }).toBuffer())

  // Entries.
  object(4 * 10, { image_id: 999 })
  object(4 * 10 + 1, { category_id: 77 })
  object(4 * 10 + 2, { id: 1 })
  object(4 * 10 + 3, { id: 0 })
  object(4 * 11, { bbox: ['NaN', 4, 16, 12] })
  object(4 * 11 + 1, { image_id: '12' })
  categories.push({ id: 2, name: 'dead cell' }, { id: 4, name: 'Cell' }, { id: 5, name: 'nothing' })

  // Boxes and masks.
  object(4 * 12, { bbox: [4, 4, 0, 12] })
  object(4 * 12 + 1, { bbox: [28, 20, 16, -12] })
  object(4 * 12 + 2, { bbox: [58, 4, 16, 12] })
  object(4 * 12 + 3, { area: 400 })
  object(4 * 13, { segmentation: [...annotations[4 * 13].segmentation, [1, 2, 3, 4]] })
  object(4 * 13 + 1, { segmentation: annotations[4 * 13 + 1].segmentation[0] })
  object(4 * 13 + 2, { segmentation: [[52, 4, 68, 4, 68]] })
  object(4 * 13 + 3, { segmentation: { ...annotations[4 * 13 + 3].segmentation, counts: 'zz' } })
  object(4 * 14 + 1, { segmentation: [[28, 20, 44, 20, 28, 32, 44, 32]], area: 96 })
  object(4 * 14 + 2, { segmentation: null })
  object(4 * 14 + 3, { segmentation: { ...annotations[4 * 14 + 3].segmentation, size: [WIDTH, HEIGHT] } })
  object(4 * 15 + 3, { segmentation: { size: [HEIGHT, WIDTH], counts: [WIDTH * HEIGHT] } })
  const outside = add(15, { ...rectangle(80, 54, 16, 12), bbox: [80, 54, 30, 12] })
  const ring = add(16, { ...rectangle(80, 54, 30, 12), bbox: [80, 54, 16, 12], area: 192 })
  const repeated = add(16, { ...annotations[4 * 16], id: 2000 })
  const near = add(17, {
    ...rectangle(4, 4, 16, 12),
    bbox: [4, 4, 15.5, 12],
    area: 186,
    segmentation: maskOf(4, 4, 16, 11),
  })
  const small = [add(18, rectangle(10, 60, 0.7, 2)), add(19, rectangle(10, 60, 2, 0.7))]

  // Crowds and classes.
  object(4 * 20, { ...rectangle(4, 4, 17, 16), iscrowd: 1 })
  object(4 * 21 + 3, { iscrowd: 1, segmentation: maskOf(76, 28, 14, 12), bbox: [76, 28, 14, 12], area: 168 })
  object(4 * 22, { category_id: 4 })

  writeFileSync(at('train.json'), JSON.stringify(labels).replace('"NaN"', 'NaN'))
  writeFileSync(at('val.json'), JSON.stringify(val))
  const column = JSON.stringify(labels).indexOf('"NaN"') + 1
  return {
    'json-dialect': [`train.json line 1, column ${column}`],
    'malformed-entries': train(44, 45),
    'duplicate-image-ids': images(sameId),
    'repeated-images': images(again),
    'duplicate-category-ids': ['train.json categories[2]'],
    'duplicate-category-names': ['train.json categories[3]'],
    // Both categories that only one split has.
    'category-mismatch': ['val.json', 'val.json'],
    'unknown-images': train(40),
    'unknown-categories': train(41),
    'duplicate-annotation-ids': train(42),
    'non-positive-ids': train(43),
    'missing-images': images(0),
    'unreadable-images': images(1),
    'size-mismatch': images(2),
    'unrotated-labels': images(3),
    'unclear-rotation': images(4),
    'exif-rotation': images(5),
    'duplicate-images': images(copy),
    'leaked-images': ['val.json images[0]'],
    'similar-images': ['val.json images[1]'],
    'unlabelled-images': images(copy, again),
    'malformed-polygons': train(53, 54),
    'short-polygons': train(52),
    'malformed-masks': train(55),
    'mask-size': train(59),
    'missing-masks': train(58),
    'polygons-outside': train(ring),
    'self-intersections': train(57),
    'boxes-outside': train(outside),
    'empty-masks': train(63),
    'empty-boxes': train(48, 49),
    'box-mask-disagreement': train(50),
    'area-disagreement': train(51),
    'repeated-annotations': train(repeated),
    'near-duplicates': train(near),
    'crowd-polygons': train(80),
    'small-crowds': train(87),
    'empty-classes': ['train.json categories[4]'],
    'rare-classes': ['train.json categories[3]'],
    'small-objects': train(...small),
    'unmatched-anchors': train(...small),
  }
}

describe('maskwright data doctor', { timeout: 300_000 }, () => {
  it('finds nothing in clean splits, and says so in the last line', async () => {
    const { status, document, found } = await doctor('clean-train.json', 'clean-val.json')
    expect([status, found]).toEqual([0, {}])
    expect(document.files.map(({ imagesFolder }) => imagesFolder)).toEqual(['images', 'images'])
    const said = await commandIn(folder, ['data', 'doctor', 'clean-val.json', '--strict'])
    expect(said.status).toBe(0)
    expect(said.stdout.trimEnd().split('\n').at(-1)).toMatch(/^clean-val\.json: nothing found by \d+ checks$/)
  })

  it('finds every damage and nothing else, repairs a copy, and finds there what it said was left', async () => {
    const damages = await writeDamaged()
    const before = [readFileSync(at('train.json'), 'utf8'), readFileSync(at('val.json'), 'utf8')]
    const { status, document, found } = await doctor('train.json', 'val.json', '--fix', 'fixed')
    expect(found).toEqual(damages)
    expect(status).toBe(1)
    expect([readFileSync(at('train.json'), 'utf8'), readFileSync(at('val.json'), 'utf8')]).toEqual(before)
    expect(document.fixed?.outputs).toEqual(['fixed/train.json', 'fixed/val.json'])

    const after = await doctor('fixed/train.json', 'fixed/val.json', '--images', 'images')
    const left = Object.fromEntries((document.fixed?.left ?? []).map(({ name, count }) => [name, count]))
    expect(Object.fromEntries(after.document.found.map(({ name, count }) => [name, count]))).toEqual(left)
    expect(left).toEqual({
      // What only people can decide.
      'duplicate-image-ids': 1,
      'duplicate-category-names': 1,
      'category-mismatch': 2,
      'unknown-categories': 1,
      'size-mismatch': 1,
      'unrotated-labels': 1,
      'unclear-rotation': 1,
      'exif-rotation': 1,
      'duplicate-images': 1,
      'leaked-images': 1,
      'similar-images': 1,
      'unlabelled-images': 1,
      // One of the two was a list of numbers.
      'malformed-polygons': 1,
      'malformed-masks': 1,
      'mask-size': 1,
      'missing-masks': 1,
      'self-intersections': 1,
      'empty-masks': 1,
      'near-duplicates': 1,
      'crowd-polygons': 1,
      'small-crowds': 1,
      'empty-classes': 1,
      'rare-classes': 1,
      'small-objects': 2,
      'unmatched-anchors': 2,
    })
    expect(after.status).toBe(1)
  })

  it('tells boxes in another form, crowds throughout and a missing list', async () => {
    const { annotations, ...rest } = structuredClone(clean.train)
    const corners = annotations.map(({ bbox: [x, y, w, h], ...entry }) => ({
      ...entry,
      bbox: [x, y, x + w, y + h],
    }))
    writeFileSync(at('corners.json'), JSON.stringify({ ...rest, annotations: corners }))
    const [x, y] = [4, 4]
    const crowds = annotations.map((entry) => ({
      ...{ ...entry, iscrowd: 1, bbox: [x, y, 17, 16], area: 272, segmentation: maskOf(x, y, 17, 16) },
    }))
    writeFileSync(
      at('crowds.json'),
      JSON.stringify({ ...rest, annotations: crowds.filter((_, i) => i % 4 < 2) }),
    )
    writeFileSync(at('hollow.json'), JSON.stringify({ images: [], annotations: [] }))
    const { status, found } = await doctor(
      'corners.json',
      'crowds.json',
      'hollow.json',
      '--no-images',
      '--fix',
      'three',
    )
    expect(status).toBe(1)
    expect(found).toEqual({
      'missing-lists': ['hollow.json'],
      'category-mismatch': ['hollow.json', 'hollow.json'],
      'box-convention': ['corners.json'],
      'all-crowd': ['crowds.json'],
      'empty-classes': ['crowds.json categories[0]', 'crowds.json categories[1]'],
    })
    expect((await doctor('three/corners.json', '--no-images')).found).toEqual({})
  })

  it('ends with 0 where all errors are repaired, with 1 for warnings only where it is strict', async () => {
    const { annotations, ...rest } = structuredClone(clean.val)
    annotations[0].bbox = [4, 4, 0, 12]
    annotations[1].area = 10
    writeFileSync(at('two.json'), JSON.stringify({ ...rest, annotations }))
    expect((await doctor('two.json')).status).toBe(1)
    const fixed = await doctor('two.json', '--fix', 'two-fixed.json', '--strict')
    expect([fixed.status, Object.keys(fixed.found)]).toEqual([0, ['empty-boxes', 'area-disagreement']])
    expect(JSON.parse(readFileSync(at('two-fixed.json'), 'utf8')).annotations.slice(0, 2)).toMatchObject([
      { bbox: [4, 4, 16, 12] },
      { area: 192 },
    ])
    expect((await doctor('two.json', '--skip', 'empty-boxes')).status).toBe(0)
    expect((await doctor('two.json', '--only', 'area-disagreement', '--strict')).status).toBe(1)
  })

  it('shows at most five examples of each, and sums up in the last line', async () => {
    const { annotations, ...rest } = structuredClone(clean.val)
    for (const annotation of annotations.slice(0, 7)) annotation.area = 10
    writeFileSync(at('seven.json'), JSON.stringify({ ...rest, annotations }))
    const { stdout, status } = await commandIn(folder, ['data', 'doctor', 'seven.json'])
    expect(status).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toBe('seven.json: 5 images, 20 annotations, 2 categories; images in images')
    expect(stdout).toContain(
      'Areas that are not those of the masks [area-disagreement]: 7 of 20 annotations (35 %)',
    )
    expect(lines.filter((line) => line.includes('- val-'))).toHaveLength(5)
    expect(lines.filter((line) => line.includes('- val-'))[0].trim()).toBe(
      '- val-0.png annotations[0] (id 1): area 10; the mask has 192',
    )
    expect(stdout).toContain('and 2 more (all with --json)')
    expect(lines.at(-1)).toBe('seven.json: 0 errors, 7 warnings, 0 notes')
  })

  it('refuses what it cannot do in one line', async () => {
    writeFileSync(at('cut.json'), '{\n  "images": [{"id": 1,')
    for (const [args, line] of [
      [
        ['cut.json'],
        /^maskwright: cut\.json: line 2, column 23 \(offset 24\): file is not JSON: it ends too early/,
      ],
      [
        ['clean-val.json', '--fix', 'clean-val.json'],
        /^maskwright: clean-val\.json: a corrected copy would replace/,
      ],
      [['images'], /^maskwright: images: this is a folder; expected a COCO file\. Data in other formats/],
      [['lost.json'], /^maskwright: lost\.json: cannot read the file: it does not exist/],
    ] as const) {
      const { status, stdout, stderr } = await commandIn(folder, ['data', 'doctor', ...args])
      expect([status, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(line)
      expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    }
    const usage = await commandIn(folder, ['data', 'doctor', 'clean-val.json', '--only', 'boxes'])
    expect([usage.status, usage.stderr]).toEqual([
      2,
      expect.stringContaining('See "maskwright data doctor --help".'),
    ])
  })
})

const SHARED = path.resolve(import.meta.dirname, '../../../shared/data')
const present = existsSync(SHARED)

/**
 * Findings in real data, each looked at or counted another way: sizes and classes with NumPy, masks, boxes and overlaps with
 * pycocotools 2.0.11 (nothing to find), outlines with Shapely 2.1.2 (all valid); the two similar images are two moments
 * of one embryo.
 */
describe.skipIf(!present)(
  `real data${present ? '' : ' (skipped: ../shared/data is not there)'}`,
  { timeout: 300_000 },
  () => {
    const counts = async (set: string, ...splits: string[]) => {
      const { document, status } = await doctor(
        ...splits.map((split) => path.join(SHARED, set, 'annotations', split)),
      )
      expect(status).toBe(0)
      return Object.fromEntries(document.found.map(({ name, count }) => [name, count]))
    }

    it('fruits', async () => expect(await counts('fruits', 'train.json', 'val.json')).toEqual({}))

    it('coco200', async () => {
      expect(await counts('coco200', 'train.json')).toEqual({
        ...{ 'unlabelled-images': 2, 'empty-classes': 11, 'rare-classes': 50 },
        ...{ 'small-objects': 11, 'unmatched-anchors': 42 },
      })
    })

    it('nuclei', async () => {
      expect(await counts('nuclei', 'train.json', 'val.json')).toEqual({
        ...{ 'similar-images': 1, 'small-objects': 823, 'unmatched-anchors': 2608 },
      })
    })
  },
)
