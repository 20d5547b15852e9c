import { describe, expect, it } from 'vitest'
import { annotationsOf, annotationToRle, labelMap } from '../../data/dataset.ts'
import { decodeRle, rleArea } from '../../geometry/rle.ts'
import { type CocoOptions, parseCoco } from './coco.ts'
import { parseCocoResults } from './coco-results.ts'

const image = { id: 7, width: 6, height: 5, file_name: 'a.png' }
const categories = [
  { id: 9, name: 'nucleus' },
  { id: 3, name: 'cell' },
]
const square = {
  id: 1,
  image_id: 7,
  category_id: 3,
  bbox: [1, 1, 3, 2],
  area: 6,
  segmentation: [[1, 1, 4, 1, 4, 3, 1, 3]],
}
const parse = (changes: object, options?: CocoOptions) =>
  parseCoco({ images: [image], categories, annotations: [{ ...square, ...changes }] }, 'a.json', options)
const first = (changes: object, options?: CocoOptions) => annotationsOf(parse(changes, options), 7)[0]

describe('parseCoco', () => {
  it('reads images, categories and annotations', () => {
    const dataset = parse({})
    expect(dataset.images).toEqual([{ id: 7, fileName: 'a.png', width: 6, height: 5 }])
    expect(annotationsOf(dataset, 7)).toEqual([
      {
        id: 1,
        imageId: 7,
        categoryId: 3,
        box: [1, 1, 4, 3],
        xywh: [1, 1, 3, 2],
        area: 6,
        isCrowd: false,
        segmentation: [[1, 1, 4, 1, 4, 3, 1, 3]],
      },
    ])
    expect(annotationsOf(dataset, 8)).toEqual([])
  })

  it('gives labels from 1 in ascending order of category id', () => {
    const { labelOf, categories: ordered } = labelMap(parse({}).categories)
    expect([labelOf.get(3), labelOf.get(9)]).toEqual([1, 2])
    expect(ordered[labelOf.get(9)! - 1].name).toBe('nucleus')
  })

  // Rows 1 and 2 of columns 1 to 3: in column-major runs 6 off, then three times 2 on and 3 off.
  it.each([
    ['polygons', square.segmentation, 0],
    ['uncompressed runs', { size: [5, 6], counts: [6, 2, 3, 2, 3, 2, 12] }, 1],
    ['compressed runs', { size: [5, 6], counts: '6230009' }, 1],
  ])('makes masks of %s', (_, segmentation, iscrowd) => {
    const annotation = first({ segmentation, iscrowd, area: undefined, bbox: undefined })
    expect(annotation.isCrowd).toBe(iscrowd === 1)
    const mask = decodeRle(annotationToRle(annotation, { height: 5, width: 6 }))
    expect([...mask].map((pixel, at) => (pixel ? at : -1)).filter((at) => at >= 0)).toEqual([
      7, 8, 9, 13, 14, 15,
    ])
    expect(annotation.area).toBe(6)
    expect(annotation.box).toEqual([1, 1, 4, 3])
  })

  it('counts labelled keypoints where the file does not', () => {
    expect(first({ keypoints: [1, 1, 2, 0, 0, 0, 3, 3, 1] }).keypointCount).toBe(2)
    expect(first({ keypoints: [1, 1, 2], num_keypoints: 0 }).keypointCount).toBe(0)
    expect(first({ keypoints: [], num_keypoints: 0 })).not.toHaveProperty('keypoints')
  })

  it.each([
    [
      'an unknown category',
      { category_id: 4 },
      'a.json: annotations[0]: annotation 1 has an unknown category',
    ],
    ['no image', { image_id: 8 }, 'a.json: annotations[0]: annotation 1 belongs to no image; got image_id 8'],
    ['a flat polygon', { segmentation: [1, 1, 4, 1, 4, 3] }, 'a.json: annotations[0]: segmentation[0]: '],
    [
      'an odd polygon',
      { segmentation: [[1, 1, 4, 1, 4, 3, 5]] },
      'expected a polygon [x, y, x, y, ...], got 7 numbers',
    ],
    ['a segmentation that is text', { segmentation: 'mask' }, 'segmentation is malformed'],
    [
      'a mask of another size',
      { segmentation: { size: [6, 5], counts: [30] } },
      'expected [5, 6], got [6, 5]',
    ],
    [
      'short runs',
      { segmentation: { size: [5, 6], counts: [3] } },
      'a.json: annotations[0]: segmentation: run lengths',
    ],
    ['a box of three', { bbox: [1, 1, 3] }, '"bbox" is wrong; expected 4 numbers, got [1,1,3]'],
    ['a box of text', { bbox: [1, 1, 3, '2'] }, '"bbox" is wrong'],
    [
      'no box and no mask',
      { bbox: undefined, segmentation: [] },
      '"bbox" is missing; expected 4 numbers, got nothing',
    ],
    [
      'a box without area',
      { bbox: [1, 1, 0, 2] },
      'annotation 1 has a box without area; expected width and height above 0',
    ],
    [
      'a line for a polygon',
      { segmentation: [[1, 1, 4, 1]] },
      'expected at least three points, got segmentation[0] of 2',
    ],
    ['half a keypoint', { keypoints: [1, 2] }, '"keypoints" is wrong'],
    ['an odd flag', { iscrowd: 2 }, '"iscrowd" is wrong; expected 0 or 1, got 2'],
    [
      'an id that was rounded',
      { id: Number('9007199254740993') },
      '"id" is too large; expected an integer within 9007199254740991, got about 9007199254740992. JavaScript rounds larger ones',
    ],
    ['an image id that was rounded', { image_id: 1e300 }, '"image_id" is too large'],
    ['a category id that was rounded', { category_id: -(2 ** 53) }, '"category_id" is too large'],
    ['an id of text', { id: '1' }, '"id" is wrong; expected an integer, got "1"'],
  ])('names %s', (_, changes, message) => {
    expect(() => parse(changes)).toThrow(message)
    expect(() => parse(changes)).toThrow(/^a\.json: annotations\[0\]/)
  })

  it('takes null for what an entry does not have', () => {
    const nothing = { keypoints: null, num_keypoints: null }
    expect(first(nothing)).toEqual(first({}))
    expect(first({ keypoints: [1, 1, 2], num_keypoints: null }).keypointCount).toBe(1)
    const [cell, person] = parseCoco(
      {
        images: [],
        annotations: [],
        categories: [
          { id: 1, name: 'cell', keypoints: null, skeleton: null },
          { id: 2, name: 'person', keypoints: ['nose'], skeleton: null },
        ],
      },
      'a.json',
    ).categories
    expect(cell).toEqual({ id: 1, name: 'cell' })
    expect(person).toEqual({ id: 2, name: 'person', keypoints: ['nose'], skeleton: [] })
  })

  it('counts attributes of images that are numbers beyond all that can be written', () => {
    const ignored: string[] = []
    const entry = JSON.parse('{"id": 7, "width": 6, "height": 5, "gain": 1e400, "site": "A", "scale": 0.5}')
    const { images } = parseCoco({ images: [entry], annotations: [], categories: [] }, 'a.json', {
      onIgnored: (member, where) => ignored.push(`${where}: ${member}`),
    })
    expect(images[0].attributes).toEqual({ site: 'A', scale: 0.5 })
    expect(ignored).toEqual(['a.json: images[0]: gain of images'])
  })

  it('names duplicate ids and files that are no COCO files', () => {
    const twice = { images: [image, image], categories, annotations: [] }
    expect(() => parseCoco(twice, 'a.json')).toThrow('a.json: images[1]: image id 7 is used twice')
    const same = { images: [image], categories, annotations: [square, square] }
    expect(() => parseCoco(same, 'a.json')).toThrow('a.json: annotations[1]: annotation id 1 is used twice')
    expect(() => parseCoco([], 'a.json')).toThrow('a.json: not an object; expected an object, got []')
    expect(() => parseCoco({}, 'a.json')).toThrow('a.json: "images" is missing; expected a list, got nothing')
    const flat = { images: [{ ...image, width: 0 }], categories, annotations: [] }
    expect(() => parseCoco(flat, 'a.json')).toThrow('a.json: images[0]: "width" is wrong')
  })

  it('leaves degenerate annotations out when told to, and says so', () => {
    const skipped: string[] = []
    const options: CocoOptions = { onDegenerate: 'skip', onSkipped: ({ message }) => skipped.push(message) }
    expect(first({ bbox: [1, 1, 0, 2] }, options)).toBeUndefined()
    expect(first({ segmentation: [[1, 1, 4, 1], ...square.segmentation] }, options).segmentation).toEqual(
      square.segmentation,
    )
    expect(skipped).toHaveLength(2)
    expect(first({ bbox: [1, 1, 0, 2] }, { onDegenerate: 'keep' }).box).toEqual([1, 1, 1, 3])
  })

  it('names an annotation whose mask is asked for and is not there', () => {
    const annotation = first({ segmentation: [] })
    expect(() => annotationToRle(annotation, { height: 5, width: 6 })).toThrow(
      'annotation 1: annotation has no mask',
    )
  })
})

describe('parseCocoResults', () => {
  const dataset = parse({})
  const result = { image_id: 7, category_id: 3, score: 0.5 }

  it('takes the area from the box, else from the mask, else from the keypoints', () => {
    const mask = { size: [5, 6], counts: [6, 2, 3, 2, 3, 2, 12] }
    const found = parseCocoResults(
      [
        { ...result, bbox: [0, 0, 4, 4], segmentation: mask },
        { ...result, segmentation: mask },
        { ...result, keypoints: [1, 1, 0.5, 3, 4, 0.5] },
      ],
      'r.json',
      dataset,
    )
    expect(found.map(({ id, area, xywh }) => ({ id, area, xywh }))).toEqual([
      { id: 1, area: 16, xywh: [0, 0, 4, 4] },
      { id: 2, area: 6, xywh: [1, 1, 3, 2] },
      { id: 3, area: 6, xywh: [1, 1, 2, 3] },
    ])
    expect(rleArea(annotationToRle(found[0], { height: 5, width: 6 }))).toBe(6)
  })

  it.each([
    ['results that are no list', {}, 'r.json: results are not a list'],
    [
      'another image',
      [{ ...result, image_id: 8 }],
      'r.json: [0]: result is for an image the annotations do not have',
    ],
    ['no score', [{ ...result, score: null }], 'r.json: [0]: "score" is wrong; expected a number, got null'],
    ['no shape', [result], 'r.json: [0]: result has no shape; expected bbox, segmentation or keypoints'],
    [
      'a line for a polygon',
      [{ ...result, segmentation: [[1, 1, 4, 1]] }],
      'result has a polygon that encloses nothing',
    ],
  ])('names %s', (_, json, message) => {
    expect(() => parseCocoResults(json, 'r.json', dataset)).toThrow(message)
  })
})
