import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { command, folderOf } from '../in-process.ts'
import { cocoOf, json, labelsOf, picture } from '../tiny-labels.ts'

/** Pictures that do not look alike, and one that looks like the first. */
const pictures = {
  'images/a.png': labelsOf((x, y) => (x * 3 + y * 2) % 251),
  'images/b.png': labelsOf((x, y) => (x < 20 === y < 30 ? 220 : 10)),
  'images/c.png': labelsOf((x) => (x % 32 < 16 ? 200 : 30)),
  'images/d.png': labelsOf((_, y) => (y % 24 < 12 ? 180 : 40)),
  'images/e.png': labelsOf((x, y) => (x * 3 + y * 2) % 251),
}
const names = ['a.png', 'b.png', 'c.png', 'd.png', 'e.png']

describe('data split', () => {
  const source = { 'labels.json': cocoOf(names), ...pictures }

  it('deals every image out once, twins to one side, and the same way for a seed', async () => {
    const folder = folderOf(source)
    const split = (out: string) =>
      command(
        ...['data', 'split', path.join(folder, 'labels.json'), '--val', '0.4', '--seed', '3', '--json'],
        ...['--images', path.join(folder, 'images'), '--out', path.join(folder, out)],
      )
    const first = await split('one')
    expect([first.code, JSON.parse(first.stdout).likePairs]).toEqual([0, 1])
    const sides = ['train', 'val'].map((side) => filesOf(json(folder, 'one', `${side}.json`)))
    expect(sides.flat().sort()).toEqual(names)
    expect(sides.map((files) => files.includes('a.png') === files.includes('e.png'))).toEqual([true, true])
    expect(sides[1].length).toBe(2)
    await split('two')
    expect(json(folder, 'two', 'val.json')).toEqual(json(folder, 'one', 'val.json'))
    const again = await split('one')
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('--force')])
  })
})

describe('data merge', () => {
  it('matches categories by name, numbers anew, and asks about names that are nearly one', async () => {
    const folder = folderOf({
      'one/labels.json': cocoOf(['a.png'], { category_id: 2 }, ['stem', 'leaf']),
      'one/a.png': pictures['images/a.png'],
      'two/labels.json': cocoOf(['b.png'], {}, ['leaf']),
      'two/b.png': pictures['images/b.png'],
      'three/labels.json': cocoOf(['c.png'], {}, ['Leaf']),
      'three/c.png': pictures['images/c.png'],
    })
    const at = (name: string) => path.join(folder, name)
    const out = at('all.json')
    const merged = await command('data', 'merge', at('one/labels.json'), at('two/labels.json'), '--out', out)
    expect(merged.code).toBe(0)
    const { images, annotations, categories } = json(out)
    expect(filesOf({ images })).toEqual(['one/a.png', 'two/b.png'].map((name) => path.basename(name)))
    const leaf = categories.find(({ name }: { name: string }) => name === 'leaf').id
    expect(annotations.map((one: { category_id: number }) => one.category_id)).toEqual([leaf, leaf])
    const asked = await command(
      ...['data', 'merge', at('two/labels.json'), at('three/labels.json'), '--out', at('ask.json')],
    )
    expect([asked.code, asked.stderr]).toEqual([1, expect.stringMatching(/leaf.*Leaf|Leaf.*leaf/)])
    expect(existsSync(at('ask.json'))).toBe(false)
  })
})

describe('data filter', () => {
  it('keeps what is asked for and says what was left out', async () => {
    const folder = folderOf({ 'labels.json': cocoOf(['a.png', 'b.png'], {}, ['leaf', 'stem']) })
    const out = path.join(folder, 'some.json')
    const flags = ['--images', 'b*', '--categories', 'leaf']
    const filtered = await command('data', 'filter', path.join(folder, 'labels.json'), '--out', out, ...flags)
    expect(filtered.code).toBe(0)
    expect(filesOf(json(out))).toEqual(['b.png'])
    expect(json(out).categories.map(({ name }: { name: string }) => name)).toEqual(['leaf'])
    expect(filtered.stdout).toMatch(/: 1 of 2 images, 1 of 2 annotations, 1 of 2 categories\n/)
    // The object is 144 square pixels.
    const none = await command(
      ...['data', 'filter', path.join(folder, 'labels.json'), '--out', out, '--force', '--min-area', '145'],
    )
    expect([none.code, json(out).annotations]).toEqual([0, []])
  })
})

describe('data crop', () => {
  it('cuts pictures and masks at the same places', async () => {
    const folder = folderOf({ 'labels.json': cocoOf(['a.png']), 'images/a.png': picture })
    const out = path.join(folder, 'tiles')
    const cropped = await command(
      ...['data', 'crop', path.join(folder, 'labels.json'), '--images', path.join(folder, 'images')],
      ...['--size', '16', '--min-visible', '0', '--out', out],
    )
    expect(cropped.code).toBe(0)
    const { images, annotations } = json(out, 'annotations.json')
    // 64 x 48 in tiles of 16.
    expect([images.length, readdirSync(path.join(out, 'images')).length]).toEqual([12, 12])
    // The square from (5, 5) to (17, 17) reaches one pixel into the tiles right, below and across: 121 + 11 + 11 + 1.
    const areas = annotations.map(({ area }: { area: number }) => area)
    expect(areas.toSorted((a: number, b: number) => b - a)).toEqual([121, 11, 11, 1])
    expect(readFileSync(path.join(out, 'images', images[0].file_name)).length).toBeGreaterThan(0)
  })
})

function filesOf({ images }: { images: readonly { readonly file_name: string }[] }): string[] {
  return images.map(({ file_name }) => file_name)
}

describe('--force over several files', () => {
  /** What the commands would write last is a folder, which no file can replace. */
  it.each([
    ['convert', 'labels/e.txt', ['--to', 'yolo-seg', '--images', 'images', '--copy-images']],
    ['crop', 'annotations.json', ['--size', '32', '--images', 'images']],
    ['split', 'val.json', ['--no-images']],
    ['merge', 'all.json', ['--copy-images', '--images', 'images']],
  ])('is done by data %s for all of them or for none', async (name, last, flags) => {
    const old = ['data.yaml', 'labels/a.txt', 'images/a.png', 'images/a_x0_y0.png', 'train.json']
    const folder = folderOf({
      'labels.json': cocoOf(names),
      ...pictures,
      ...Object.fromEntries(old.map((file) => [`out/${file}`, `old ${file}`])),
      [`out/${last}/kept`]: '',
    })
    const out = path.join(folder, 'out')
    const before = listed(out)
    const at = flags.map((flag) => (flag === 'images' ? path.join(folder, 'images') : flag))
    const source = path.join(folder, 'labels.json')
    const line = {
      convert: ['convert', source, out, ...at],
      crop: ['crop', source, '--out', out, ...at],
      split: ['split', source, '--out', out, ...at],
      merge: ['merge', source, source, '--out', path.join(out, last), ...at, ...at.slice(1)],
    }[name] as string[]
    const ended = await command('data', ...line, '--force')
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('All files stay as they were')])
    expect(listed(out)).toEqual(before)
    for (const file of old) expect(readFileSync(path.join(out, file), 'utf8')).toBe(`old ${file}`)
  })
})

/** Hidden files too. */
function listed(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).sort()
}
