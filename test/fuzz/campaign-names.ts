/** Hostile names of files, categories and attributes through every writer of data sets and predictions. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { annotationsOf, type Dataset } from '../../src/data/dataset.ts'
import { Losses } from '../../src/data/losses.ts'
import { convertData } from '../../src/formats/conversion.ts'
import { DATA_FORMATS } from '../../src/formats/formats.ts'
import { encodeLabelPng } from '../../src/formats/mask-images/label-png.ts'
import { encodeRle } from '../../src/geometry/rle.ts'
import { dataFolder, dataTarget } from '../../src/node/data-folder.ts'
import { EXPORT_FORMATS } from '../../src/predict/export/export-choices.ts'
import { exportPredictions } from '../../src/predict/export.ts'
import { instanceMask } from '../../src/predict/instance.ts'
import { type Random, random } from '../../src/tensor/random.ts'
import { MemoryFolder } from '../memory-folder.ts'
import { type Subject, Unsound } from './campaign-subject.ts'

const NAMES = [
  ...[
    '../x',
    '../../x',
    '/x',
    'C:\\x',
    '..\\x',
    'a/../../x',
    './x',
    'a//x',
    'a/b',
    'a\\b',
    '.',
    '..',
    '.x',
    'a/.x',
  ],
  ...[
    'CON',
    'nul',
    'aux.txt',
    'x.',
    'x ',
    ' x',
    'a\nb',
    'a\rb',
    'a\tb',
    'a\0b',
    '\u001b[31mx',
    '\u202ex',
    '-rf',
    '--help',
  ],
  ...[
    '🐢',
    'é',
    'e\u0301',
    'x'.repeat(300),
    'é'.repeat(150),
    'X',
    'x',
    'a"b',
    "a'b",
    'a,b',
    'a:b',
    'a;b',
    'a#b',
    'a&b',
  ],
  ...[
    '<b>',
    '{}',
    '[]',
    '%00',
    '%2e%2e',
    '*',
    '?',
    '|',
    '$(id)',
    '`id`',
    '~',
    'null',
    'true',
    '1',
    '1.0',
    '',
    ' ',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '_background_',
    '__ignore__',
    'classes',
    'labels',
    'predictions',
    'data',
  ],
]

export const names: Subject = {
  name: 'names',
  attempt: async (seed) => {
    const source = random(seed)
    const turn = seed % (DATA_FORMATS.length + EXPORT_FORMATS.length)
    if (turn < DATA_FORMATS.length) await throughFormat(turn, source)
    else throughExporter(EXPORT_FORMATS[turn - DATA_FORMATS.length], source)
  },
}

const PICTURE = encodeLabelPng({ data: new Uint8Array(120), width: 12, height: 10, channels: 1 })
const pick = (source: Random) => NAMES[source.integer(NAMES.length)]
const square = (x: number) => [x, 1, x + 3, 1, x + 3, 4, x, 4]

function hostile(source: Random): string {
  const files = [pick(source), pick(source)].map((name) => `${name}${source.integer(4) ? '.png' : ''}`)
  const [first, second] = [pick(source), pick(source)]
  return JSON.stringify({
    images: files.map((file_name, i) => ({
      id: i + 1,
      file_name,
      width: 12,
      height: 10,
      [pick(source)]: pick(source),
    })),
    categories: [
      { id: 1, name: first },
      { id: 2, name: second, supercategory: pick(source) },
    ],
    annotations: [1, 2].map((id) => ({
      ...{ id, image_id: id, category_id: id, iscrowd: 0, bbox: [id, 1, 3, 3], area: 9 },
      segmentation: [square(id)],
    })),
  })
}

/** What must not change: for every image by its name, the names and boxes of its objects. */
function summary(dataset: Dataset, withNames: boolean): string[] {
  const name = new Map(dataset.categories.map((category) => [category.id, category.name]))
  return dataset.images
    .map(({ id, fileName }) => {
      const found = annotationsOf(dataset, id).map(
        ({ categoryId, box }) => `${withNames ? name.get(categoryId) : ''} ${box}`,
      )
      return JSON.stringify([normal(fileName), found])
    })
    .sort()
}

/** Paths are written with `/`, and without parts that lead nowhere. */
const normal = (path: string) =>
  path
    .split(/[\\/]/)
    .filter((part) => part !== '' && part !== '.')
    .join('/')
    .replace(/\.[^./]*$/, '')

async function throughFormat(index: number, source: Random): Promise<void> {
  const format = DATA_FORMATS[index]
  const coco = DATA_FORMATS[0]
  const folder = new MemoryFolder({ 'labels.json': hostile(source) })
  const outside = await mkdtemp(join(tmpdir(), 'maskwright-names-'))
  try {
    const inside = join(outside, 'parent', 'target')
    const target = dataTarget(inside)
    const written = new Set<string>()
    const placed = new Map<string, string>()
    const once = (path: string) => {
      const place = path.normalize('NFC').toLowerCase()
      if (written.has(place)) throw new Unsound(`${JSON.stringify(path)} is written twice`)
      written.add(place)
    }
    const { changed } = await convertData(
      folder,
      coco,
      {
        name: target.name,
        writeText: async (path, content) => {
          once(path)
          await target.writeText(path, content)
        },
        writeBytes: async (path, bytes) => {
          once(path)
          await target.writeBytes(path, bytes)
        },
      },
      format,
      {
        entry: 'labels.json',
        placeImage: async (_split, name, path) => {
          // Images keep their names, and one that is listed twice is one file.
          if ((placed.get(path) ?? name) !== name) throw new Unsound(`${path} is two images`)
          placed.set(path, name)
          await target.writeBytes(path, PICTURE)
        },
      },
    )
    await requireInside(outside, inside)
    // A format that holds no control characters writes names without them, and says so.
    const withNames = !changed.some(({ what }) => what.startsWith('names of categories'))
    const [before] = await coco.read(folder, { losses: new Losses(), entry: 'labels.json' })
    const back = await format.read(dataFolder(inside), { losses: new Losses() })
    const after = back.flatMap(({ dataset }) => summary(dataset, withNames)).sort()
    const wanted = summary(before.dataset, withNames)
    if (JSON.stringify(after) !== JSON.stringify(wanted))
      throw new Unsound(`${format.name}: ${wanted.join(' ')} is read back as ${after.join(' ')}`)
  } finally {
    await rm(outside, { recursive: true, force: true })
  }
}

async function requireInside(outside: string, inside: string): Promise<void> {
  for (const entry of await readdir(outside, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isDirectory() && relative(inside, path).startsWith('..'))
      throw new Unsound(`${path} lies outside`)
  }
}

function throughExporter(format: (typeof EXPORT_FORMATS)[number], source: Random): void {
  const categories = [1, 2].map((id) => ({ id, name: pick(source) }))
  const mask = instanceMask(encodeRle([0, 1, 1, 0, 1, 1], { height: 2, width: 3 }))
  const predicted = [pick(source), pick(source), pick(source)].map((file, i) => {
    const { id: categoryId, name: category } = categories[i % 2]
    const instances = [{ categoryId, category, score: 0.5, box: [1, 0, 3, 2] as const, mask }]
    return { file, prediction: { width: 3, height: 2, milliseconds: 1, instances, notes: [] } }
  })
  const written = new Set<string>()
  for (const { name, content } of exportPredictions(format, predicted, categories)) {
    const place = name.normalize('NFC').toLowerCase()
    const isPlain = name !== '' && name !== '.' && name !== '..' && !/[\\/\p{Cc}]/u.test(name)
    if (!isPlain || new TextEncoder().encode(name).length > 255)
      throw new Unsound(`a file is called ${JSON.stringify(name)}`)
    if (written.has(place)) throw new Unsound(`${name} is written twice`)
    written.add(place)
    if (/json$/.test(name)) JSON.parse(content as string)
  }
}
