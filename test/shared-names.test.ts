import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderOf } from './in-process.ts'
import { cocoOf, convert, picture } from './tiny-labels.ts'

describe('names that some file systems hold for one', () => {
  const names = ['caf\u00e9.png', 'cafe\u0301.png']
  const twins = () =>
    folderOf({ 'train.json': cocoOf(names), ...Object.fromEntries(names.map((name) => [name, picture])) })

  it.each(['yolo-seg', 'mask-folder', 'pascal-voc'])(
    'are refused by %s, which finds labels by them',
    async (format) => {
      const folder = twins()
      const ended = await convert(folder, 'train.json', 'out', '--to', format, '--images', folder)
      expect([ended.code, ended.stderr]).toEqual([1, expect.stringMatching(/two images would share/)])
    },
  )

  it('get a number in Labelme, whose files name their image', async () => {
    const folder = twins()
    const ended = await convert(folder, 'train.json', 'out', '--to', 'labelme', '--images', folder)
    expect(ended.code).toBe(0)
    const files = readdirSync(path.join(folder, 'out', 'train')).map((file) => file.normalize('NFC'))
    expect(files.sort()).toEqual(['caf\u00e9-2.json', 'caf\u00e9.json'])
  })

  it('are no list of classes', async () => {
    const folder = folderOf({ 'train.json': cocoOf(['classes']), classes: picture })
    const ended = await convert(folder, 'train.json', 'out', '--to', 'yolo-seg', '--images', folder)
    expect([ended.code, ended.stderr]).toEqual([
      1,
      expect.stringMatching(/classes: labels of this image would be taken/),
    ])
  })
})
