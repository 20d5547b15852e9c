import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp'
import { decode as decodeTiff } from 'tiff'
import { joinChannels, type SampleArray, type Samples } from '../data/samples.ts'
import type { TiffPage } from '../data/tiff-pages.ts'
import { DataError } from '../errors.ts'

/** Depths as libvips names them, with the arrays that hold them. */
const ARRAYS = {
  uchar: Uint8Array,
  char: Int8Array,
  ushort: Uint16Array,
  short: Int16Array,
  uint: Uint32Array,
  int: Int32Array,
  float: Float32Array,
} satisfies Record<string, new (buffer: ArrayBuffer) => SampleArray>

/** Colour spaces whose numbers are kept as they are; all others become 8-bit RGB. */
const KEPT_SPACES: readonly string[] = ['b-w', 'grey16', 'srgb', 'rgb16', 'scrgb', 'multiband']

/** Whether a picture has numbers of its own beyond 8 bits, or must be converted. */
export function isDeep({ depth, space }: Metadata): boolean {
  return depth !== 'uchar' && KEPT_SPACES.includes(space)
}

/** A picture as people see it: RGB of 8 bits, whatever it is stored as. */
export async function readRgb(input: Uint8Array | string, options: SharpOptions): Promise<Samples> {
  const { data, info } = await sharp(input, options)
    .autoOrient()
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const { width, height } = info
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height, channels: 3 }
}

/** Channels (from 0) of a picture as its file stores them, in the picture's own numbers. EXIF orientation is applied. */
export async function readChannels(
  input: Uint8Array | string,
  options: SharpOptions,
  { metadata, channels }: { readonly metadata: Metadata; readonly channels: readonly number[] },
): Promise<Samples> {
  const { depth, space } = metadata
  if (!isArray(depth)) throw new DataError(`samples of type ${depth} are not read`)
  const start = () => sharp(input, options).autoOrient().pipelineColourspace(space)
  // libvips takes signed 16 bits for unsigned, and of 8 and 32 bits a raw picture in grey keeps one channel only.
  const isSigned16 = depth === 'short' && space.endsWith('16')
  const isGrey = space === 'b-w'
  if (!isSigned16 && (!isGrey || metadata.channels === 1)) {
    const all = await samplesOf(start().toColourspace(space), depth)
    return joinChannels(channels.map((channel) => ({ samples: all, channel })))
  }
  const parts: Samples[] = []
  for (const channel of channels) {
    const all = (value: number) => new Array<number>(metadata.channels).fill(value)
    const shifted = isSigned16 ? start().linear(all(1), all(2 ** 15)) : start()
    const single = metadata.channels > 1 ? shifted.extractChannel(channel as 0) : shifted
    const samples = await samplesOf(
      single.toColourspace(isSigned16 ? 'grey16' : 'b-w'),
      isSigned16 ? 'ushort' : depth,
    )
    parts.push(
      isSigned16 ? { ...samples, data: Int16Array.from(samples.data, (value) => value - 2 ** 15) } : samples,
    )
  }
  return joinChannels(parts.map((samples) => ({ samples, channel: 0 })))
}

async function samplesOf(picture: Sharp, depth: keyof typeof ARRAYS): Promise<Samples> {
  const { data, info } = await picture.raw({ depth }).toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  const isAligned = data.byteOffset % ARRAYS[depth].BYTES_PER_ELEMENT === 0
  const bytes = isAligned ? data : new Uint8Array(data)
  const length = data.length / ARRAYS[depth].BYTES_PER_ELEMENT
  return {
    width,
    height,
    channels,
    data: new ARRAYS[depth](bytes.buffer as ArrayBuffer, bytes.byteOffset, length),
  }
}

function isArray(depth: string | undefined): depth is keyof typeof ARRAYS {
  return depth !== undefined && Object.hasOwn(ARRAYS, depth)
}

/** Whether libvips leaves a page of floats of 16 or 64 bits to another reader. */
export function isUnusualFloat({ bitsPerSample, sampleFormat }: TiffPage): boolean {
  return sampleFormat === 3 && (bitsPerSample === 16 || bitsPerSample === 64)
}

/** A page of floats of 16 or 64 bits. */
export function readUnusualFloats(
  tiff: Uint8Array,
  { index, bitsPerSample, photometricAt }: TiffPage,
): Samples {
  // The reader would subtract from the largest whole number where white is zero.
  const blackIsZero = Uint8Array.from(tiff)
  blackIsZero.set(tiff[0] === 0x49 ? [1, 0] : [0, 1], photometricAt)
  const [page] = decodeTiff(blackIsZero, { pages: [index] })
  const { width, height, components: channels } = page
  const data = bitsPerSample === 16 ? Float32Array.from(page.data, halfFloat) : Float64Array.from(page.data)
  return { width, height, channels, data }
}

/** The number that 16 bits stand for (IEEE 754 binary16). */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}
