import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ReadingOptions } from '../data/image-reading.ts'
import type { Region } from '../geometry/regions.ts'
import { decodeImage } from './decode-image.ts'
import { openImage } from './open-image.ts'

const folder = mkdtempSync(join(tmpdir(), 'maskwright-open-'))
const temporary = join(folder, 'temporary')
const [width, height] = [300, 200]
const noise = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919 + (i >> 7)) % 251)
const deep = Uint16Array.from({ length: width * height }, (_, i) => 200 + ((i * 7919) % 4000))

/** Ours among the temporary folders: tools have their own. */
const left = () => readdirSync(temporary).filter((name) => name.startsWith('maskwright-'))

beforeAll(async () => {
  mkdirSync(temporary)
  vi.stubEnv('TMPDIR', temporary)
  const picture = () => sharp(noise, { raw: { width, height, channels: 3 } })
  const grey = sharp(deep, { raw: { width, height, channels: 1 } }).toColourspace('grey16')
  const tiles = { tile: true, tileWidth: 64, tileHeight: 64 } as const
  const files = {
    'tiles.tif': picture().tiff({ ...tiles, compression: 'lzw' }),
    'strips.tif': picture().tiff({ compression: 'lzw' }),
    'plain.png': picture().png(),
    'deep.png': grey.png(),
    'turned.jpg': picture().jpeg().withMetadata({ orientation: 6 }),
  }
  for (const [name, file] of Object.entries(files)) writeFileSync(join(folder, name), await file.toBuffer())
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

describe('openImage, region by region', () => {
  it.each<[string, number, ReadingOptions]>([
    ['tiles.tif', 0, {}],
    ['tiles.tif', 0, { intensity: [50, 200] }],
    ['tiles.tif', 0, { channels: [2] }],
    ['strips.tif', 1, {}],
    ['plain.png', 1, { channels: [3, 2, 1] }],
    ['deep.png', 1, { intensity: [200, 4200] }],
    ['turned.jpg', 1, {}],
  ])('%s, with %i temporary folder, %j: what the whole has there', async (name, folders, reading) => {
    const path = join(folder, name)
    const whole = await decodeImage(path, reading)
    const reader = await openImage(path, { ...reading, heldPixels: 100 })
    expect(left()).toHaveLength(folders)
    expect([reader.width, reader.height]).toEqual([whole.width, whole.height])
    expect([reader.width, reader.height]).toEqual(name === 'turned.jpg' ? [height, width] : [width, height])
    const regions: Region[] = [
      { left: 0, top: 0, width: whole.width, height: whole.height },
      { left: 37, top: 51, width: 101, height: 83 },
      { left: whole.width - 9, top: whole.height - 5, width: 9, height: 5 },
      { left: 60, top: 60, width: 1, height: 1 },
    ]
    for (const region of regions) {
      const { data, ...size } = await reader.read(region)
      expect(size).toEqual({ width: region.width, height: region.height })
      expect(Buffer.compare(data, cropped(whole, region)), JSON.stringify(region)).toBe(0)
    }
    await reader.close()
    expect(left()).toEqual([])
  })

  it('leaves nothing of a picture that turns out to be damaged', async () => {
    const png = await sharp(noise, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer()
    const path = join(folder, 'cut.png')
    writeFileSync(path, png.subarray(0, png.length / 2))
    await expect(openImage(path, { heldPixels: 100 })).rejects.toThrow(
      `${path}: image is damaged or cut short`,
    )
    expect(left()).toEqual([])
  })
})

describe.skipIf(process.platform === 'win32')('a signal while a picture is open', () => {
  it('ends the process, and leaves no temporary folder', async () => {
    const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'))
    const module = JSON.stringify(new URL('./open-image.ts', import.meta.url).href)
    const script = `
      import(${tsx}).then(({ register }) => (register(), import(${module})))
        .then(({ openImage }) => openImage(${JSON.stringify(join(folder, 'plain.png'))}, { heldPixels: 100 }))
        .then(() => { console.log('open'); setInterval(() => {}, 1000) })`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let whileOpen: string[] = []
    child.stdout.once('data', () => {
      whileOpen = left()
      child.kill('SIGTERM')
    })
    expect(await new Promise((resolve) => child.on('close', (_, ended) => resolve(ended)))).toBe('SIGTERM')
    expect(whileOpen).toHaveLength(1)
    expect(left()).toEqual([])
  })
})

function cropped({ data, width }: { data: Uint8Array; width: number }, region: Region): Uint8Array {
  const rows = Array.from({ length: region.height }, (_, y) => {
    const from = ((region.top + y) * width + region.left) * 3
    return data.subarray(from, from + 3 * region.width)
  })
  return Buffer.concat(rows)
}
