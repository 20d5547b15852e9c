import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Random, random } from '../../tensor/random.ts'
import type { Sample, SampleInstance } from '../sample.ts'
import { augment, NO_AUGMENTATION } from './augment.ts'
import { pasteObjects } from './copy-paste.ts'
import { coverInstances } from './covered.ts'

/** An image of one grey with filled rectangles, each of a grey of its own. */
function scene(
  [width, height]: readonly [number, number],
  grey: number,
  rectangles: readonly (readonly [number, number, number, number])[],
): Sample {
  const data = new Uint8Array(width * height * 3).fill(grey)
  const instances = rectangles.map((box, i): SampleInstance => {
    const [x1, y1, x2, y2] = box
    for (let y = y1; y < y2; y++) data.fill(grey + 10 * (i + 1), (y * width + x1) * 3, (y * width + x2) * 3)
    return { box, label: grey + i, mask: new Uint8Array((x2 - x1) * (y2 - y1)).fill(1) }
  })
  return { image: { data, width, height }, instances, imageId: grey, fileName: `${grey}.png` }
}
const greys = ({ image }: Sample) =>
  Array.from({ length: image.height }, (_, y) =>
    Array.from({ length: image.width }, (_, x) => image.data[(y * image.width + x) * 3]),
  )
/** A generator that first says how large a share of the objects is taken, then for each whether it is. */
const drawing = (...uniforms: number[]): Random => ({
  ...random(0),
  uniform: () => uniforms.shift()!,
  integer: (below) => Math.floor(uniforms.shift()! * below),
})
const all = () => drawing(0, 0, 0.9, 0, 0, 0, 0)
const anything = { minVisible: 0, minArea: 0 }

describe('pasteObjects', () => {
  it('lays objects over the image, cuts what lies below, and drops what they hide', () => {
    // Below: 1..4 x 0..2 (wide), 4..6 x 2..4; above: 2..6 x 1..4 covers the second and the lower right of the first.
    const onto = scene([6, 4], 100, [
      [1, 0, 4, 2],
      [4, 2, 6, 4],
    ])
    const result = pasteObjects(onto, scene([6, 4], 50, [[2, 1, 6, 4]]), anything, drawing(0.5, 0.4))
    expect(greys(result)).toEqual([
      [100, 110, 110, 110, 100, 100],
      [100, 110, 60, 60, 60, 60],
      [100, 100, 60, 60, 60, 60],
      [100, 100, 60, 60, 60, 60],
    ])
    expect(result.instances).toEqual([
      { box: [1, 0, 4, 2], label: 100, mask: Uint8Array.of(1, 1, 1, 1, 0, 0) },
      { box: [2, 1, 6, 4], label: 50, mask: new Uint8Array(12).fill(1) },
    ])
    expect(greys(onto)[1]).toEqual([100, 110, 110, 110, 100, 100])
  })

  it('takes some of the objects, and is the image as it was where that is none', () => {
    const onto = scene([4, 1], 100, [])
    const other = scene([4, 1], 50, [
      [0, 0, 1, 1],
      [1, 0, 2, 1],
      [2, 0, 3, 1],
    ])
    expect(greys(pasteObjects(onto, other, anything, drawing(0.5, 0.6, 0.4, 0.5)))).toEqual([
      [100, 70, 100, 100],
    ])
    expect(pasteObjects(onto, other, anything, drawing(0, 0, 0, 0))).toBe(onto)
    const counts = [0, 0, 0, 0]
    for (let seed = 0; seed < 4000; seed++) {
      counts[pasteObjects(onto, other, anything, random(seed)).instances.length]++
    }
    // 1000 each; a standard deviation of 27.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(110)
  })

  it('shrinks boxes to what is left, and follows the rule of crops on how much that must be', () => {
    const onto = scene([10, 1], 100, [[0, 0, 10, 1]])
    const paste = (x: number, least: { minVisible: number; minArea: number }) =>
      pasteObjects(onto, scene([10, 1], 50, [[0, 0, x, 1]]), least, drawing(0.5, 0)).instances
    expect(paste(7, anything)[0]).toEqual({ box: [7, 0, 10, 1], label: 100, mask: Uint8Array.of(1, 1, 1) })
    expect(paste(7, { minVisible: 0.31, minArea: 0 }).length).toBe(1)
    expect(paste(7, { minVisible: 0.3, minArea: 4 }).length).toBe(1)
    expect(paste(7, { minVisible: 0.3, minArea: 3 }).length).toBe(2)
    expect(paste(10, anything).length).toBe(1)
  })

  it('pastes no object without a mask, and cuts none of those below', () => {
    const boxed = ({ instances: [{ box, label }], ...sample }: Sample): Sample => ({
      ...sample,
      instances: [{ box, label }],
    })
    const other = scene([4, 4], 50, [[1, 1, 4, 4]])
    const onto = boxed(scene([4, 4], 100, [[0, 0, 3, 4]]))
    expect(pasteObjects(onto, boxed(other), anything, all())).toBe(onto)
    expect(pasteObjects(onto, other, anything, drawing(0.5, 0)).instances[0]).toEqual(onto.instances[0])
    const hidden = boxed(scene([4, 4], 100, [[2, 2, 3, 4]]))
    expect(pasteObjects(hidden, other, anything, drawing(0.5, 0)).instances).toEqual(other.instances)
  })

  it('takes a window of an image of another size', () => {
    // Wider and lower than this one: one of its two places across, the lower of two down.
    const onto = scene([3, 3], 100, [])
    const other = scene([4, 2], 50, [[1, 0, 3, 2]])
    const result = pasteObjects(onto, other, anything, drawing(0.5, 0.5, 0.5, 0))
    expect(greys(result)).toEqual([
      [100, 100, 100],
      [60, 60, 100],
      [60, 60, 100],
    ])
    expect(result.instances.map(({ box }) => box)).toEqual([[0, 1, 2, 3]])
  })
})

describe('coverInstances', () => {
  it('hides keypoints below the cover, and leaves those that are hidden or not labelled', () => {
    const points = [0.5, 0.5, 2, 1.5, 0.5, 2, 3, 1, 2, 1.2, 0.2, 1, 0, 0, 0]
    const instance = { box: [0, 0, 3, 1], label: 1, keypoints: { points, mirror: [0, 1, 2, 3, 4] } } as const
    const size = { width: 3, height: 1 }
    // The third lies on the right and lower border of the image: it is in its last pixel.
    const [middle] = coverInstances([instance], Uint8Array.of(0, 1, 0), size, anything)
    expect(middle.keypoints!.points).toEqual([0.5, 0.5, 2, 1.5, 0.5, 1, 3, 1, 2, 1.2, 0.2, 1, 0, 0, 0])
    const [right] = coverInstances([instance], Uint8Array.of(0, 0, 1), size, anything)
    expect(right.keypoints!.points).toEqual([0.5, 0.5, 2, 1.5, 0.5, 2, 3, 1, 1, 1.2, 0.2, 1, 0, 0, 0])
  })
})

describe('augment with a sample to paste from', () => {
  it('keeps masks on what they show, whatever else is done', () => {
    const config = {
      ...NO_AUGMENTATION,
      crop: { height: 12, width: 9, minVisible: 0, minArea: 0 },
      ...{ quarterTurns: true, horizontalFlip: 0.5, verticalFlip: 0.5 },
    }
    const onto = scene([20, 10], 0, [
      [1, 1, 6, 4],
      [8, 2, 19, 9],
    ])
    const other = scene([7, 15], 90, [
      [0, 0, 5, 5],
      [2, 7, 6, 15],
    ])
    // Greys by label: 0 and 1 are 10 and 20, 90 and 91 are 100 and 110.
    const greyOf = (label: number) => (label < 90 ? 10 * (label + 1) : 90 + 10 * (label - 89))
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const result = augment(onto, config, random(seed), { pasted: other })
        const shown = greys(result)
        const seen = new Map<number, number>()
        for (const row of shown) for (const grey of row) seen.set(grey, (seen.get(grey) ?? 0) + 1)
        for (const { box, label, mask } of result.instances) {
          const [x1, y1, x2, y2] = box
          mask!.forEach((value, i) => {
            const [x, y] = [x1 + (i % (x2 - x1)), y1 + Math.floor(i / (x2 - x1))]
            expect(shown[y][x] === greyOf(label)).toBe(value === 1)
          })
          expect(mask!.reduce((sum, value) => sum + value, 0)).toBe(seen.get(greyOf(label)))
          expect(mask!.length).toBe((x2 - x1) * (y2 - y1))
        }
        const labelled = result.instances.map(({ label }) => greyOf(label))
        for (const grey of [10, 20, 100, 110]) expect(labelled.includes(grey)).toBe(seen.has(grey))
      }),
    )
  })
})
