import { describe, expect, it } from 'vitest'
import { type DataFacts, suggest, usualSteps } from './suggestion.ts'

const GB = 2 ** 30
const leaves: DataFacts = {
  ...{ images: 50, shorterSide: 480, elongation: 4 / 3, cores: 2, memory: 16 * GB },
  objects: {
    ...{ count: 300, categories: ['leaf'], hasMasks: true, hasKeypoints: false, tallness: 0.05 },
    ...{ small: 40, quarter: 50, median: 70, large: 110, most: 17 },
  },
}
const objects = (sides: object) => ({ ...leaves, objects: { ...leaves.objects!, ...sides } })

describe('a suggestion', () => {
  it('leaves images alone whose objects are well seen', () => {
    expect(suggest(leaves)).toEqual({
      ...{ model: 'mask-rcnn', minSize: 480, maxSize: 640, factor: 1, turns: 'all' },
      // Half of 40 is 20: the nearest power of two is 16.
      anchors: [16, 32, 64, 128, 256],
      // Three for each of 17 are fewer than it takes at least.
      proposals: { training: 300, inference: 150 },
      // Twice 110, up to a multiple of 32, is 224: less than the 288 it takes at least.
      ...{ crop: 288, minArea: 30 },
      ...{ batchSize: 4, planMemory: true, maxInstances: 40, maxDetections: 100 },
    })
  })

  it('shows middling objects at 70 pixels, and enlarges small ones', () => {
    // 960 pixels are 70 at 219 of 3000 pixels: less than the 320 it takes at least.
    const large = { ...objects({ small: 480, quarter: 700, median: 960, large: 1200 }), shorterSide: 3000 }
    expect(suggest(large)).toMatchObject({ minSize: 320, maxSize: 448, crop: 288 })
    // 50 of 400 pixels are 70 at 560, up to 576; the small ones of 30 are 43 then, half of which is nearest to 16 by ratio.
    const small = { ...objects({ small: 30, quarter: 40, median: 50 }), shorterSide: 400 }
    expect(suggest(small)).toMatchObject({ minSize: 576, anchors: [16, 32, 64, 128, 256] })
    // Not more than twice, of 256 pixels 512: half of 16 is 8.
    const tiny = {
      ...objects({ small: 8, quarter: 8, median: 8, large: 8 }),
      shorterSide: 256,
      elongation: 1,
    }
    // An eighth of 16 x 16 is 32, more than the 30 that pieces of objects have at most.
    expect(suggest(tiny)).toMatchObject({
      minSize: 512,
      maxSize: 512,
      anchors: [8, 16, 32, 64, 128],
      minArea: 30,
    })
    expect(suggest({ ...tiny, shorterSide: 1000 })).toMatchObject({ minSize: 1024, minArea: 8 })
  })

  it('keeps a quarter of the objects from becoming too small', () => {
    // 200 pixels would be 70 at 168 of 480; a quarter of 20 pixels stays at 16 with 384.
    expect(suggest(objects({ small: 15, quarter: 20, median: 200 })).minSize).toBe(384)
  })

  it('has crops for large objects, but none larger than the image', () => {
    expect(suggest(objects({ large: 190 })).crop).toBe(384)
    expect(suggest(objects({ large: 400 })).crop).toBe(480)
  })

  it.each([
    ['all', {}],
    ['mirror', { tallness: 0.8 }],
    ['mirror', { tallness: -0.5 }],
    ['mirror', { hasKeypoints: true }],
    ['none', { categories: ['left_hand', 'right_hand'] }],
    ['none', { categories: ['A', 'B', '7'] }],
    ['all', { categories: ['bright', 'leaf'] }],
  ])('turns %s of %j', (turns, sides) => {
    expect(suggest(objects(sides)).turns).toBe(turns)
  })

  it('follows the fullest image, the kind of labels and the number of images', () => {
    expect(suggest(objects({ most: 375 }))).toMatchObject({
      ...{ maxInstances: 200, maxDetections: 760, proposals: { training: 1000, inference: 1000 } },
    })
    expect(suggest(objects({ hasMasks: false })).model).toBe('faster-rcnn')
    const chosen = suggest(leaves)
    // 50 images 40 times, four a step.
    expect([50, 7, 5000].map((images) => usualSteps(images, chosen))).toEqual([500, 400, 2000])
  })

  it('takes a batch that fits into the memory, in one block where that fits as well', () => {
    // Crops of 384 take 1.15 GB each (1.73 in one block), of six tenths of the memory.
    const crops = (memory: number) => {
      const { batchSize, planMemory } = suggest({ ...objects({ large: 190 }), memory: memory * GB })
      return [batchSize, planMemory]
    }
    expect([16, 8, 4, 1].map(crops)).toEqual([
      [4, true],
      [4, false],
      [2, false],
      [1, false],
    ])
  })

  it('holds for photos without labels and of any size', () => {
    for (const shorterSide of [16, 100, 480, 4000, 20000]) {
      const { objects: _, ...unlabelled } = leaves
      const { minSize, crop, anchors } = suggest({ ...unlabelled, shorterSide })
      expect([minSize % 32, crop % 32, anchors.length]).toEqual([0, 0, 5])
      expect(minSize).toBeGreaterThanOrEqual(320)
      expect(minSize).toBeLessThanOrEqual(1024)
      expect(crop).toBeLessThanOrEqual(minSize)
    }
  })
})
