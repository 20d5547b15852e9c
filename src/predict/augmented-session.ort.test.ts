import { describe, expect, it } from 'vitest'
import {
  randomModelFile,
  thinArchitectures,
  thinCenterMaskFile,
  thinKeypointModelFile,
  thinModelFile,
} from '../../test/thin-model.ts'
import { nodePlatform } from '../node/platform.ts'
import { random } from '../tensor/random.ts'
import { loadDetector } from './detector.ts'

const [width, height] = [96, 64]

/** Blobs that are not symmetric, and the same with left and right swapped. */
function pictures() {
  const { integer } = random(5)
  const data = new Uint8Array(width * height * 3).fill(40)
  for (let k = 0; k < 6; k++) {
    const [x0, y0, side] = [integer(width - 20), integer(height - 20), 8 + integer(12)]
    const color = [integer(255), integer(255), integer(255)]
    for (let y = y0; y < y0 + side; y++)
      for (let x = x0; x < x0 + side; x++) data.set(color, 3 * (y * width + x))
  }
  const swapped = new Uint8Array(data.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      swapped.set(
        data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
        3 * (y * width + width - 1 - x),
      )
  return [
    { data, width, height },
    { data: swapped, width, height },
  ]
}

const models = {
  'Mask R-CNN': thinModelFile(),
  'Keypoint R-CNN with masks': thinKeypointModelFile({ masks: true }),
  CenterMask: thinCenterMaskFile(),
  ...Object.fromEntries(thinArchitectures().map((config) => [config.model, randomModelFile(config)])),
}

describe.each(Object.entries(models))('an image looked at several times by %s', (name, file) => {
  it('is found as it is when it is looked at once', { timeout: 60_000 }, async () => {
    const [picture] = pictures()
    await using detector = await loadDetector(nodePlatform, file, { device: 'cpu', threads: 1 })
    const plain = await detector.detect(picture, { score: 0 })
    const once = await detector.detect(picture, { score: 0, tta: {} })
    expect(plain.instances.length).toBeGreaterThan(0)
    // Boxes of CenterMask are suppressed before they are cut to the image; cut ones may overlap more.
    if (name !== 'CenterMask') expect(once.instances.length).toBe(plain.instances.length)
    for (const { box, score, category, keypoints } of once.instances) {
      const expected = plain.instances.find((other) => other.score === score && other.category === category)
      expect(expected).toBeDefined()
      for (const [k, side] of box.entries()) expect(side).toBeCloseTo(expected!.box[k], 3)
      expect(keypoints?.length).toBe(expected!.keypoints?.length)
    }
  })

  it('is found mirrored where it is mirrored', { timeout: 60_000 }, async () => {
    const [picture, swapped] = pictures()
    await using detector = await loadDetector(nodePlatform, file, { device: 'cpu', threads: 1 })
    const tta = { flip: true, scales: [1.25] }
    const [a, b] = [
      await detector.detect(picture, { score: 0, tta }),
      await detector.detect(swapped, { score: 0, tta }),
    ]
    expect(b.instances.length).toBe(a.instances.length)
    for (const [i, { box, score, maskScore, mask, keypoints }] of a.instances.entries()) {
      const other = b.instances[i]
      expect(score).toBeCloseTo(other.score, 5)
      const [x1, y1, x2, y2] = other.box
      const expected = [width - x2, y1, width - x1, y2]
      for (const [k, side] of box.entries()) expect(side).toBeCloseTo(expected[k], 2)
      if (maskScore !== undefined) expect(maskScore).toBeCloseTo(other.maskScore!, 4)
      if (mask) {
        const [ours, theirs] = [mask.toBitmap(), other.mask!.toBitmap()]
        const differing = ours.filter((inside, at) => {
          const [y, x] = [Math.floor(at / width), at % width]
          return inside !== theirs[y * width + width - 1 - x]
        }).length
        // Pasting truncates the corners of boxes toward zero, which is not symmetric.
        expect(differing).toBeLessThan(0.1 * width * height)
      }
      const sides = ['right_tip', 'left_tip', 'base']
      keypoints?.forEach((point, k) => {
        const twin = other.keypoints!.find(({ name }) => name === sides[k])!
        expect(point.score).toBeCloseTo(twin.score, 3)
      })
    }
  })
})

it('is for model files, and for sizes that make sense', async () => {
  await using detector = await loadDetector(nodePlatform, models['Mask R-CNN'], { device: 'cpu', threads: 1 })
  const [picture] = pictures()
  await expect(detector.detect(picture, { tta: { scales: [9] } })).rejects.toThrow(
    'tta: option is wrong; expected scales from 0.25 to 4, got 9',
  )
  await expect(detector.detect(picture, { tta: { flips: true } as object })).rejects.toThrow(
    'flips is not an option',
  )
})
