/** Damaged images of every kind that is read: bits, lengths, sizes in headers, and the beginning of one kind on another. */
import sharp from 'sharp'
import { decodeImage } from '../../src/node/decode-image.ts'
import { type Random, random } from '../../src/tensor/random.ts'
import { type Subject, Unsound } from './campaign-subject.ts'
import { damageAnyBytes } from './mutations.ts'

const KINDS = ['png', 'png16', 'jpeg', 'progressive', 'tiff', 'tiff16', 'gif', 'webp', 'avif', 'bmp'] as const

/** Pixels with some structure, so that coded forms have something to code. */
const pixels = (width: number, height: number) =>
  Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7 + (i % 31) ** 2) & 255)

/** Files of all kinds, of usual sizes and one pixel wide or high. */
async function wholeImages(): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {}
  for (const [width, height] of [
    [37, 29],
    [1, 300],
    [300, 1],
  ]) {
    const image = () => sharp(pixels(width, height), { raw: { width, height, channels: 3 } })
    const deep = () => image().toColourspace('rgb16')
    const encoders = {
      png: image().png(),
      png16: deep().png(),
      jpeg: image().jpeg(),
      progressive: image().jpeg({ progressive: true }),
      tiff: image().tiff({ compression: 'lzw' }),
      tiff16: deep().tiff({ compression: 'deflate', predictor: 'none' }),
      gif: image().gif(),
      webp: image().webp(),
      avif: image().avif({ effort: 0 }),
    }
    for (const [kind, encoder] of Object.entries(encoders))
      files[`${kind} ${width}`] = new Uint8Array(await encoder.toBuffer())
    files[`bmp ${width}`] = bitmap(width, height)
  }
  return files
}

/** 24 bits, rows padded to four bytes, from the lowest. */
function bitmap(width: number, height: number): Uint8Array {
  const row = Math.ceil((3 * width) / 4) * 4
  const file = new Uint8Array(54 + row * height)
  const view = new DataView(file.buffer)
  file.set([0x42, 0x4d])
  view.setUint32(2, file.length, true)
  view.setUint32(10, 54, true)
  view.setUint32(14, 40, true)
  view.setInt32(18, width, true)
  view.setInt32(22, height, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, 24, true)
  for (let i = 54; i < file.length; i++) file[i] = (i * 13) & 255
  return file
}

let whole: Promise<Record<string, Uint8Array>> | undefined

export const images: Subject = {
  name: 'images',
  attempt: async (seed) => {
    whole ??= wholeImages()
    const files = await whole
    const source = random(seed)
    const kind = KINDS[seed % KINDS.length]
    // Most inputs are of the usual size; the others one pixel wide or high.
    const size = [37, 37, 37, 1, 300][source.integer(5)]
    const { data, width, height } = await decodeImage(damaged(files[`${kind} ${size}`], files, source))
    if (data.length !== width * height * 3) throw new Unsound(`${data.length} bytes for ${width}x${height}`)
    if (width * height > 2 ** 28) throw new Unsound(`${width}x${height} pixels`)
  },
}

function damaged(file: Uint8Array, files: Record<string, Uint8Array>, source: Random): Uint8Array {
  const kind = source.integer(6)
  // Cut short.
  if (kind === 0) return file.slice(0, source.integer(file.length))
  // The first bytes of another kind.
  if (kind === 1) {
    const others = Object.values(files)
    const other = others[source.integer(others.length)]
    const length = [4, 8, 12, 30][source.integer(4)]
    return new Uint8Array([...other.slice(0, length), ...file.slice(length)])
  }
  // Sizes in the header that promise more than there is.
  if (kind === 2) {
    const copy = file.slice()
    const at = source.integer(Math.min(120, copy.length))
    const huge = [
      [0xff, 0xff],
      [0xff, 0xff, 0xff, 0x7f],
      [0x7f, 0xff, 0xff, 0xff],
      [0, 1, 0, 0],
      [0x40, 0, 0x40, 0],
    ][source.integer(5)]
    copy.set(huge.slice(0, copy.length - at), at)
    return copy
  }
  // One bit.
  if (kind === 3) {
    const copy = file.slice()
    copy[source.integer(copy.length)] ^= 1 << source.integer(8)
    return copy
  }
  return damageAnyBytes(file, source)
}
