import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '../../tensor/random.ts'
import type { Sample } from '../sample.ts'
import { AFFINE_DEFAULTS, affineMatrix, drawAffine, inverse, transformed } from './affine.ts'
import { augment, NO_AUGMENTATION } from './augment.ts'
import { quarterTurn } from './quarter-turn.ts'
import { warpSample } from './warp.ts'
import { resizeWindow } from './window.ts'

const [width, height] = [6, 5]
const size = { width, height }
const whole = { x: 0, y: 0, ...size }
const everything = { fill: [9, 9, 9] as const, minVisible: 0, minArea: 0 }
const none = { rotate: 0, scale: 1, shear: 0, translate: [0, 0] as const }

/** Rows of greys, one object of ones in box 1..5 x 1..4, with one keypoint. */
function sample(): Sample {
  const grey = (x: number, y: number) => (37 * x + 11 * y * y + 5 * x * y) % 256
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3)
    return grey(pixel % width, Math.floor(pixel / width))
  })
  const mask = Uint8Array.of(0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1)
  const keypoints = { points: [3.5, 1.5, 2], mirror: [0] }
  const instances = [{ box: [1, 1, 5, 4] as const, label: 1, mask, keypoints }]
  return { image: { data, width, height }, instances, imageId: 1, fileName: 'a.png' }
}
const greys = ({ image }: Sample) =>
  Array.from({ length: image.height }, (_, y) =>
    Array.from({ length: image.width }, (_, x) => image.data[(y * image.width + x) * 3]),
  )

describe('warpSample', () => {
  it('agrees with Pillow on an image (bilinear) and its mask (nearest)', () => {
    // Image.transform(AFFINE) of Pillow 12 with the inverse of this matrix, worked out with numpy.
    const change = { rotate: 30, scale: 1.2, shear: 10, translate: [0.5, -0.25] as const }
    const matrix = affineMatrix(change, size, size, whole)
    const recorded = [1.0392304845, 0.7832443736, -1.5758023876, -0.6, 0.9334342961, 1.7164142597]
    for (const [i, value] of matrix.entries()) expect(value).toBeCloseTo(recorded[i], 9)
    const warped = warpSample(sample(), matrix, size, everything)
    const pillow = [
      [9, 79, 111, 148, 187, 133],
      [38, 71, 107, 154, 204, 152],
      [27, 69, 114, 167, 225, 120],
      [32, 72, 128, 187, 174, 132],
      [9, 87, 148, 173, 49, 66],
    ]
    // Pillow rounds to bytes in another way at most by one.
    greys(warped).forEach((row, y) => {
      for (const [x, grey] of row.entries()) expect(Math.abs(grey - pillow[y][x])).toBeLessThanOrEqual(1)
    })
    const [{ box, mask, keypoints }] = warped.instances
    expect(box).toEqual([2, 0, 6, 5])
    expect([...mask!]).toEqual([0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 0, 0, 0])
    const [x, y] = keypoints!.points
    expect(x).toBeCloseTo(3.5 * recorded[0] + 1.5 * recorded[1] + recorded[2], 8)
    expect(y).toBeCloseTo(3.5 * recorded[3] + 1.5 * recorded[4] + recorded[5], 8)
  })

  it.each([90, 180, 270])('turned by %d degrees is so many quarter turns', (rotate) => {
    // About the middle of a square window that holds all of the image.
    const square = { x: 0, y: -1, width: 6, height: 6 + 1 }
    const window = { ...square, height: 6, y: 0 }
    const framed = resizeWindow(sample(), size, window, everything)
    const matrix = affineMatrix({ ...none, rotate }, window, window, window)
    const turned = warpSample(framed, matrix, window, everything)
    const expected = quarterTurn(framed, rotate / 90)
    expect(greys(turned)).toEqual(greys(expected))
    const [one, other] = [turned.instances[0], expected.instances[0]]
    expect([one.box, one.mask]).toEqual([other.box, other.mask])
    for (const [i, value] of one.keypoints!.points.entries()) {
      expect(value).toBeCloseTo(other.keypoints!.points[i], 9)
    }
  })

  it('without a change is the window of the resized image', () => {
    // Multiples of the image's size: no centre of a pixel falls on a border between two of the source, where rounding would decide.
    const times = fc.integer({ min: 1, max: 4 })
    const sizes = fc.record({ width: times.map((n) => n * width), height: times.map((n) => n * height) })
    const windows = fc.record({
      x: fc.integer({ min: -5, max: 12 }),
      y: fc.integer({ min: -5, max: 12 }),
      width: fc.integer({ min: 1, max: 14 }),
      height: fc.integer({ min: 1, max: 14 }),
    })
    fc.assert(
      fc.property(sizes, windows, (resized, window) => {
        const matrix = affineMatrix(none, size, resized, window)
        const warped = warpSample(sample(), matrix, window, everything)
        const cut = resizeWindow(sample(), resized, window, everything)
        expect(warped.instances.map(({ box, mask }) => ({ box, mask }))).toEqual(
          cut.instances.map(({ box, mask }) => ({ box, mask })),
        )
        // A product of factors may end on the other side of a half.
        warped.image.data.forEach((value, i) => {
          if (Math.abs(value - cut.image.data[i]) > 1) throw new Error(`byte ${i}`)
        })
      }),
    )
  })

  it('leaves out objects of which too little is seen, and takes boxes by their corners', () => {
    const moved = (x: number, least: object, from = sample()) =>
      warpSample(from, [1, 0, x, 0, 1, 0], size, { ...everything, ...least }).instances
    // 9 pixels; moved by 3 to the right 3 of them are left (columns 1 and 2: 1 of the first, 2 of the second).
    expect(moved(3, { minVisible: 0.33 }).length).toBe(1)
    expect(moved(3, { minVisible: 0.34 }).length).toBe(0)
    expect(moved(3, { minArea: 4 }).length).toBe(0)
    expect(moved(0, { minArea: 10 }).length).toBe(1)
    const boxed: Sample = { ...sample(), instances: [{ box: [1, 1, 5, 4], label: 1 }] }
    const quarter = affineMatrix({ ...none, rotate: 90 }, size, size, whole)
    const [{ box }] = warpSample(boxed, quarter, size, everything).instances
    // (x, y) goes to (y + 0.5, 5.5 - x).
    for (const [i, value] of [1.5, 0.5, 4.5, 4.5].entries()) expect(box[i]).toBeCloseTo(value, 9)
    expect(moved(3, { minVisible: 0.76 }, boxed).length).toBe(0)
    expect(moved(3, { minVisible: 0.4 }, boxed)[0].box).toEqual([4, 1, 6, 4])
  })
})

describe('drawAffine', () => {
  it('stays within what is asked for, on both sides', () => {
    const config = { rotate: 30, scale: 0.2, shear: 5, translate: 0.1 }
    const drawn = Array.from({ length: 500 }, (_, seed) =>
      drawAffine(config, { width: 100, height: 50 }, random(seed)),
    )
    const range = (values: number[]) => [Math.min(...values), Math.max(...values)]
    const bounds = [
      [range(drawn.map(({ rotate }) => rotate)), [-30, 30]],
      [range(drawn.map(({ scale }) => scale)), [0.8, 1.2]],
      [range(drawn.map(({ shear }) => shear)), [-5, 5]],
      [range(drawn.map(({ translate }) => translate[0])), [-10, 10]],
      [range(drawn.map(({ translate }) => translate[1])), [-5, 5]],
    ]
    for (const [[least, most], [from, to]] of bounds) {
      const slack = (to - from) / 20
      expect(least >= from && least < from + slack).toBe(true)
      expect(most <= to && most > to - slack).toBe(true)
    }
    expect(drawAffine(AFFINE_DEFAULTS, { width: 100, height: 50 }, random(1))).toMatchObject({ scale: 1 })
  })

  it('is undone by the inverse of its matrix', () => {
    const change = { rotate: 33, scale: 0.7, shear: -12, translate: [4, -3] as const }
    const matrix = affineMatrix(change, size, { width: 13, height: 4 }, { x: 2, y: -1, width: 7, height: 9 })
    const [x, y] = transformed(inverse(matrix), ...transformed(matrix, 1.25, 3.5))
    expect([x, y].map((value) => value.toFixed(9))).toEqual(['1.250000000', '3.500000000'])
  })
})

describe('augment with an affine change', () => {
  it('keeps an edge of the image on the edge of its mask', () => {
    // A white rectangle on black: a pixel of the mask is never black, one outside never white.
    const [w, h] = [40, 30]
    const data = new Uint8Array(w * h * 3)
    const mask = new Uint8Array(20 * 12).fill(1)
    for (let y = 8; y < 20; y++) data.fill(255, (y * w + 10) * 3, (y * w + 30) * 3)
    const white: Sample = {
      image: { data, width: w, height: h },
      instances: [{ box: [10, 8, 30, 20], label: 1, mask }],
      ...{ imageId: 1, fileName: 'w.png' },
    }
    const config = {
      ...NO_AUGMENTATION,
      scale: { kind: 'factor', from: 0.7, to: 1.6 } as const,
      affine: { rotate: 180, scale: 0.2, shear: 15, translate: 0.1 },
      crop: { height: 32, width: 32, minVisible: 0, minArea: 0, fill: [0, 0, 0] as const },
    }
    for (let seed = 0; seed < 60; seed++) {
      const { image, instances } = augment(white, config, random(seed))
      const seen = new Uint8Array(32 * 32)
      for (const { box, mask } of instances) {
        const across = box[2] - box[0]
        mask!.forEach((value, i) => {
          seen[(box[1] + Math.floor(i / across)) * 32 + box[0] + (i % across)] = value
        })
      }
      seen.forEach((value, i) => {
        if (value ? image.data[3 * i] < 60 : image.data[3 * i] > 195)
          throw new Error(`seed ${seed}, pixel ${i}`)
      })
    }
  })
})
