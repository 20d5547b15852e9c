import { describe, expect, it } from 'vitest'
import { type DataFacts, suggest } from './suggestion.ts'

const leaves: DataFacts = {
  ...{ images: 50, shorterSide: 480, elongation: 4 / 3, cores: 2 },
  objects: {
    ...{ count: 300, categories: ['leaf'], hasMasks: true },
    ...{ small: 30, median: 60, large: 110, most: 17 },
  },
}
const objects = (sides: object) => ({ ...leaves, objects: { ...leaves.objects!, ...sides } })

describe('a suggestion', () => {
  it('leaves images alone whose objects are well seen', () => {
    expect(suggest(leaves)).toEqual({
      ...{ minSize: 480, maxSize: 640, factor: 1 },
      // The small ones have 30 pixels: the nearest power of two is 32.
      anchors: [32, 64, 128, 256, 512],
      // Twice 110, up to a multiple of 32, is 224: less than the 256 it takes at least.
      crop: 256,
      // 50 images 40 times, four a step.
      steps: 500,
      ...{ batchSize: 4, maxInstances: 20, maxDetections: 100 },
      // (256 / 320) ** 2 of 0.96 to 1.93 s, 500 times: 307 s to 618 s.
      minutes: [5, 11],
    })
  })

  it('enlarges small objects to 32 pixels, and shrinks large ones to 96', () => {
    // 12 pixels take 32 / 12 of 256 pixels: 683, up to 704.
    const small = { ...objects({ small: 8, median: 12, large: 20 }), shorterSide: 256, elongation: 1 }
    // 8 pixels are 22 then, nearest to 16 among the powers of two by their ratio.
    expect(suggest(small)).toMatchObject({ minSize: 704, maxSize: 704, anchors: [16, 32, 64, 128, 256] })
    // 960 pixels take a tenth of 3000: 300, up to 320.
    const large = { ...objects({ small: 480, median: 960, large: 1200 }), shorterSide: 3000 }
    expect(suggest(large)).toMatchObject({ minSize: 320, maxSize: 448, crop: 256 })
  })

  it('has crops for large objects, but none larger than the image', () => {
    expect(suggest(objects({ large: 190 })).crop).toBe(384)
    expect(suggest(objects({ large: 400 })).crop).toBe(480)
  })

  it('follows the fullest image, the number of images and the cores', () => {
    expect(suggest(objects({ most: 375 }))).toMatchObject({ maxInstances: 200, maxDetections: 760 })
    expect(suggest({ ...leaves, images: 7 }).steps).toBe(400)
    expect(suggest({ ...leaves, images: 5000 }).steps).toBe(2000)
    expect(suggest({ ...leaves, cores: 8 }).minutes[1]).toBeLessThan(suggest(leaves).minutes[1])
  })

  it('holds for photos without labels and of any size', () => {
    for (const shorterSide of [16, 100, 480, 4000, 20000]) {
      const { objects: _, ...unlabelled } = leaves
      const { minSize, crop, anchors } = suggest({ ...unlabelled, shorterSide })
      expect([minSize % 32, crop % 32, anchors.length]).toEqual([0, 0, 5])
      expect(minSize).toBeGreaterThanOrEqual(256)
      expect(minSize).toBeLessThanOrEqual(1024)
      expect(crop).toBeLessThanOrEqual(minSize)
    }
  })
})
