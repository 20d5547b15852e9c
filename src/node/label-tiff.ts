import sharp from 'sharp'
import { planesAsPages } from '../data/planar-tiff.ts'
import { joinChannels, type Samples } from '../data/samples.ts'
import { readTiffPages, type TiffPage } from '../data/tiff-pages.ts'
import { DataError } from '../errors.ts'
import type { LabelRaster } from '../formats/mask-images/label-png.ts'
import { checkPlanes, isApart, WHITE_IS_ZERO } from './stored-image.ts'
import { SAMPLE_ARRAYS, storedNumbers } from './stored-samples.ts'

const SAMPLES = { ...SAMPLE_ARRAYS, double: Float64Array }

/**
 * Samples of a TIFF file as they are stored, of any compression and byte order: whole numbers of 8 to 32 bits or floats,
 * also where the file says that zero is white, or keeps its channels apart. Throws `DataError` naming `where` for doubles, a
 * file of several pages, no TIFF, and one that is damaged.
 */
export async function decodeLabelTiff(tiff: Uint8Array, where: string): Promise<LabelRaster> {
  try {
    const { pages = 1 } = await sharp(tiff, { failOn: 'error' }).metadata()
    if (pages > 1) {
      throw new DataError('TIFF file has several pages', {
        where,
        expected: 'one image',
        got: `${pages} pages`,
        hint: 'Save each plane of a stack as a file of its own',
      })
    }
    const [page] = await readTiffPages((offset, length) => tiff.subarray(offset, offset + length), where)
    checkPlanes(page, where)
    if (!isApart(page)) return await readRaster(tiff, 0, page)
    const unfolded = planesAsPages(tiff, page)
    const planes: Samples[] = []
    for (let plane = 0; plane < page.samplesPerPixel; plane++)
      planes.push(await readRaster(unfolded, plane, page))
    return joinChannels(planes.map((samples) => ({ samples, channel: 0 })))
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    const reason = (cause instanceof Error ? cause.message : String(cause)).trim().split('\n').at(-1)
    if (reason?.includes('samples out of range')) {
      const expected = 'whole numbers of 8, 16 or 32 bits'
      throw new DataError('samples of the TIFF file are not supported', { where, expected }, { cause })
    }
    const hint = 'Copy or export it again'
    throw new DataError(`TIFF is damaged or cut short: ${reason?.trim()}`, { where, hint }, { cause })
  }
}

async function readRaster(tiff: Uint8Array, index: number, { photometric }: TiffPage): Promise<Samples> {
  const options = { failOn: 'error', ignoreIcc: true, limitInputPixels: 2 ** 29, page: index } as const
  const { depth, space, channels: count } = await sharp(tiff, options).metadata()
  if (!isDepth(depth)) throw new Error(`samples of type ${depth}`)
  const stored = sharp(tiff, options).pipelineColourspace(space).toColourspace(space)
  // libvips takes signed 16 bits for unsigned.
  const isSigned16 = depth === 'short'
  const each = (value: number) => new Array<number>(count).fill(value)
  const { data, info } = await (isSigned16 ? stored.linear(each(1), each(2 ** 15)) : stored)
    .raw({ depth: isSigned16 ? 'ushort' : depth })
    .toBuffer({ resolveWithObject: true })
  const bytes = data.buffer.slice(data.byteOffset, data.byteOffset + data.length) as ArrayBuffer
  const { width, height, channels } = info
  const samples = isSigned16
    ? Int16Array.from(new Uint16Array(bytes), (value) => value - 2 ** 15)
    : new SAMPLES[depth](bytes)
  const isInverted = photometric === WHITE_IS_ZERO
  return { width, height, channels, data: isInverted ? storedNumbers(samples) : samples }
}

function isDepth(depth: string | undefined): depth is keyof typeof SAMPLES {
  return depth !== undefined && Object.hasOwn(SAMPLES, depth)
}
