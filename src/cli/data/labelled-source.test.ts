import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readLabelled } from './labelled-source.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'labelled-source-'))
  await mkdir(join(root, 'data'))
  const images = ['gone.jpg', 'here.jpg'].map((file_name, i) => ({
    id: i + 1,
    file_name,
    width: 9,
    height: 9,
  }))
  await writeFile(join(root, 'data/labels.json'), JSON.stringify({ images, annotations: [], categories: [] }))
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('the folder of the images', () => {
  const imagesOf = async (path: string) => {
    const signal = new AbortController().signal
    const [{ images }] = await readLabelled(join(root, path), { from: 'auto', signal })
    return images
  }

  // The first image is missing everywhere: the second tells.
  it.each(['data', 'data/images', 'images'])(
    'is found from the folder and from the file: %s',
    async (place) => {
      const folder = join(root, place)
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'here.jpg'), '')
      // Beside the data, in nobody's place.
      await writeFile(join(root, 'here.jpg'), '')
      expect(await imagesOf('data')).toBe(folder)
      expect(await imagesOf('data/labels.json')).toBe(folder)
    },
  )

  it('is not sought above the data', async () => {
    await writeFile(join(root, 'here.jpg'), '')
    expect(await imagesOf('data')).toBeUndefined()
  })
})
