import { describe, expect, it } from 'vitest'
import { parseCoco } from '../formats/coco/coco.ts'
import { resolveConfig } from './config.ts'
import { architectureOf, completeModel } from './config-model.ts'
import { describedCategories, learnedKeypoints } from './run-keypoints.ts'

const names = ['nose', 'left_ear', 'right_ear']
const labelled = [5, 5, 2, 3, 3, 1, 0, 0, 0]

function dataset(keypoints: unknown, ...objects: (number[] | undefined)[]) {
  return datasetWith([[1, 2]], keypoints, ...objects)
}

function datasetWith(skeleton: number[][], keypoints: unknown, ...objects: (number[] | undefined)[]) {
  const annotations = objects.map((points, i) => ({
    ...{ id: i + 1, image_id: 1, category_id: 1, bbox: [1, 1, 7, 7], area: 49, iscrowd: 0 },
    ...(points && { keypoints: points }),
  }))
  const categories = [{ id: 1, name: 'mouse', keypoints, skeleton }]
  return parseCoco(
    { images: [{ id: 1, file_name: 'a.png', width: 9, height: 9 }], annotations, categories },
    'a',
  )
}

function config(model: string, augment = {}, val = {}) {
  const data = { images: 'images', annotations: 'labels.json' }
  const raw = {
    model: { name: model },
    data: { train: data, val: { ...data, annotations: 'val.json', ...val } },
    augment,
    steps: 1,
  }
  return resolveConfig(raw, { where: 'test' })
}

const flipped = { horizontalFlip: 0.5 }
const plan = (train: ReturnType<typeof dataset>, val?: ReturnType<typeof dataset>, augment = flipped) =>
  learnedKeypoints({ config: config('keypoint-rcnn', augment), train, val })

describe('learnedKeypoints', () => {
  it('takes count and sides from the data, where the model finds keypoints', () => {
    const train = dataset(names, labelled, undefined)
    expect(plan(train)).toEqual({ count: 3, mirrors: new Map([[1, [0, 2, 1]]]) })
    const pairs = { ...flipped, flipPairs: [['nose', 'left_ear']] }
    expect(plan(train, undefined, pairs)?.mirrors.get(1)).toEqual([1, 0, 2])
    expect(learnedKeypoints({ config: config('mask-rcnn'), train })).toBeUndefined()
  })

  it('refuses sides of keypoints for a model that finds none', () => {
    const train = dataset(names, labelled)
    const pairs = { ...flipped, flipPairs: [['left_ear', 'right_ear']] }
    expect(() => learnedKeypoints({ config: config('mask-rcnn', pairs), train })).toThrow(
      'augment.flipPairs: the model finds no keypoints that could change sides; got mask-rcnn. Leave it out, or train keypoint-rcnn',
    )
  })

  it('takes sigmas for all keypoints or for each, and refuses others', () => {
    const train = dataset(names, labelled)
    const compared = (sigmas: number[], model = 'keypoint-rcnn') =>
      learnedKeypoints({ config: config(model, flipped, { sigmas }), train, val: train })
    expect([compared([0.1])?.count, compared([0.1, 0.2, 0.3])?.count]).toEqual([3, 3])
    expect(() => compared([0.1, 0.2])).toThrow(
      'data.val.sigmas: sigmas are not those of the keypoints; expected one number for all, or 3: one for each keypoint of the data, got 2',
    )
    expect(() => compared([0.1], 'mask-rcnn')).toThrow(
      'data.val.sigmas: the model finds no keypoints that could be compared; got mask-rcnn. Leave it out, or train keypoint-rcnn',
    )
    expect(() => compared([0.1, 0, 0.3])).toThrow('data.val.sigmas')
  })

  it('refuses data without keypoints', () => {
    expect(() => plan(dataset(undefined, labelled))).toThrow(
      'labels.json: no category has keypoints; expected "keypoints" of a category: the name of each. Add them, or train a model without keypoints, such as mask-rcnn',
    )
    expect(() => plan(dataset(names, undefined, new Array(9).fill(0)))).toThrow(
      'labels.json: no object has labelled keypoints',
    )
    expect(() => plan(dataset(names, labelled), dataset(names, undefined))).toThrow(
      'val.json: no object has labelled keypoints',
    )
  })

  it.each([
    [[0, 1], '0 and 1'],
    [[3, 4], '3 and 4'],
    [[1, 1.5], '1 and 1.5'],
  ])('refuses the skeleton %j, which its model file could not say', (line, got) => {
    expect(() => plan(datasetWith([[1, 2], line], names, labelled))).toThrow(
      `labels.json: category mouse: a line of the skeleton is not between two keypoints; expected two numbers from 1 to 3: COCO counts keypoints from 1, got ${got}`,
    )
    expect(
      learnedKeypoints({ config: config('mask-rcnn'), train: datasetWith([line], names) }),
    ).toBeUndefined()
  })

  it('refuses an object with another number of keypoints than its category', () => {
    expect(() => plan(dataset(names, labelled, [1, 1, 2]))).toThrow(
      'labels.json: annotation 2 of a.png: an object has another number of keypoints than its category; expected 3, got 1',
    )
  })

  it('refuses other keypoints in validation than in training', () => {
    expect(() => plan(dataset(names, labelled), dataset(names.toReversed(), labelled))).toThrow(
      'val.json: category mouse: keypoints are not those of the model; expected nose, left_ear, right_ear, got right_ear, left_ear, nose',
    )
  })

  it('asks for both sides only where samples are flipped', () => {
    const oneSided = dataset(['left_ear', 'nose'], [5, 5, 2, 3, 3, 1])
    expect(() => plan(oneSided)).toThrow('lacks its other side')
    expect(plan(oneSided, undefined, { horizontalFlip: 0 })?.count).toBe(2)
  })
})

describe('describedCategories', () => {
  it('leaves out keypoints that no model finds', () => {
    const { categories } = dataset(names, labelled)
    expect(describedCategories(categories, { count: 3, mirrors: new Map() })).toEqual(categories)
    expect(describedCategories(categories, undefined)).toEqual([{ id: 1, name: 'mouse' }])
  })
})

describe('the architecture', () => {
  it('needs the number of keypoints where the model finds them', () => {
    const settings = completeModel({ name: 'keypoint-rcnn' })
    expect(architectureOf(settings, 1, 5)).toMatchObject({ numClasses: 2, numKeypoints: 5 })
    expect(() => architectureOf(settings, 1)).toThrow(
      'keypoint-rcnn finds keypoints, and their number is missing',
    )
    expect(architectureOf(completeModel({ name: 'mask-rcnn' }), 1, 5)).not.toHaveProperty('numKeypoints')
  })
})
