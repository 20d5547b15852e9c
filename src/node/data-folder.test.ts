import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyFilesInto, dataFolder, dataTarget, isVacant } from './data-folder.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'data-folder-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('a folder to read', () => {
  it('lists all files but hidden ones, through links, but not in circles', async () => {
    await mkdir(join(root, 'b/c'), { recursive: true })
    await mkdir(join(root, '.git'))
    for (const path of ['z.txt', 'b/a.txt', 'b/c/d.txt', '.hidden', '.git/x'])
      await writeFile(join(root, path), '')
    await symlink(join(root, 'b/c'), join(root, 'e'))
    await symlink(root, join(root, 'b/loop'))
    await symlink(join(root, 'nowhere'), join(root, 'dangling'))
    expect(await dataFolder(root).list()).toEqual(['b/a.txt', 'b/c/d.txt', 'e/d.txt', 'z.txt'])
  })

  it('tells sizes as a viewer shows them', async () => {
    const pixels = { create: { width: 30, height: 20, channels: 3, background: 'red' } } as const
    // Orientation 6: the camera was turned, the picture stands upright.
    await sharp(pixels).withMetadata({ orientation: 6 }).jpeg().toFile(join(root, 'turned.jpg'))
    await sharp(pixels).png().toFile(join(root, 'plain.png'))
    const folder = dataFolder(root)
    expect(await folder.imageSize('turned.jpg')).toEqual({ width: 20, height: 30 })
    expect(await folder.imageSize('plain.png')).toEqual({ width: 30, height: 20 })
    await writeFile(join(root, 'text.jpg'), 'text')
    await expect(folder.imageSize('text.jpg')).rejects.toThrow('file is not an image of a known format')
    await expect(folder.imageSize('missing.jpg')).rejects.toThrow('cannot read the file: it does not exist')
  })

  it('names a folder that cannot be listed', async () => {
    await expect(dataFolder(join(root, 'nowhere')).list()).rejects.toThrow(
      `${join(root, 'nowhere')}: cannot list the folder: it does not exist`,
    )
  })
})

describe('a folder to write', () => {
  it('makes folders, joins pieces, and leaves no temporary files', async () => {
    const target = dataTarget(join(root, 'out'))
    await target.writeText('a/b/c.txt', ['x', 'y', 'z'.repeat(3_000_000)])
    await target.writeBytes('d.bin', Uint8Array.of(1, 2))
    expect((await readFile(join(root, 'out/a/b/c.txt'), 'utf8')).length).toBe(3_000_002)
    expect(await readdir(join(root, 'out'))).toEqual(['a', 'd.bin'])
    expect(await readdir(join(root, 'out/a/b'))).toEqual(['c.txt'])
  })

  it.each(['../x.txt', 'a/../../x.txt', '/etc/x.txt', 'C:\\x.txt', '..\\x.txt', '', 'a/..', 'a\0b'])(
    'refuses %j',
    async (path) => {
      const target = dataTarget(join(root, 'out'))
      await expect(target.writeText(path, 'x')).rejects.toThrow('name leaves the folder that is written to')
      await expect(copyFilesInto(join(root, 'out'))(join(root, 'x'), path)).rejects.toThrow(
        'name leaves the folder',
      )
      expect(await readdir(root)).toEqual([])
    },
  )

  it('leaves the file that is there where the pieces fail', async () => {
    const target = dataTarget(root)
    await target.writeText('a.txt', 'before')
    const failing = (function* () {
      yield 'x'
      throw new Error('half way')
    })()
    await expect(target.writeText('a.txt', failing)).rejects.toThrow()
    expect(await readdir(root)).toEqual(['a.txt'])
    expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('before')
  })

  it('leaves files that were there as they are, unless they may be replaced', async () => {
    for (const path of ['text.txt', 'bytes.png', 'image.jpg']) await writeFile(join(root, path), 'theirs')
    await writeFile(join(root, 'source'), 'mine!!')
    const target = dataTarget(root)
    const copy = copyFilesInto(root)
    const refusal = (path: string) =>
      `${join(root, path)}: file is there already; expected no file of that name. Choose another target, or replace files (--force)`
    await expect(target.writeText('text.txt', 'mine')).rejects.toThrow(refusal('text.txt'))
    await expect(target.writeBytes('bytes.png', Uint8Array.of(1))).rejects.toThrow(refusal('bytes.png'))
    await expect(copy(join(root, 'source'), 'image.jpg')).rejects.toThrow(refusal('image.jpg'))
    const contents = () =>
      Promise.all(['text.txt', 'bytes.png', 'image.jpg'].map((path) => readFile(join(root, path), 'utf8')))
    expect(await contents()).toEqual(['theirs', 'theirs', 'theirs'])

    const forced = dataTarget(root, { replace: true })
    await forced.writeText('text.txt', 'mine')
    await forced.writeBytes('bytes.png', Uint8Array.of(49))
    await copyFilesInto(root, { replace: true })(join(root, 'source'), 'image.jpg')
    expect(await contents()).toEqual(['mine', '1', 'mine!!'])
  })

  it('copies files, also over equal ones, and names those that are missing', async () => {
    await writeFile(join(root, 'a.jpg'), 'image')
    const copy = copyFilesInto(join(root, 'out'))
    await copy(join(root, 'a.jpg'), 'x/a.jpg')
    await copy(join(root, 'a.jpg'), 'x/a.jpg')
    expect(await readFile(join(root, 'out/x/a.jpg'), 'utf8')).toBe('image')
    await expect(copy(join(root, 'b.jpg'), 'x/b.jpg')).rejects.toThrow(
      'cannot read the file: it does not exist',
    )
    expect(await readdir(join(root, 'out/x'))).toEqual(['a.jpg'])
  })

  it('knows what is vacant', async () => {
    await mkdir(join(root, 'empty'))
    await writeFile(join(root, 'file'), '')
    expect(
      await Promise.all(['nowhere', 'empty', 'file', '.'].map((path) => isVacant(join(root, path)))),
    ).toEqual([true, true, false, false])
  })
})
