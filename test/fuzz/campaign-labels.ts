/** Damaged annotations of every format, with the texts that go with them: YAML with aliases, XML with entities. */
import { annotationsOf, type Dataset } from '../../src/data/dataset.ts'
import { Losses } from '../../src/data/losses.ts'
import type { FormatName, Split } from '../../src/formats/format.ts'
import { DATA_FORMATS } from '../../src/formats/formats.ts'
import { encodeLabelPng } from '../../src/formats/mask-images/label-png.ts'
import { type Random, random } from '../../src/tensor/random.ts'
import { MemoryFolder } from '../memory-folder.ts'
import { type Subject, Unsound } from './campaign-subject.ts'
import { objects } from './coco-documents.ts'
import { damageAnyBytes, damageBytes, damageValues } from './mutations.ts'

const formatOf = (name: FormatName) => DATA_FORMATS.find((format) => format.name === name)!
const encoder = new TextEncoder()

/** A data set as every format stores it: what its own writer makes of three images. */
async function wholeFolders(): Promise<Map<FormatName, MemoryFolder>> {
  const source = new MemoryFolder({ 'labels.json': JSON.stringify(objects) })
  const splits = await formatOf('coco').read(source, { losses: new Losses(), entry: 'labels.json' })
  const picture = encodeLabelPng({ data: new Uint8Array(120), width: 12, height: 10, channels: 1 })
  const folders = new Map<FormatName, MemoryFolder>()
  for (const format of DATA_FORMATS) {
    const folder = new MemoryFolder()
    await format.write(splits, folder, {
      losses: new Losses(),
      placeImage: async (_split: Split, _name: string, path: string) => folder.writeBytes(path, picture),
    })
    folders.set(format.name, folder)
  }
  return folders
}

let whole: Promise<Map<FormatName, MemoryFolder>> | undefined

export const labels: Subject = {
  name: 'annotations, YAML and XML',
  attempt: async (seed) => {
    whole ??= wholeFolders()
    const folders = await whole
    const format = DATA_FORMATS[seed % DATA_FORMATS.length]
    const folder = folders.get(format.name)!
    const source = random(seed)
    const names = [...folder.files.keys()].filter((name) => !/^(images|JPEGImages)\//.test(name))
    const name = names[source.integer(names.length)]
    const content = damaged(name, folder.files.get(name)!, source)
    const copy = new MemoryFolder({ ...Object.fromEntries(folder.files), [name]: content })
    const options = { losses: new Losses(), onDegenerate: source.integer(2) ? 'skip' : 'error' } as const
    for (const { dataset } of await format.read(copy, options)) checkSound(dataset)
  },
}

/** Whatever is read can be used: numbers are numbers, and ids fit together. */
function checkSound(dataset: Dataset): void {
  const categoryIds = new Set(dataset.categories.map(({ id }) => id))
  for (const { id, width, height, fileName } of dataset.images) {
    if (!(width > 0 && height > 0)) throw new Unsound(`${fileName} is ${width} x ${height}`)
    for (const { box, area, categoryId } of annotationsOf(dataset, id)) {
      if (![...box, area].every(Number.isFinite)) throw new Unsound(`box ${box}, area ${area}`)
      if (!categoryIds.has(categoryId)) throw new Unsound(`category ${categoryId} is unknown`)
    }
  }
}

function damaged(name: string, content: Uint8Array, source: Random): Uint8Array {
  if (/\.(png|tiff?)$/.test(name)) return damageAnyBytes(content, source)
  const text = new TextDecoder().decode(content)
  if (source.integer(12) === 0) return encoder.encode(bomb(name, text, source))
  if (name.endsWith('.json') && source.integer(3) > 0) {
    try {
      return encoder.encode(damageValues(JSON.parse(text), source))
    } catch {}
  }
  return damageBytes(text, source)
}

/** Small texts that ask for much: aliases of aliases, entities of entities, deep nesting, many equal names. */
function bomb(name: string, text: string, source: Random): string {
  const levels = Array.from({ length: 9 }, (_, i) => i)
  if (name.endsWith('.xml')) {
    const entities = levels.map((i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('')
    const file = '<!ENTITY f SYSTEM "file:///etc/passwd">'
    const type = `<!DOCTYPE annotation [<!ENTITY e0 "lol">${entities}${file}]>`
    const inner = source.integer(2) ? '&e9;' : '&f;'
    const deep = '<a>'.repeat(20_000)
    return source.integer(3) === 0
      ? `${deep}${text}`
      : `${type}${text.replace(/<name>[^<]*/, `<name>${inner}`)}`
  }
  if (/\.ya?ml$/.test(name)) {
    const aliases = levels.map((i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`)
    const deep = `x: ${'['.repeat(5000)}${']'.repeat(5000)}`
    const bombs = [
      ['a0: &a0 lol', ...aliases, 'names: *a9'].join('\n'),
      deep,
      'names: &a [*a]',
      '__proto__: {nc: 1}',
    ]
    return `${bombs[source.integer(bombs.length)]}\n${source.integer(2) ? text : ''}`
  }
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  return [deep, `{"a":${deep}}`, text.replace('[', `[${deep},`), text.repeat(50)][source.integer(4)]
}
