import { describe, expect, it } from 'vitest'
import { random } from '../tensor/random.ts'
import { limitInstances, makeBatch } from './batch.ts'
import { IGNORED, type Sample, type SampleInstance } from './sample.ts'

const sample = (width: number, height: number, instances: SampleInstance[], grey = 9): Sample => ({
  image: { data: new Uint8Array(width * height * 3).fill(grey), width, height },
  instances,
  imageId: 1,
  fileName: 'a.png',
})
const zeros = (count: number) => new Array<number>(count).fill(0)
const corner: SampleInstance = { box: [1, 0, 3, 2], label: 2, mask: Uint8Array.of(1, 0, 1, 1) }

describe('makeBatch', () => {
  it('pads images at the right and bottom, rows of instances with zeros', () => {
    const feeds = makeBatch([sample(3, 2, [corner, corner]), sample(2, 5, [], 4)], { divisor: 4 })
    expect(Object.entries(feeds).map(([name, { dtype, shape }]) => [name, dtype, ...shape])).toEqual([
      ['images', 'uint8', 2, 8, 4, 3],
      ['image_sizes', 'float32', 2, 2],
      ['gt_boxes', 'float32', 2, 2, 4],
      ['gt_labels', 'int64', 2, 2],
      ['gt_masks', 'uint8', 2, 2, 8, 4],
    ])
    const red = (i: number, y: number) =>
      Array.from({ length: 4 }, (_, x) => feeds.images.data[((i * 8 + y) * 4 + x) * 3])
    expect([red(0, 0), red(0, 1), red(0, 2)]).toEqual([
      [9, 9, 9, 0],
      [9, 9, 9, 0],
      [0, 0, 0, 0],
    ])
    expect([red(1, 4), red(1, 5)]).toEqual([
      [4, 4, 0, 0],
      [0, 0, 0, 0],
    ])
    expect([...feeds.image_sizes.data]).toEqual([2, 3, 5, 2])
    expect([...feeds.gt_boxes.data]).toEqual([1, 0, 3, 2, 1, 0, 3, 2, 0, 0, 0, 0, 0, 0, 0, 0])
    expect([...feeds.gt_labels.data]).toEqual([2n, 2n, 0n, 0n])
    const masks = feeds.gt_masks.data as Uint8Array
    // Image 0, object 1, rows 0 and 1; nothing anywhere in image 1.
    expect([...masks.subarray(32, 40)]).toEqual([0, 1, 0, 0, 0, 1, 1, 0])
    expect(masks.reduce((sum, value) => sum + value, 0)).toBe(6)
    expect(masks.lastIndexOf(1)).toBeLessThan(64)
  })

  it('has one empty row where there are no instances, and the fixed size where one is asked for', () => {
    const feeds = makeBatch([sample(3, 2, [])], { size: { height: 6, width: 5 } })
    expect(feeds.images.shape).toEqual([1, 6, 5, 3])
    expect(feeds.gt_masks.shape).toEqual([1, 1, 6, 5])
    expect([...feeds.gt_labels.data]).toEqual([0n])
    expect(makeBatch([sample(3, 2, [])]).images.shape).toEqual([1, 32, 32, 3])
  })

  it('leaves masks out on request, and otherwise refuses boxes without', () => {
    const boxed = sample(3, 2, [{ box: [0.5, 0, 1, 1], label: 1 }])
    expect(makeBatch([boxed], { masks: false })).not.toHaveProperty('gt_masks')
    expect(() => makeBatch([boxed])).toThrow('a.png: an object has no mask')
  })

  it('refuses an image that does not fit the fixed size', () => {
    expect(() => makeBatch([sample(3, 2, [])], { size: { height: 2, width: 2 } })).toThrow(
      'a.png: image is larger than the fixed size of the batch; expected at most 2 x 2, got 3 x 2',
    )
  })
})

describe('makeBatch with keypoints', () => {
  it('has a row for each object, zeros where it has no keypoints', () => {
    const keypoints = { points: [1, 2, 2, 0, 0, 0], mirror: [1, 0] }
    const samples = [sample(4, 4, [corner, { ...corner, keypoints }]), sample(4, 4, [])]
    const plan = { count: 2, mirrors: new Map([[1, [1, 0]]]) }
    const { gt_keypoints } = makeBatch(samples, { divisor: 4, keypoints: plan })
    expect(gt_keypoints.shape).toEqual([2, 2, 2, 3])
    expect([...gt_keypoints.data]).toEqual([...zeros(6), 1, 2, 2, 0, 0, 0, ...zeros(12)])
    expect(makeBatch(samples, { divisor: 4 })).not.toHaveProperty('gt_keypoints')
  })
})

describe('ignored area', () => {
  // A mask without its upper left pixel, and a box over its right column and one more.
  const mask: SampleInstance = { box: [1, 0, 3, 2], label: IGNORED, mask: Uint8Array.of(0, 1, 1, 1) }
  const box: SampleInstance = { box: [1.9, 0.2, 4, 1], label: IGNORED }

  it('is summed from the upper left, each pixel once, and is no object', () => {
    const feeds = makeBatch([sample(3, 2, [corner]), sample(4, 3, [mask, box, corner])], {
      ignored: true,
      divisor: 4,
    })
    // Ignored pixels are (2, 0) and (3, 0), (1, 1) and (2, 1).
    const ignored = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 1, 3, 4, 0, 0, 1, 3, 4, 0, 0, 1, 3, 4]
    expect(feeds.ignored_area.shape).toEqual([2, 5, 5])
    expect([...feeds.ignored_area.data]).toEqual([...zeros(25), ...ignored])
    expect([...feeds.gt_labels.data]).toEqual([2n, 2n])
    expect(feeds.gt_masks.shape).toEqual([2, 1, 4, 4])
    expect('ignored_area' in makeBatch([sample(3, 2, [mask])])).toBe(false)
  })
})

describe('limitInstances', () => {
  const many = sample(
    8,
    8,
    Array.from({ length: 6 }, (_, i) => ({ box: [i, 0, i + 1, 1], label: i + 1 })),
  )
  const labels = (seed: number, limit: number) =>
    limitInstances(many, limit, random(seed))
      .instances.map(({ label }) => label)
      .filter((label) => label !== IGNORED)

  it('keeps so many, in order, the same ones for a seed', () => {
    expect(labels(1, 6)).toEqual([1, 2, 3, 4, 5, 6])
    expect(labels(3, 2)).toEqual(labels(3, 2))
    for (let seed = 0; seed < 20; seed++) {
      expect(labels(seed, 3)).toHaveLength(3)
      expect(labels(seed, 3)).toEqual(labels(seed, 3).toSorted())
    }
  })

  it('keeps the boxes of the others as ignored, and what was ignored before', () => {
    const crowd: SampleInstance = { box: [0, 0, 4, 2], label: IGNORED, mask: new Uint8Array(8).fill(1) }
    const { instances } = limitInstances(sample(8, 8, [corner, crowd, corner]), 1, random(5))
    expect(instances.filter(({ label }) => label === 2)).toEqual([corner])
    expect(instances.filter(({ label }) => label === IGNORED)).toEqual(
      expect.arrayContaining([crowd, { box: corner.box, label: IGNORED }]),
    )
    const without = limitInstances(sample(8, 8, [corner, crowd]), 1, random(5))
    expect(without.instances).toEqual([corner, crowd])
  })

  it('gives each the same chance', () => {
    const times = new Array(6).fill(0)
    for (let seed = 0; seed < 3000; seed++) for (const label of labels(seed, 2)) times[label - 1]++
    // 1000 each expected, standard deviation 26.
    for (const count of times) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})
