import { describe, expect, it } from 'vitest'
import { parseCoco } from '../formats/coco/coco.ts'
import { encodeRle } from '../geometry/rle.ts'
import { contactSheet, spreadImages } from './contact-sheet.ts'
import { scaleMask, shrinkPicture } from './shrink.ts'

const square = (x: number, y: number, side: number) => ({
  ...{ bbox: [x, y, side, side], area: side * side, iscrowd: 0 },
  segmentation: [[x, y, x + side, y, x + side, y + side, x, y + side]],
})

/** `counts[i]` objects on image i + 1, of which the first is of the second category; 40 x 20 pixels each. */
function datasetOf(counts: readonly number[]) {
  return parseCoco(
    {
      images: counts.map((_, i) => ({ id: i + 1, file_name: `${i + 1}.png`, width: 40, height: 20 })),
      categories: [
        { id: 1, name: 'cell' },
        { id: 2, name: 'debris' },
      ],
      annotations: counts.flatMap((count, i) =>
        Array.from({ length: count }, (_, j) => ({
          ...{ id: 100 * i + j, image_id: i + 1, category_id: j === 0 ? 2 : 1 },
          ...square(4, 4, 8),
        })),
      ),
    },
    'a.json',
  )
}

const grey = { data: new Uint8Array(40 * 20 * 3).fill(100), width: 40, height: 20 }

describe('spreadImages', () => {
  const counts = Array.from({ length: 40 }, (_, i) => (i * 7) % 40)
  const objects = (images: readonly { id: number }[]) => images.map(({ id }) => counts[id - 1])

  it('takes one image of each part, from few objects to many', () => {
    const chosen = objects(spreadImages(datasetOf(counts), { count: 8, seed: 3 }))
    // The counts are 0 to 39, so the parts are 0-4, 5-9 and so on.
    expect(chosen.map((count) => Math.floor(count / 5))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('gives the same for a seed, others for others, and all where they are few', () => {
    const dataset = datasetOf(counts)
    const [a, b, c] = [3, 3, 4].map((seed) => objects(spreadImages(dataset, { count: 8, seed })))
    expect(a).toEqual(b)
    expect(a).not.toEqual(c)
    expect(spreadImages(dataset, { count: 100, seed: 1 })).toHaveLength(40)
    expect(objects(spreadImages(dataset, { count: 100, seed: 1, category: 'debris' }))).not.toContain(0)
  })
})

describe('contactSheet', () => {
  it('puts pictures side by side, as large as whole factors allow, with a line below', () => {
    const dataset = datasetOf([1, 2, 0])
    const sheet = contactSheet(
      dataset,
      dataset.images.map((image) => ({ image, picture: grey })),
      { cell: 100 },
    )
    // Two columns and rows of 100 and 6; the pictures are 80 x 40, the texts 20 high.
    expect([sheet.width, sheet.height]).toEqual([2 * 106 + 6, 2 * (40 + 20 + 6) + 6])
    const pixel = (x: number, y: number) => [
      ...sheet.data.subarray((y * sheet.width + x) * 3, (y * sheet.width + x) * 3 + 3),
    ]
    // The first picture starts at 16, 6, a corner without objects; its object at 4, 4 has its rim at 8, 8 from there.
    expect([pixel(15, 6), pixel(16, 6)]).toEqual([
      [32, 32, 32],
      [100, 100, 100],
    ])
    expect(pixel(24, 14)).not.toEqual([100, 100, 100])
    expect(pixel(23, 14)).toEqual([100, 100, 100])
    expect(pixel(40, 14)).toEqual([100, 100, 100])
    expect(sheet.labels.map(({ text }) => text)).toEqual(['1 objec….png', '2 objec….png', '0 objec….png'])
  })

  it('shrinks what is too large, and labels objects that have room for it', () => {
    const dataset = parseCoco(
      {
        images: [{ id: 1, file_name: 'a/b.png', width: 400, height: 200 }],
        categories: [
          { id: 1, name: 'cell' },
          { id: 2, name: 'debris' },
        ],
        annotations: [
          { id: 1, image_id: 1, category_id: 1, ...square(40, 80, 100) },
          { id: 2, image_id: 1, category_id: 2, ...square(300, 80, 40) },
        ],
      },
      'a.json',
    )
    const picture = { data: new Uint8Array(400 * 200 * 3).fill(50), width: 400, height: 200 }
    const { labels, width, height } = contactSheet(dataset, [{ image: dataset.images[0], picture }], {
      cell: 200,
    })
    expect([width, height]).toEqual([212, 100 + 20 + 12])
    expect(labels).toMatchObject([
      { text: '2 objects · b.png', x: 6, y: 126 },
      // Half the size: the corner lies at 20, 40 of the picture at 6, 6. The other is 20 pixels wide.
      { text: 'cell', x: 26, y: 46 },
    ])
    const alone = contactSheet(dataset, [{ image: dataset.images[0], picture }], {
      cell: 320,
      category: 'debris',
    })
    expect(alone.labels.map(({ text }) => text)).toEqual(['1 debris · 400 x 200 · b.png'])
  })

  it('says what could not be read', () => {
    const dataset = datasetOf([1])
    const { labels } = contactSheet(dataset, [{ image: dataset.images[0] }])
    expect(labels.map(({ text }) => text)).toEqual(['cannot be read · 40 x 20 · 1.png'])
  })
})

describe('shrinking', () => {
  it('takes the mean of the pixels', () => {
    const data = Uint8Array.from([0, 10, 20, 30, 40, 50, 60, 70].flatMap((value) => [value, value, value]))
    const small = shrinkPicture({ data, width: 4, height: 2 }, { width: 2, height: 1 })
    // 0 10 40 50 and 20 30 60 70.
    expect([...small.data]).toEqual([25, 25, 25, 45, 45, 45])
  })

  it('takes what lies under the middle of each pixel of a mask, and cuts what is outside', () => {
    const bitmap = [1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0]
    const mask = encodeRle(bitmap, { width: 6, height: 2 })
    expect(scaleMask(mask, 0.5, { width: 3, height: 1 })).toEqual(
      encodeRle([1, 1, 0], { width: 3, height: 1 }),
    )
    expect(scaleMask(mask, 1, { width: 2, height: 3 })).toEqual(
      encodeRle([1, 1, 1, 1, 0, 0], { width: 2, height: 3 }),
    )
  })
})
