import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { tiffFile } from '../../test/tiff-file.ts'
import { channelFlag, intensityFlag } from './flags.ts'
import { listInputs, openInput } from './predict-inputs.ts'

const folder = mkdtempSync(join(tmpdir(), 'maskwright-pages-'))
afterAll(() => rmSync(folder, { recursive: true }))
const size = { width: 4, height: 2 }
const stack = join(folder, 'stack.tif')
const single = join(folder, 'single.tif')
const page = (value: number) => ({ ...size, data: Uint8Array.from({ length: 8 }, () => value) })
writeFileSync(stack, tiffFile(page(100), page(200)))
writeFileSync(single, tiffFile(page(50)))

describe('inputs', () => {
  it('are taken once, however their paths are written', async () => {
    const again = `${folder}/./single.tif`
    const { images } = await listInputs([single, again, folder])
    expect(images).toEqual([
      { file: single, imageId: 1 },
      { file: stack, imageId: 2 },
    ])
  })
})

describe('pages of inputs', () => {
  it('are inputs of their own where all are asked for', async () => {
    const { images } = await listInputs([stack, single], { page: 'all' })
    expect(images).toEqual([
      { file: `${stack}#1`, path: stack, page: 1, imageId: 1 },
      { file: `${stack}#2`, path: stack, page: 2, imageId: 2 },
      { file: single, imageId: 3 },
    ])
    const pictures = await Promise.all(
      images.map(async (image) => (await openInput(image)).read({ left: 0, top: 0, ...size })),
    )
    expect(pictures.map(({ data }) => data[0])).toEqual([100, 200, 50])
  })
})

describe('annotations', () => {
  const annotations = join(folder, 'listed.json')
  const listed = (...names: string[]) =>
    writeFileSync(
      annotations,
      JSON.stringify({
        images: names.map((file_name, i) => ({ id: 40 + i, file_name, ...size })),
        ...{ annotations: [], categories: [] },
      }),
    )

  it('choose images, and those that no input is are counted', async () => {
    listed('other.tif', 'single.tif', 'third.tif')
    const { images, passedOver, missing } = await listInputs([stack, single], { annotations })
    expect(images).toEqual([{ file: single, imageId: 41 }])
    expect([...passedOver]).toEqual([[`not in ${annotations}`, 1]])
    expect(missing).toEqual({ images: 2, of: 3 })
    listed('single.tif')
    expect((await listInputs([single], { annotations })).missing).toBeUndefined()
  })

  it('leave the choice of a page, but of one only', async () => {
    listed('stack.tif')
    const { images } = await listInputs([stack], { annotations, page: 2 })
    expect(images).toEqual([{ file: `${stack}#2`, path: stack, page: 2, imageId: 40 }])
    await expect(listInputs([stack], { annotations, page: 'all' })).rejects.toThrow(
      `${annotations}: --page all gives several pictures where annotations list one image`,
    )
  })
})

describe('flags of reading', () => {
  it('are parsed, and refused with an example', () => {
    const intensity = (text: string) => intensityFlag().parseArg?.(text, undefined)
    expect(['auto', 'full', '100:4000', '1:-0.5'].map(intensity)).toEqual([
      'auto',
      'full',
      [100, 4000],
      [1, -0.5],
    ])
    for (const text of ['bright', '5', '5:', '5:5', '1:2:3']) {
      expect(() => intensity(text), text).toThrow('Expected auto, full or MIN:MAX')
    }
    const channel = (text: string) => channelFlag().parseArg?.(text, undefined)
    expect(['2', '3,2,1'].map(channel)).toEqual([[2], [3, 2, 1]])
    for (const text of ['0', '1,2', 'red']) expect(() => channel(text), text).toThrow('one or three numbers')
  })
})
