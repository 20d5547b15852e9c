import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp'
import { decode as decodeTiff } from 'tiff'
import { joinChannels, type SampleArray, type Samples, typeRange } from '../data/samples.ts'
import type { TiffPage } from '../data/tiff-pages.ts'
import { DataError } from '../errors.ts'
import type { Region } from '../geometry/regions.ts'

/** Depths as libvips names them, with the arrays that hold them. */
export const SAMPLE_ARRAYS = {
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

/** A page of an image file that libvips reads. */
export interface StoredPage {
  readonly input: Uint8Array | string
  readonly options: SharpOptions
  readonly metadata: Metadata
  /** Whether channels are kept as they are stored: more than 8 bits, or no colours. Otherwise it is read as RGB of 8 bits. */
  readonly keepsChannels: boolean
  /** Whether small numbers are bright, and the file says so. */
  readonly isInverted: boolean
  /** Whether it is shown as it lies in the file; otherwise EXIF turns it. */
  readonly isUpright: boolean
  /** Whether parts of it can be read without the others. */
  readonly isTiled: boolean
}

/** Channels (from 0) of a page, or of a region of one that is upright. */
export async function readPage(
  page: StoredPage,
  channels: readonly number[],
  region?: Region,
): Promise<Samples> {
  if (!page.keepsChannels) {
    const samples = await samplesOf(asRgb(page, region), 'uchar')
    // All three of grey are equal.
    if (channels.length === 1 && page.metadata.channels <= 2) return samples
    return joinChannels(channels.map((channel) => ({ samples, channel })))
  }
  const samples = await readChannels(page, channels, region)
  return page.isInverted ? { ...samples, data: storedNumbers(samples.data), isInverted: true } : samples
}

/** Whether a page can be copied by `copyPage`: libvips takes signed 16 bits for unsigned. */
export function canCopy({ metadata }: StoredPage): boolean {
  return !isSigned16(metadata)
}

/** The page in a file of libvips's own, plain pixels of which any part is read at once. */
export async function copyPage(page: StoredPage, path: string): Promise<StoredPage> {
  const picture = page.keepsChannels ? asKept(page) : asRgb(page)
  await picture.toFile(path)
  const options = { ...page.options, page: undefined, sequentialRead: false }
  const metadata = await sharp(path, options).metadata()
  return { ...page, input: path, options, metadata, isUpright: true, isTiled: true }
}

/** As people see it: RGB of 8 bits, whatever it is stored as. */
function asRgb(page: StoredPage, region?: Region): Sharp {
  return opened(page, region).removeAlpha().toColourspace('srgb')
}

/** As it is stored. */
function asKept(page: StoredPage, region?: Region): Sharp {
  const { space } = page.metadata
  return opened(page, region).pipelineColourspace(space).toColourspace(space)
}

function opened({ input, options }: StoredPage, region?: Region): Sharp {
  const picture = sharp(input, options)
  return region ? picture.extract({ ...region }) : picture.autoOrient()
}

async function readChannels(
  page: StoredPage,
  channels: readonly number[],
  region?: Region,
): Promise<Samples> {
  const { depth, space, channels: count } = page.metadata
  if (!isArray(depth)) throw new DataError(`samples of type ${depth} are not read`)
  // Of 8 and 32 bits a raw picture in grey keeps one channel only.
  const isSigned = isSigned16(page.metadata)
  if (!isSigned && (space !== 'b-w' || count === 1)) {
    const samples = await samplesOf(asKept(page, region), depth)
    return joinChannels(channels.map((channel) => ({ samples, channel })))
  }
  const parts: Samples[] = []
  for (const channel of channels) {
    const each = (value: number) => new Array<number>(count).fill(value)
    const kept = isSigned ? asKept(page, region).linear(each(1), each(2 ** 15)) : asKept(page, region)
    const single = count > 1 ? kept.extractChannel(channel as 0) : kept
    const samples = await samplesOf(single, isSigned ? 'ushort' : depth)
    const data = isSigned ? Int16Array.from(samples.data, (value) => value - 2 ** 15) : samples.data
    parts.push({ ...samples, data })
  }
  return joinChannels(parts.map((samples) => ({ samples, channel: 0 })))
}

function isSigned16({ depth, space }: Metadata): boolean {
  return depth === 'short' && space.endsWith('16')
}

/** Undoes what libvips does where white is zero: unsigned numbers are subtracted from their largest, others are left. */
export function storedNumbers(data: SampleArray): SampleArray {
  if (!(data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Uint32Array)) return data
  const [, largest] = typeRange(data)
  return data.map((value) => largest - value)
}

async function samplesOf(picture: Sharp, depth: keyof typeof SAMPLE_ARRAYS): Promise<Samples> {
  const { data, info } = await picture.raw({ depth }).toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  const isAligned = data.byteOffset % SAMPLE_ARRAYS[depth].BYTES_PER_ELEMENT === 0
  const bytes = isAligned ? data : new Uint8Array(data)
  const length = data.length / SAMPLE_ARRAYS[depth].BYTES_PER_ELEMENT
  return {
    width,
    height,
    channels,
    data: new SAMPLE_ARRAYS[depth](bytes.buffer as ArrayBuffer, bytes.byteOffset, length),
  }
}

function isArray(depth: string | undefined): depth is keyof typeof SAMPLE_ARRAYS {
  return depth !== undefined && Object.hasOwn(SAMPLE_ARRAYS, depth)
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
