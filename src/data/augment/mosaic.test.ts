import { describe, expect, it } from 'vitest'
import { random } from '../../tensor/random.ts'
import type { Sample } from '../sample.ts'
import { augment, NO_AUGMENTATION } from './augment.ts'
import { mosaic } from './mosaic.ts'
import { resizeWindow } from './window.ts'

/** An image of one grey that is one object, with a keypoint in its first pixel. */
function plain(grey: number, side: number): Sample {
  return {
    image: { data: new Uint8Array(side * side * 3).fill(grey), width: side, height: side },
    instances: [
      {
        ...{ box: [0, 0, side, side], label: grey, mask: new Uint8Array(side * side).fill(1) },
        keypoints: { points: [0.5, 0.5, 2], mirror: [0] },
      },
    ],
    ...{ imageId: grey, fileName: `${grey}.png` },
  }
}
const four = [1, 2, 3, 4].map((grey) => plain(grey, 8))
const everything = { fill: [9, 9, 9] as const, minVisible: 0, minArea: 0 }

describe('mosaic', () => {
  it('has its samples in its quarters, objects and keypoints with them', () => {
    // 8 wide: the quarters meet at 0.25 + 0.5 / 2 of it; 4 high: at 0.25 + 0.5 * 0.99, rounded.
    const chance = { ...random(1), uniform: () => draws.shift()! }
    const draws = [0.5, 0.99]
    const upperLeft = (sample: Sample, size: { width: number; height: number }) =>
      resizeWindow(sample, sample.image, { x: 0, y: 0, ...size }, everything)
    const { image, instances, fileName } = mosaic(four, { width: 8, height: 4 }, upperLeft, chance)
    const rows = [0, 1, 2, 3].map((y) =>
      [...Array(8).keys()].map((x) => image.data[(y * 8 + x) * 3]).join(''),
    )
    expect(rows).toEqual(['11112222', '11112222', '11112222', '33334444'])
    expect(instances.map(({ box, label }) => [...box, label])).toEqual([
      [0, 0, 4, 3, 1],
      [4, 0, 8, 3, 2],
      [0, 3, 4, 4, 3],
      [4, 3, 8, 4, 4],
    ])
    expect(instances.map(({ keypoints }) => keypoints!.points)).toEqual([
      [0.5, 0.5, 2],
      [4.5, 0.5, 2],
      [0.5, 3.5, 2],
      [4.5, 3.5, 2],
    ])
    expect(instances[1].mask).toEqual(new Uint8Array(12).fill(1))
    expect(fileName).toBe('1.png')
  })

  it('is made of four windows, with what else is done to an image', () => {
    const config = {
      ...NO_AUGMENTATION,
      crop: { height: 6, width: 4, minVisible: 0, minArea: 0 },
      ...{ quarterTurns: true, horizontalFlip: 0.5 },
    }
    for (let seed = 0; seed < 30; seed++) {
      const { image, instances } = augment(four[0], config, random(seed), { quarters: four.slice(1) })
      expect([image.width, image.height]).toEqual([4, 6])
      expect(instances.map(({ label }) => label)).toEqual([1, 2, 3, 4])
      const areas = instances.map(({ box: [x1, y1, x2, y2] }) => (x2 - x1) * (y2 - y1))
      expect(areas.reduce((sum, area) => sum + area, 0)).toBe(24)
      for (const { box, label } of instances) expect(image.data[(box[1] * 4 + box[0]) * 3]).toBe(label)
    }
  })
})
