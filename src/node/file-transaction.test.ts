import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyFilesInto, dataTarget } from './data-folder.ts'
import { allOrNone } from './file-transaction.ts'
import { writeFileAtomic } from './files.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'transaction-'))
  await writeFile(join(root, 'a.txt'), 'old a')
  await writeFile(join(root, 'b.txt'), 'old b')
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** All files and folders below, files with what they hold. */
async function tree(folder = root, before = ''): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (!entry.isDirectory()) found.push(`${before}${entry.name}: ${await readFile(path, 'utf8')}`)
    else found.push(`${before}${entry.name}/`, ...(await tree(path, `${before}${entry.name}/`)))
  }
  return found.sort()
}

const OLD = ['a.txt: old a', 'b.txt: old b']

describe('allOrNone', () => {
  it('replaces all files at the end, and leaves nothing else', async () => {
    const before = await allOrNone(async (files) => {
      const target = dataTarget(root, { replace: true, files })
      for (const name of ['a.txt', 'new/c.txt', 'b.txt']) await target.writeText(name, `new ${name[0]}`)
      await writeFileAtomic(join(root, 'b.txt'), 'newer b', files)
      return (await tree()).filter((path) => !path.includes('.maskwright-'))
    })
    expect(before).toEqual([...OLD, 'new/'])
    expect(await tree()).toEqual(['a.txt: new a', 'b.txt: newer b', 'new/', 'new/c.txt: new n'])
  })

  it('leaves everything as it was where the work fails', async () => {
    const work = allOrNone(async (files) => {
      const target = dataTarget(root, { replace: true, files })
      await target.writeText('a.txt', 'new a')
      await target.writeText('deep/er/c.txt', 'new c')
      throw new Error('enough')
    })
    await expect(work).rejects.toThrow('enough')
    expect(await tree()).toEqual(OLD)
  })

  it('undoes what was replaced where a later file cannot be', async () => {
    await mkdir(join(root, 'x.txt'))
    const work = allOrNone(async (files) => {
      const target = dataTarget(root, { replace: true, files })
      for (const name of ['a.txt', 'c.txt', 'x.txt', 'b.txt']) await target.writeText(name, 'new')
    })
    await expect(work).rejects.toThrow(
      `${join(root, 'x.txt')}: cannot write the file: it is a folder. All files stay as they were`,
    )
    expect(await tree()).toEqual([...OLD, 'x.txt/'])
  })

  it('knows files that lie under a temporary name, where none is to be replaced', async () => {
    const work = allOrNone(async (files) => {
      const copy = copyFilesInto(join(root, 'out'), { files })
      await copy(join(root, 'a.txt'), 'x.txt')
      await copy(join(root, 'a.txt'), 'x.txt')
      await copy(join(root, 'b.txt'), 'x.txt')
    })
    await expect(work).rejects.toThrow(`${join(root, 'out/x.txt')}: file is there already`)
    const mixed = allOrNone(async (files) => {
      await copyFilesInto(join(root, 'out'), { files })(join(root, 'a.txt'), 'x.txt')
      await dataTarget(join(root, 'out'), { files }).writeText('x.txt', 'text')
    })
    await expect(mixed).rejects.toThrow('file is there already')
    expect(await tree()).toEqual(OLD)
  })

  it.skipIf(process.platform === 'win32')('replaces what a link leads to', async () => {
    await symlink(join(root, 'a.txt'), join(root, 'link.txt'))
    await allOrNone((files) => dataTarget(root, { replace: true, files }).writeText('link.txt', 'new a'))
    expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('new a')
  })
})
