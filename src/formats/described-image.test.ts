import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../test/memory-folder.ts'
import { Losses } from '../data/losses.ts'
import { DescribedImages } from './described-image.ts'
import { labelme } from './labelme/labelme.ts'
import { pascalVoc } from './pascal-voc/pascal-voc.ts'

/** Names of images by what files state (`a: 'x.png'` for a file `a` that states `x.png`), and what is noted. */
async function described(stated: Record<string, string>, images: readonly string[]) {
  const losses = new Losses()
  const folder = new MemoryFolder(Object.fromEntries(images.map((path) => [path, 'image'])))
  const known = new DescribedImages(folder, 'photos/', Object.keys(stated), losses)
  const names: string[] = []
  for (const [key, name] of Object.entries(stated)) {
    names.push((await known.of({ key, stated: name, where: key })).fileName)
  }
  return { names, noted: losses.noted.map(({ what, count }) => `${count} ${what}`) }
}

describe('the image that a file of labels is about', () => {
  it('is the stated one where it exists, in whatever letters', async () => {
    expect(await described({ a: 'x.png', b: 'B.PNG' }, ['photos/x.png', 'photos/b.png'])).toEqual({
      names: ['x.png', 'b.png'],
      noted: [],
    })
  })

  it('is the one of its own name where the stated one is missing, which is told', async () => {
    const images = ['photos/a.jpg', 'photos/new/b.png']
    expect(await described({ a: 'old.png', b: 'new/old.png' }, images)).toEqual({
      names: ['a.jpg', 'new/b.png'],
      noted: ['2 files that state an image that is missing, taken for the one of their own name'],
    })
  })

  it('is as stated where neither exists, or two have the own name, and told where the names differ', async () => {
    const images = ['photos/b.jpg', 'photos/b.png']
    expect(await described({ a: 'a.png', b: 'old.png' }, images)).toEqual({
      names: ['a.png', 'old.png'],
      noted: [
        '1 files whose image was not found, neither as stated nor by their own name: the stated name was kept',
      ],
    })
  })

  it('is the one of its own name where the stated one has a file too', async () => {
    const images = ['photos/a.png', 'photos/a-flipped.png']
    expect(await described({ a: 'a.png', 'a-flipped': 'a.png' }, images)).toEqual({
      names: ['a.png', 'a-flipped.png'],
      noted: ['1 files that state the image of another file, taken for the one of their own name'],
    })
  })

  it('is the stated one, with a word, where the own name is that of another image', async () => {
    expect(await described({ a: 'x.png' }, ['photos/a.png', 'photos/x.png'])).toEqual({
      names: ['x.png'],
      noted: ['1 files taken for the image that they state, though there is one of their own name'],
    })
  })

  it('is told alike in Labelme and in Pascal VOC', async () => {
    const stated = { a: 'a.png', b: 'old.png', c: 'a.png', d: 'x.png', e: 'x-missing.png' }
    const expected = ['a.png', 'b.png', 'c.png', 'x.png', 'x-missing.png']
    const images = Object.fromEntries(['a', 'b', 'c', 'd', 'x'].map((name) => [`${name}.png`, 'image']))
    const files = Object.entries(stated)
    const json = files.map(([key, imagePath]) => {
      const file = { shapes: [], imagePath, imageWidth: 4, imageHeight: 3 }
      return [`${key}.json`, JSON.stringify(file)]
    })
    const size = '<size><width>4</width><height>3</height></size>'
    const xml = files.map(([key, name]) => {
      return [`${key}.xml`, `<annotation><filename>${name}</filename>${size}</annotation>`]
    })
    const outcomes: unknown[] = []
    for (const [format, labels] of [
      [labelme, json],
      [pascalVoc, xml],
    ] as const) {
      const losses = new Losses()
      const source = new MemoryFolder({ ...images, ...Object.fromEntries(labels) })
      const [{ dataset }] = await format.read(source, { losses })
      expect(dataset.images.map(({ fileName }) => fileName)).toEqual(expected)
      outcomes.push(losses.noted.map(({ what, count }) => [what, count]))
    }
    expect(outcomes[0]).toEqual(outcomes[1])
    expect(outcomes[0]).toHaveLength(4)
  })
})
