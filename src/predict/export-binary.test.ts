import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { parseCoco } from '../formats/coco/coco.ts'
import { decodeLabelPng } from '../formats/mask-images/label-png.ts'
import { encodeLabelTiff } from '../formats/mask-images/label-tiff-writer.ts'
import { encodeRle } from '../geometry/rle.ts'
import { decodeLabelTiff } from '../node/label-tiff.ts'
import { exportPredictions, type PredictedImage } from './export.ts'
import { type Instance, instanceMask } from './instance.ts'

/** Rows of a picture: `#` is inside. */
function instance(score: number, category: string, ...rows: string[]): Instance {
  const size = { height: rows.length, width: rows[0].length }
  const bitmap = [...rows.join('')].map((cell) => (cell === '#' ? 1 : 0))
  return {
    ...{ categoryId: category === 'cell' ? 7 : 9, category, score, box: [0, 0, 4, 4] },
    mask: instanceMask(encodeRle(bitmap, size)),
  }
}

const CATEGORIES = [
  { id: 7, name: 'cell' },
  { id: 9, name: 'a/b' },
]
const block = instance(0.5, 'cell', '##......', '##......', '........', '........')
const ring = instance(0.9, 'a/b', '........', '.###....', '.#.#....', '.###....')
const empty = instance(0.4, 'cell', '........', '........', '........', '........')

function predicted(...instances: Instance[]): PredictedImage {
  return { file: 'in/a.png', prediction: { width: 8, height: 4, milliseconds: 1, instances, notes: [] } }
}

const PIXELS = { outline: 'pixels' } as const

describe('labels', () => {
  it('numbers the objects, gives shared pixels to the higher score, and tells', async () => {
    const [{ name, content, notes }] = exportPredictions(
      'labels',
      [predicted(block, ring, empty)],
      CATEGORIES,
    )
    expect(name).toBe('a-labels.png')
    const { data, width, channels } = decodeLabelPng(content as Uint8Array, name)
    expect(data).toBeInstanceOf(Uint16Array)
    expect([width, channels]).toEqual([8, 1])
    // The pixel at (1, 1) is in both.
    expect(Array.from(data).join('')).toBe('11000000' + '12220000' + '02020000' + '02220000')
    expect(notes).toEqual([
      '1 pixel of several objects is given to the one with the higher score',
      '1 object has no pixel left',
    ])
  })

  it('takes 32 bits for more objects than 16 count', async () => {
    const many = Array.from({ length: 65_536 }, () => block)
    const [{ name, content }] = exportPredictions('labels', [predicted(...many.slice(1), ring)], CATEGORIES)
    expect(name).toBe('a-labels.tif')
    const { data } = await decodeLabelTiff(content as Uint8Array, name)
    expect(Array.from(data).slice(8, 12)).toEqual([1, 65_536, 65_536, 65_536])
  }, 60_000)

  it('writes strips that libvips puts together', async () => {
    const size = { width: 1500, height: 1501 }
    const labels = Uint32Array.from({ length: size.width * size.height }, (_, i) => (i >> 6) * 65_537)
    const { data, width, height } = await decodeLabelTiff(encodeLabelTiff(labels, size), 'a.tif')
    expect([width, height]).toEqual([1500, 1501])
    expect(Buffer.from(Uint32Array.from(data).buffer).equals(Buffer.from(labels.buffer))).toBe(true)
  })
})

describe('imagej', () => {
  const [{ name, content, notes }] = exportPredictions(
    'imagej',
    [predicted(block, ring, empty)],
    CATEGORIES,
    PIXELS,
  )
  const rois = unzipSync(content as Uint8Array)
  const [first, second] = Object.values(rois)

  it('holds a region for each instance, by number, category and score', () => {
    expect(name).toBe('a.zip')
    expect(Object.keys(rois)).toEqual(['0001 cell 0.50.roi', '0002 a_b 0.90.roi'])
    expect(notes).toEqual(['1 empty masks are left out'])
  })

  // The layout is that of ImageJ's RoiDecoder; roifile 2025 (Python) reads the same of these bytes.
  it('writes one ring as a polygon with exact corners', () => {
    const view = new DataView(first.buffer, first.byteOffset, first.length)
    expect(new TextDecoder().decode(first.subarray(0, 4))).toBe('Iout')
    expect([view.getUint8(6), view.getUint16(16), view.getUint16(50)]).toEqual([0, 4, 128])
    expect([8, 10, 12, 14].map((at) => view.getInt16(at))).toEqual([0, 0, 2, 2])
    expect(Array.from({ length: 8 }, (_, i) => view.getFloat32(64 + 16 + 4 * i))).toEqual([
      0, 2, 2, 0, 0, 0, 2, 2,
    ])
    const header = view.getInt32(60)
    const text = new TextDecoder('utf-16be').decode(
      first.subarray(view.getInt32(header + 16), view.getInt32(header + 16) + 2 * view.getInt32(header + 20)),
    )
    expect(text).toBe('0001 cell 0.50')
    expect(view.getUint8(header + 30)).toBe(1)
  })

  it('writes a mask with a hole as one shape of two rings', () => {
    const view = new DataView(second.buffer, second.byteOffset, second.length)
    expect([view.getUint8(6), view.getInt32(36)]).toEqual([1, 2 * (4 * 3 + 1)])
    const shape = Array.from({ length: 26 }, (_, i) => view.getFloat32(64 + 4 * i))
    expect(shape).toEqual([
      ...[0, 1, 1, 1, 4, 1, 1, 4, 4, 1, 1, 4, 4],
      ...[0, 2, 2, 1, 2, 3, 1, 3, 3, 1, 3, 2, 4],
    ])
  })
})

describe('a complete COCO file', () => {
  it('lies beside the results, and is read back with images, categories and masks', () => {
    const files = exportPredictions('coco', [predicted(block, ring, empty)], CATEGORIES, PIXELS)
    expect(files.map(({ name }) => name)).toEqual(['predictions.json', 'predictions-coco.json'])
    const document = JSON.parse(files[1].content as string)
    const dataset = parseCoco(document, 'predictions-coco.json')
    expect(dataset.images).toMatchObject([{ id: 1, fileName: 'a.png', width: 8, height: 4 }])
    expect(dataset.categories).toMatchObject(CATEGORIES)
    expect(document.annotations.map((entry: { area: number }) => entry.area)).toEqual([4, 8, 0])
    expect(document.annotations[0]).toMatchObject({
      ...{ id: 1, image_id: 1, category_id: 7, iscrowd: 0, score: 0.5 },
      segmentation: [[0, 0, 2, 0, 2, 2, 0, 2]],
    })
    expect(document.annotations[1].segmentation).toEqual(ring.mask?.toRle())
  })

  it('names images as seen from the folder that all share, where `data convert` finds them', () => {
    const named = (...names: string[]) => {
      const images = names.map((file) => ({ ...predicted(), file }))
      const [, { content }] = exportPredictions('coco', images, CATEGORIES, PIXELS)
      return JSON.parse(content as string).images.map(({ file_name }: { file_name: string }) => file_name)
    }
    expect(named('../a/b.png', '../a/c/d.png')).toEqual(['b.png', 'c/d.png'])
    expect(named('x\\y\\1.png', 'x\\y\\2.png')).toEqual(['1.png', '2.png'])
    expect(named('a.png')).toEqual(['a.png'])
  })
})
