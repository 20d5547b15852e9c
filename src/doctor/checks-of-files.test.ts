import { describe, expect, it } from 'vitest'
import {
  at,
  both,
  cleanFile,
  edit,
  editAll,
  editImage,
  found,
  HEIGHT,
  images,
  one,
  probed,
  second,
  surveyOf,
  testCases,
  WIDTH,
} from '../../test/damaged-data.ts'
import { malformedEntries } from './checks/malformed-entries.ts'
import { missingImages } from './checks/missing-images.ts'
import { repeatedImages } from './checks/repeated-images.ts'
import { repairSurvey } from './repair.ts'

testCases('The file', [
  {
    check: 'json-dialect',
    damage: (file) => {
      file.dialect = [{ line: 3, column: 7, what: 'the number NaN' }]
    },
    finds: one('json-dialect', '0.json line 3, column 7'),
    nearMiss: (file) => {
      file.dialect = []
    },
  },
  {
    check: 'missing-lists',
    damage: ({ document }) => {
      Reflect.deleteProperty(document, 'categories')
    },
    finds: { 'missing-lists': ['0.json'], 'unknown-categories': at(...Array(24).keys()) },
    // Licences and the like may be missing.
    nearMiss: ({ document }) => {
      Reflect.deleteProperty(document, 'info')
    },
    left: { 'missing-lists': ['0.json'], 'unknown-categories': at(...Array(24).keys()) },
  },
  {
    check: 'malformed-entries',
    damage: both(
      edit(0, { id: '77' }),
      edit(1, { bbox: [2, 10, Number.POSITIVE_INFINITY, 16] }),
      edit(2, { area: 'large' }),
      edit(3, { iscrowd: 2 }),
      ({ document }) => {
        document.annotations[4].id = undefined
      },
      editImage(1, { width: 0 }),
      editImage(2, { file_name: undefined }),
    ),
    finds: { 'malformed-entries': ['0.json images[1]', '0.json images[2]', ...at(0, 1, 2, 3, 4)] },
    // Boxes and areas may be left to follow from the mask, and no image need have a name.
    nearMiss: both(edit(0, { iscrowd: true }), ({ document }) => {
      for (const image of document.images) Reflect.deleteProperty(image, 'file_name')
      Reflect.deleteProperty(document.annotations[1], 'area')
      Reflect.deleteProperty(document.annotations[1], 'bbox')
    }),
    left: { 'malformed-entries': ['0.json images[2]', ...at(3)] },
  },
  {
    check: 'duplicate-image-ids',
    damage: ({ document, probes }) => {
      document.images.push({ id: 2, file_name: 'other.png', width: WIDTH, height: HEIGHT })
      probes.set('other.png', probed(50))
    },
    finds: one('duplicate-image-ids', ...images(3)),
    nearMiss: ({ document, probes }) => {
      document.images.push({ id: 4, file_name: 'other.png', width: WIDTH, height: HEIGHT })
      document.annotations[0].image_id = 4
      probes.set('other.png', probed(50))
    },
    // Which image is meant cannot be told.
    left: one('duplicate-image-ids', ...images(3)),
  },
  {
    check: 'repeated-images',
    damage: both(
      ({ document }) => {
        document.images.push({ id: 9, file_name: './0-1.png', width: WIDTH, height: HEIGHT })
      },
      edit(1, { image_id: 9 }),
      ({ probes }) => {
        probes.set('./0-1.png', probed(1))
      },
    ),
    finds: one('repeated-images', ...images(3)),
    nearMiss: both(
      ({ document, probes }) => {
        document.images.push({ id: 9, file_name: 'a/0-1.png', width: WIDTH, height: HEIGHT })
        probes.set('a/0-1.png', probed(50))
      },
      edit(1, { image_id: 9 }),
    ),
  },
  {
    check: 'duplicate-category-ids',
    damage: ({ document }) => {
      document.categories.push({ id: 2, name: 'dead cell' })
    },
    finds: one('duplicate-category-ids', '0.json categories[2]'),
    nearMiss: ({ document }) => {
      document.categories = [...document.categories].reverse()
    },
  },
  {
    check: 'duplicate-category-names',
    damage: ({ document }) => {
      document.categories[1].name = ' Cell'
    },
    finds: one('duplicate-category-names', '0.json categories[1]'),
    nearMiss: ({ document }) => {
      document.categories[1].name = 'cell 2'
    },
  },
  {
    check: 'category-mismatch',
    damage: second(({ document }) => {
      document.categories[1].name = 'debris'
    }),
    finds: one('category-mismatch', '1.json categories[1]'),
    nearMiss: second(({ document }) => {
      document.categories = [...document.categories].reverse()
    }),
  },
  {
    check: 'loose-skeletons',
    damage: ({ document }) => {
      Object.assign(document.categories[0], { keypoints: ['middle', 'edge'], skeleton: [[0, 1]] })
    },
    finds: one('loose-skeletons', '0.json categories[0]'),
    nearMiss: ({ document }) => {
      Object.assign(document.categories[0], { keypoints: ['middle', 'edge'], skeleton: [[1, 2]] })
    },
  },
  {
    check: 'unknown-images',
    damage: edit(5, { image_id: 99 }),
    finds: one('unknown-images', ...at(5)),
    nearMiss: edit(5, {
      image_id: 2,
      segmentation: [[40, 68, 50, 68, 50, 78, 40, 78]],
      bbox: [40, 68, 10, 10],
      area: 100,
    }),
  },
  {
    check: 'unknown-categories',
    damage: edit(5, { category_id: 0 }),
    finds: one('unknown-categories', ...at(5)),
    nearMiss: edit(5, { category_id: 1 }),
    left: one('unknown-categories', ...at(5)),
  },
  {
    check: 'duplicate-annotation-ids',
    damage: edit(5, { id: 3 }),
    finds: one('duplicate-annotation-ids', ...at(5)),
    nearMiss: edit(5, { id: 30 }),
  },
  {
    check: 'non-positive-ids',
    damage: both(edit(5, { id: 0 }), edit(6, { id: -1 })),
    finds: one('non-positive-ids', ...at(5, 6)),
    // Images and categories may be counted from 0.
    nearMiss: both(
      editImage(0, { id: 0 }),
      editAll(({ image_id }) => ({ image_id: image_id === 1 ? 0 : image_id })),
    ),
  },
])

it('are quiet on clean data, one file or two', () => {
  expect(found(surveyOf([cleanFile()]))).toEqual({})
  expect(found(surveyOf([cleanFile(), cleanFile(1)]))).toEqual({})
})

describe('an id that two files have', () => {
  it.each([
    ['the second', [1, 2, 2], ['a', 'b', 'a']],
    ['the first', [2, 2, 1], ['a', 'b', 'a']],
  ])('keeps files listed twice apart where it is that of %s', (_, ids, names) => {
    const { document, probes } = cleanFile()
    document.images = ids.map((id, i) => ({ id, file_name: names[i], width: WIDTH, height: HEIGHT }))
    expect(repairSurvey(surveyOf([{ document, probes }]), [repeatedImages]).counts).toEqual([])
  })

  it.each([0, 3])('keeps the image that is missing, images[%i]', (missing) => {
    const { document, probes } = cleanFile()
    document.images.push({ id: 1, file_name: 'other.png', width: WIDTH, height: HEIGHT })
    probes.set(document.images[missing].file_name, { kind: 'missing' })
    expect(repairSurvey(surveyOf([{ document, probes }]), [missingImages]).counts).toEqual([])
  })
})

it.each([
  ['images', { width: 20_000_000 }, 'width is 20000000, height is 80'],
  [
    'annotations',
    { image_id: 2 ** 53 },
    'image_id is about 9007199254740992, too large to be read without rounding',
  ],
  ['categories', { keypoints: 'nose' }, 'keypoints is "nose"'],
  ['categories', { keypoints: ['nose', 1] }, 'keypoints is ["nose", 1]'],
  ['categories', { keypoints: ['nose'], skeleton: [[1]] }, 'skeleton is [[1]]'],
  ['categories', { keypoints: ['nose'], skeleton: [[1, 'tail']] }, 'skeleton is [[1, "tail"]]'],
  ['annotations', { keypoints: [100_000_000, 5, 2] }, 'keypoints is [100000000, 5, 2]'],
  ['annotations', { keypoints: [5, 5, 2], num_keypoints: 'one' }, 'num_keypoints is "one"'],
  ['annotations', { bbox: [100_000_000, 10, 20, 16] }, 'bbox is [100000000, 10, 20, 16]'],
  ['categories', { keypoints: null, skeleton: null }, undefined],
  ['categories', { keypoints: ['nose', 'tail'], skeleton: [[1, 2]] }, undefined],
  ['annotations', { keypoints: null, num_keypoints: null }, undefined],
  ['annotations', { keypoints: [5, 5, 2], num_keypoints: 1 }, undefined],
] as const)('malformed-entries says of %s with %j: %s', (list, change, detail) => {
  const file = cleanFile()
  Object.assign(file.document[list][0], change)
  const details = [...malformedEntries.find(surveyOf([file]))].map((finding) => finding.detail)
  expect(details).toEqual(detail === undefined ? [] : [detail])
})
