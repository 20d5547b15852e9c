import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findImages, listImages } from './image-list.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-image-list-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('listImages', () => {
  it('takes a file, a folder, or a glob, sorted', async () => {
    mkdirSync(join(folder, 'deep'))
    // ._a.jpg is what macOS leaves beside a.jpg.
    for (const name of ['b.PNG', 'a.jpg', '._a.jpg', 'notes.txt', 'img[1].png', 'deep/c.tiff'])
      writeFileSync(join(folder, name), '')
    const at = (...names: string[]) => names.map((name) => join(folder, name))
    expect(await listImages(join(folder, 'notes.txt'))).toEqual(at('notes.txt'))
    expect(await listImages(join(folder, 'img[1].png'))).toEqual(at('img[1].png'))
    expect(await listImages(folder)).toEqual(at('a.jpg', 'b.PNG', 'img[1].png'))
    expect(await listImages(`${folder}/**`)).toEqual(at('a.jpg', 'b.PNG', 'deep/c.tiff', 'img[1].png'))
    expect(await listImages(`${folder}/*.{jpg,txt}`)).toEqual(at('a.jpg'))
  })

  it('says where there is none', async () => {
    await expect(listImages(join(folder, 'x.png'))).rejects.toThrow(/x.png: file or folder does not exist$/)
    await expect(listImages(folder)).rejects.toThrow(/folder has no images; expected files ending in .png/)
    await expect(listImages(`${folder}/*.png`)).rejects.toThrow(/no images match/)
  })
})

describe('findImages', () => {
  const files = (...names: string[]) => {
    for (const name of names) {
      mkdirSync(join(folder, name, '..'), { recursive: true })
      writeFileSync(join(folder, name), '')
    }
  }

  it('counts what it passes over by kind, and takes folders of folders where asked', async () => {
    files('a.png', 'b.txt', 'c.TXT', 'README', '.hidden.png', 'deep/d.png', 'deep/deeper/e.jpg', 'deep/f.csv')
    expect(await findImages(folder)).toEqual({
      images: [join(folder, 'a.png')],
      passedOver: new Map([
        ['.txt', 2],
        ['without an ending', 1],
        ['subfolders', 1],
      ]),
    })
    const all = await findImages(folder, { recursive: true })
    expect(all.images).toEqual(['a.png', 'deep/d.png', 'deep/deeper/e.jpg'].map((name) => join(folder, name)))
    expect(all.passedOver.get('.csv')).toBe(1)
    expect((await findImages(`${folder}/**`)).passedOver).toEqual(
      new Map([
        ['.txt', 2],
        ['without an ending', 1],
        ['.csv', 1],
      ]),
    )
  })

  it('follows links to files and not those to folders, which may lead in circles', async () => {
    files('real/a.png')
    mkdirSync(join(folder, 'links'))
    symlinkSync(join(folder, 'real/a.png'), join(folder, 'links/a.png'))
    symlinkSync(join(folder, 'nowhere.png'), join(folder, 'links/b.png'))
    symlinkSync(folder, join(folder, 'links/circle'))
    const { images, passedOver } = await findImages(join(folder, 'links'), { recursive: true })
    expect(images).toEqual(['links/a.png', 'links/b.png'].map((name) => join(folder, name)))
    expect(passedOver).toEqual(new Map([['subfolders', 1]]))
  })

  it('names the flag where all images lie in folders of the folder', async () => {
    files('deep/a.png')
    await expect(findImages(folder)).rejects.toThrow(/no images; .*\. --recursive reads its subfolders$/)
  })
})
