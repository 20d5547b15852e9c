import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tiffFile } from '../../test/tiff-file.ts'
import { decoded } from '../doctor/image-probe.ts'
import { probeImageIn } from './image-probe.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-probe-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const probe = probeImageIn(folder)

/** 64 x 32: black, with the left half of the lower half white. */
const data = Uint8Array.from({ length: 64 * 32 * 3 }, (_, i) => {
  const [x, y] = [Math.floor(i / 3) % 64, Math.floor(i / 3 / 64)]
  return x < 32 && y >= 16 ? 255 : 0
})
const image = () => sharp(data, { raw: { width: 64, height: 32, channels: 3 } })

beforeAll(async () => {
  const write = (name: string, bytes: Uint8Array) => writeFileSync(path.join(folder, name), bytes)
  write('plain.png', await image().png().toBuffer())
  write('packed.png', await image().png({ palette: true, compressionLevel: 9 }).toBuffer())
  write('turned.jpg', await image().jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer())
  write('upside-down.jpg', await image().jpeg({ quality: 100 }).withMetadata({ orientation: 3 }).toBuffer())
  write('cut.png', (await image().png({ compressionLevel: 0 }).toBuffer()).subarray(0, 500))
  const header = Buffer.alloc(54)
  header.write('BM')
  for (const [at, value] of [
    [10, 54],
    [14, 40],
    [18, 4],
    [22, 2],
    [26, 1 + (24 << 16)],
  ])
    header.writeUInt32LE(value, at)
  write('small.bmp', Uint8Array.from([...header, ...new Uint8Array(24).fill(200)]))
  write('empty.png', new Uint8Array())
  mkdirSync(path.join(folder, 'folder.png'))
})

describe('probeImageIn', () => {
  it('reads bitmaps, which are never turned', async () => {
    const size = { width: 4, height: 2 }
    expect(decoded(await probe('small.bmp'))).toMatchObject({ stored: size, shown: size, orientation: 1 })
  })

  it('tells sizes, orientation and looks', async () => {
    const size = { width: 64, height: 32 }
    const found = decoded(await probe('plain.png'))
    expect(found).toMatchObject({ stored: size, shown: size, orientation: 1 })
    // Squeezed to 32 x 32, the white quarter is 16 x 16, its edges aside.
    const white = (x: number, y: number) => (found?.thumbnail[y * 32 + x] ?? -1) > 128
    expect([white(3, 3), white(28, 3), white(3, 28), white(28, 28)]).toEqual([false, false, true, false])
  })

  it('tells which values of more than 8 bits are shown', async () => {
    const deep = Uint16Array.from({ length: 64 * 32 }, (_, i) => 300 + i)
    writeFileSync(path.join(folder, 'deep.tif'), tiffFile({ data: deep, width: 64, height: 32 }))
    // The fifth smallest and largest of blocks of 2 x 2: the largest of a block lies 65 above its first, and 4 blocks do not count.
    expect(decoded(await probe('deep.tif'))?.depth).toEqual({ kind: '16 bit', black: 369, white: 2278 })
    expect(decoded(await probe('plain.png'))).not.toHaveProperty('depth')
  })

  it('gives equal pixels one digest, however they are stored', async () => {
    const [plain, packed] = [decoded(await probe('plain.png')), decoded(await probe('packed.png'))]
    expect(plain?.pixels).toMatch(/^[0-9a-f]{64}$/)
    expect(packed?.pixels).toBe(plain?.pixels)
  })

  it('looks at the image as EXIF turns it', async () => {
    const turned = decoded(await probe('turned.jpg'))
    expect(turned).toMatchObject({
      stored: { width: 64, height: 32 },
      shown: { width: 32, height: 64 },
      orientation: 6,
    })
    // A quarter turn clockwise takes the lower left to the upper left.
    expect((turned?.thumbnail[3 * 32 + 3] ?? 0) > 128).toBe(true)
    const upsideDown = decoded(await probe('upside-down.jpg'))
    expect(upsideDown).toMatchObject({
      stored: { width: 64, height: 32 },
      shown: { width: 64, height: 32 },
      orientation: 3,
    })
    expect((upsideDown?.thumbnail[3 * 32 + 28] ?? 0) > 128).toBe(true)
  })

  it('tells what is not there from what cannot be read', async () => {
    expect(await probe('lost.png')).toEqual({ kind: 'missing' })
    expect(await probe('a\0b.png')).toEqual({ kind: 'missing' })
    expect(await probe('empty.png')).toEqual({ kind: 'unreadable', reason: 'image file is empty' })
    expect(await probe('cut.png')).toMatchObject({
      kind: 'unreadable',
      reason: expect.stringContaining('damaged or cut short'),
    })
    expect(await probe('folder.png')).toMatchObject({ kind: 'unreadable' })
  })
})
