import { spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DataError } from '../errors.ts'
import { checkWritable, loadFile, loadJson, loadText, loadUrl, makeFolder, writeFileAtomic } from './files.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-files-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('writeFileAtomic', () => {
  it('replaces a file and leaves nothing else', async () => {
    const path = join(folder, 'a.txt')
    await writeFileAtomic(path, 'old')
    await writeFileAtomic(path, new TextEncoder().encode('new'))
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(readdirSync(folder)).toEqual(['a.txt'])
  })

  it('replaces what a link leads to, and writes into devices', async () => {
    const [real, link] = ['real.txt', 'link.txt'].map((name) => join(folder, name))
    writeFileSync(real, 'old')
    symlinkSync(real, link)
    await writeFileAtomic(link, 'new')
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readFileSync(real, 'utf8')).toBe('new')
    if (!existsSync('/dev/null')) return
    await checkWritable('/dev/null')
    await writeFileAtomic('/dev/null', ['a', 'b'])
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  it('names the path and the reason where it cannot', async () => {
    const missing = join(folder, 'none', 'a.txt')
    await expect(writeFileAtomic(missing, 'x')).rejects.toThrow(DataError)
    await expect(writeFileAtomic(missing, 'x')).rejects.toThrow(
      `${missing}: cannot write the file: the folder`,
    )
    await expect(writeFileAtomic(folder, 'x')).rejects.toThrow(/it is a folder/)
  })

  it('keeps the previous file whole when the disk takes no more', () => {
    const path = join(folder, 'model.bin')
    writeFileSync(path, 'previous')
    const script = `
      import { writeFileAtomic } from './src/node/files.ts'
      await writeFileAtomic(${JSON.stringify(path)}, new Uint8Array(8e6)).catch((error) => console.log(error.message))
    `
    const limited = 'ulimit -f 4096 && exec "$0" --import tsx --input-type=module'
    const { stdout } = spawnSync('bash', ['-c', limited, process.execPath], {
      input: script,
      encoding: 'utf8',
    })
    expect(stdout).toBe(`${path}: cannot write the file: the file would be larger than allowed\n`)
    expect(readFileSync(path, 'utf8')).toBe('previous')
    expect(readdirSync(folder)).toEqual(['model.bin'])
  })
})

describe('checkWritable', () => {
  it('says what writing would say, and leaves nothing', async () => {
    const missing = join(folder, 'none', 'a.txt')
    await expect(checkWritable(missing)).rejects.toThrow(
      `${missing}: cannot write the file: the folder ${join(folder, 'none')} does not exist`,
    )
    await expect(checkWritable(folder)).rejects.toThrow(`${folder}: cannot write the file: it is a folder`)
    writeFileSync(join(folder, 'a.txt'), 'kept')
    await checkWritable(join(folder, 'a.txt'))
    await checkWritable(join(folder, 'b.txt'))
    expect(readdirSync(folder)).toEqual(['a.txt'])
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('kept')
  })
})

describe('loadFile, loadText and loadJson', () => {
  it('read what was written', async () => {
    const path = join(folder, 'a.json')
    writeFileSync(path, '\ufeff{"größe": 3}')
    expect(await loadJson(path)).toEqual({ größe: 3 })
    expect((await loadFile(path)).length).toBe(17)
  })

  it('name the path and the reason where they cannot', async () => {
    const path = join(folder, 'a.json')
    await expect(loadFile(path)).rejects.toThrow(`${path}: cannot read the file: it does not exist`)
    await expect(loadFile(folder)).rejects.toThrow(`${folder}: cannot read the file: it is a folder`)
    writeFileSync(path, '{"a":')
    await expect(loadJson(path)).rejects.toThrow(`${path}: file is not JSON: `)
    writeFileSync(path, Uint8Array.of(0xff, 0xfe, 0))
    await expect(loadText(path)).rejects.toThrow(`${path}: file is not UTF-8 text`)
  })
})

describe('makeFolder', () => {
  it('makes the folders above too, and says where a file is in the way', async () => {
    await makeFolder(join(folder, 'a', 'b'))
    await makeFolder(join(folder, 'a', 'b'))
    writeFileSync(join(folder, 'file'), '')
    await expect(makeFolder(join(folder, 'file'))).rejects.toThrow(/there is a file of that name/)
    await expect(makeFolder(join(folder, 'file', 'c'))).rejects.toThrow(/part of the path is a file/)
  })

  it.skipIf(!existsSync('/proc/self'))('ends where a folder that exists takes no entries', async () => {
    await expect(makeFolder('/proc/maskwright/a')).rejects.toThrow(
      /^\/proc\/maskwright\/a: cannot make the folder: the folder above takes no/,
    )
  })
})

describe('loadUrl', () => {
  it('names addresses that cannot be', async () => {
    await expect(loadUrl('http://')).rejects.toThrow(/^http:\/\/: cannot be downloaded; got /)
    await expect(loadUrl('file://host/x')).rejects.toThrow(DataError)
  })
})
