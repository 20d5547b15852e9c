/** Image files that say they are gigantic, unfold, or are damaged. */
import { deflateSync, gzipSync, zipSync } from 'fflate'
import type { Random } from '../../src/tensor/random.ts'
import { type Attack, request } from './wire.ts'

const TOO_LARGE = [413]
const BROKEN = [400]

function post(
  kind: string,
  body: Uint8Array,
  expected: readonly number[],
  headers: [string, string][] = [],
): Attack {
  return { kind: `image: ${kind}`, pieces: [request('POST', '/predict', headers, body)], expected }
}

/** A file of PNG, its checksums right. */
function png(width: number, height: number, data: Uint8Array, more: readonly Buffer[] = []): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width >>> 0, 0)
  header.writeUInt32BE(height >>> 0, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
  return Buffer.concat([
    ...[signature, chunk('IHDR', header), ...more, chunk('IDAT', data), chunk('IEND', new Uint8Array())],
  ])
}

function chunk(type: string, data: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const body = Buffer.concat([Buffer.from(type), data])
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc(body))
  return Buffer.concat([length, body, sum])
}

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}

/** Little-endian TIFF of one strip that is not there. */
function tiff(width: number, height: number): Buffer {
  const entries = [
    ...[
      [256, width],
      [257, height],
      [258, 8],
      [259, 1],
      [262, 1],
    ],
    ...[
      [273, 8],
      [277, 1],
      [278, height],
      [279, 10],
    ],
  ]
  const bytes = Buffer.alloc(8 + 2 + entries.length * 12 + 4)
  bytes.write('II*\0', 'latin1')
  bytes.writeUInt32LE(8, 4)
  bytes.writeUInt16LE(entries.length, 8)
  for (const [i, [tag, value]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 10 + i * 12)
    bytes.writeUInt16LE(4, 12 + i * 12)
    bytes.writeUInt32LE(1, 14 + i * 12)
    bytes.writeUInt32LE(value >>> 0, 18 + i * 12)
  }
  return bytes
}

/** Extended WebP whose canvas is as large as its header can say. */
function webp(): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.write('RIFF\x38\0\0\0WEBPVP8X\x0a\0\0\0', 'latin1')
  bytes.fill(0xff, 24, 30)
  return bytes
}

function gif(): Buffer {
  return Buffer.from(
    'GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;',
    'latin1',
  )
}

function bmp(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.write('BM', 'latin1')
  bytes.writeUInt32LE(64, 2)
  bytes.writeUInt32LE(54, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(width, 18)
  bytes.writeInt32LE(height, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(24, 28)
  return bytes
}

function jpeg(): Buffer {
  const frame = [0xff, 0xc0, 0, 17, 8, 0xff, 0xdc, 0xff, 0xdc, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]
  return Buffer.from([0xff, 0xd8, ...frame, 0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0, 1, 2, 3])
}

const ZEROS = new Uint8Array(8_000_000)
const row = deflateSync(new Uint8Array(301 * 100), { level: 9 })
const good = png(100, 100, zlib(new Uint8Array(301 * 100)))

/** A zlib stream around deflated bytes. */
function zlib(bytes: Uint8Array): Buffer {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(((b << 16) | a) >>> 0)
  return Buffer.concat([Buffer.from([0x78, 0xda]), deflateSync(bytes, { level: 9 }), sum])
}

let unfolding: Buffer | undefined

export const PICTURES: readonly ((random: Random) => Attack)[] = [
  (random) => post('PNG of 100000 x 100000', png(100_000, 100_000 - random.integer(9), row), TOO_LARGE),
  () => post('PNG of 2^31 - 1 squared', png(0x7fffffff, 0x7fffffff, row), [400, 413]),
  () => post('PNG of 2^32 - 1 squared', png(0xffffffff, 0xffffffff, row), [400, 413]),
  () => post('PNG of 0 x 0', png(0, 0, row), BROKEN),
  () => post('PNG as wide as high is nothing', png(1_000_000, 0, row), BROKEN),
  () => post('TIFF of 100000 x 100000', tiff(100_000, 100_000), TOO_LARGE),
  () => post('TIFF of 2^32 - 1 squared', tiff(0xffffffff, 0xffffffff), [400, 413]),
  () => post('WebP of 16777216 x 16777216', webp(), [400, 413]),
  () => post('GIF of 65535 x 65535', gif(), TOO_LARGE),
  () => post('BMP of 100000 x 100000', bmp(100_000, 100_000), TOO_LARGE),
  () => post('BMP of negative size', bmp(-2_000_000_000, -2_000_000_000), [400, 413]),
  () => post('JPEG of 65500 x 65500', jpeg(), TOO_LARGE),
  () => post('zip that unfolds', zipSync({ 'a.png': ZEROS }, { level: 9 }), BROKEN),
  () => post('gzip that unfolds', gzipSync(ZEROS, { level: 9 }), BROKEN),
  () => post('gzip as an encoding', gzipSync(good), [400, 415], [['content-encoding', 'gzip']]),
  () => {
    unfolding ??= chunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), zlib(ZEROS)]))
    return post(
      'PNG whose comment unfolds',
      png(100, 100, zlib(new Uint8Array(301 * 100)), [unfolding]),
      [200, 400],
    )
  },
  () => post('PNG of too many rows', png(100, 100, zlib(new Uint8Array(301 * 20_000))), [200, 400]),
  (random) => post('PNG cut short', good.subarray(0, 9 + random.integer(good.length - 20)), [200, 400, 413]),
  (random) => {
    const damaged = Buffer.from(good)
    for (let i = 0; i < 8; i++) damaged[random.integer(damaged.length)] = random.integer(256)
    return post('PNG with bytes changed', damaged, [200, 400, 413])
  },
  (random) =>
    post(
      'noise',
      Uint8Array.from({ length: 2000 }, () => random.integer(256)),
      BROKEN,
    ),
  () =>
    post(
      'SVG that asks for a file',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
      BROKEN,
    ),
  () => post('nothing', new Uint8Array(), BROKEN),
  () => post('four rows of 5000 pixels', png(5000, 4, zlib(new Uint8Array(60_004))), [200]),
  () => post('four columns of 5000 pixels', png(4, 5000, zlib(new Uint8Array(13 * 5000))), [200]),
  () => post('one pixel', png(1, 1, zlib(new Uint8Array(4))), BROKEN),
]
