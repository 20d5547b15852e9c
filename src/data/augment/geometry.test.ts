import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeRle } from '../../geometry/rle.ts'
import { rleInstance, type Sample, type SampleInstance } from '../sample.ts'
import { horizontalFlip, verticalFlip } from './flip.ts'
import { quarterTurn } from './quarter-turn.ts'
import { resizeWindow, type Window } from './window.ts'

/** A sample by brute force: the whole image and one whole-image bitmap an object, both as lookups. */
interface Scene {
  readonly width: number
  readonly height: number
  readonly pixel: (x: number, y: number) => readonly number[]
  readonly masks: readonly ((x: number, y: number) => number)[]
}

const scenes = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) => {
    const cells = (max: number) => ({ minLength: width * height, maxLength: width * height, max })
    const bitmap = fc.array(fc.integer({ min: 0, max: 1 }), cells(1)).filter((bits) => bits.includes(1))
    return fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      grey: fc.uint8Array(cells(255)),
      bitmaps: fc.array(bitmap, { maxLength: 3 }),
    })
  })
  .map(({ width, height, grey, bitmaps }): Scene => {
    const at = (x: number, y: number) => y * width + x
    return {
      width,
      height,
      pixel: (x, y) => [grey[at(x, y)], 255 - grey[at(x, y)], (x * 31 + y) % 256],
      masks: bitmaps.map((bits) => (x, y) => bits[at(x, y)]),
    }
  })

const everyCell = <T>(
  { width, height }: { width: number; height: number },
  cell: (x: number, y: number) => T,
) => Array.from({ length: width * height }, (_, i) => cell(i % width, Math.floor(i / width)))

function sampleOf(scene: Scene): Sample {
  const { width, height } = scene
  const instances = scene.masks.map(
    (mask, i) => rleInstance(encodeRle(everyCell(scene, mask), scene), i + 1)!,
  )
  const data = Uint8Array.from(everyCell(scene, scene.pixel).flat())
  return { image: { data, width, height }, instances, imageId: 7, fileName: 'a.png', orientation: 0 }
}

/** What a sample must be when output pixel (x, y) shows source pixel `from(x, y)`; undefined is outside. */
function moved(
  scene: Scene,
  size: { width: number; height: number },
  from: (x: number, y: number) => readonly [number, number] | undefined,
) {
  const bitmaps = scene.masks.map((mask) =>
    everyCell(size, (x, y) => {
      const source = from(x, y)
      return source ? mask(...source) : 0
    }),
  )
  const labelled = bitmaps.map((bits, i) => ({ bits, label: i + 1 }))
  return labelled.filter(({ bits }) => bits.includes(1))
}

/** The instances of a sample as whole-image bitmaps; checks that every box is the tight box of its mask. */
function bitmapsOf({ image, instances }: Sample) {
  return instances.map(({ box: [x1, y1, x2, y2], label, mask }: SampleInstance) => {
    expect(mask!.length).toBe((x2 - x1) * (y2 - y1))
    const bits = new Array<number>(image.width * image.height).fill(0)
    const columns: number[] = []
    const rows: number[] = []
    mask!.forEach((value, i) => {
      const x = x1 + (i % (x2 - x1))
      const y = y1 + Math.floor(i / (x2 - x1))
      expect(x < image.width && y < image.height && x >= 0 && y >= 0).toBe(true)
      if (!value) return
      bits[y * image.width + x] = value
      columns.push(x)
      rows.push(y)
    })
    const tight = [Math.min(...columns), Math.min(...rows), Math.max(...columns) + 1, Math.max(...rows) + 1]
    expect([x1, y1, x2, y2]).toEqual(tight)
    return { bits, label }
  })
}

function expectMoved(
  scene: Scene,
  result: Sample,
  size: { width: number; height: number },
  from: (x: number, y: number) => readonly [number, number],
) {
  expect({ width: result.image.width, height: result.image.height }).toEqual(size)
  expect([...result.image.data]).toEqual(everyCell(size, (x, y) => scene.pixel(...from(x, y))).flat())
  expect(bitmapsOf(result)).toEqual(moved(scene, size, from))
}

describe('flips and turns', () => {
  it('move every pixel of image and masks where they should', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { width: w, height: h } = scene
        const sample = sampleOf(scene)
        const same = { width: w, height: h }
        const swapped = { width: h, height: w }
        expectMoved(scene, horizontalFlip(sample), same, (x, y) => [w - 1 - x, y])
        expectMoved(scene, verticalFlip(sample), same, (x, y) => [x, h - 1 - y])
        // Counter-clockwise: the right column becomes the top row.
        expectMoved(scene, quarterTurn(sample, 1), swapped, (x, y) => [w - 1 - y, x])
        expectMoved(scene, quarterTurn(sample, 2), same, (x, y) => [w - 1 - x, h - 1 - y])
        expectMoved(scene, quarterTurn(sample, 3), swapped, (x, y) => [y, h - 1 - x])
      }),
    )
  })

  it('undo themselves', () => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: 0, max: 3 }), (scene, turns) => {
        const sample = sampleOf(scene)
        expect(horizontalFlip(horizontalFlip(sample))).toEqual(sample)
        expect(verticalFlip(verticalFlip(sample))).toEqual(sample)
        expect(quarterTurn(quarterTurn(sample, turns), (4 - turns) % 4)).toEqual(sample)
      }),
    )
  })

  it('leave their sample as it was, and move boxes without masks alike', () => {
    const image = { data: new Uint8Array(5 * 4 * 3), width: 5, height: 4 }
    const boxed: Sample = {
      image,
      instances: [{ box: [0.5, 1, 2, 3.5], label: 1 }],
      imageId: 1,
      fileName: 'b',
    }
    const boxOf = ({ instances }: Sample) => instances[0].box
    expect(boxOf(horizontalFlip(boxed))).toEqual([3, 1, 4.5, 3.5])
    expect(boxOf(verticalFlip(boxed))).toEqual([0.5, 0.5, 2, 3])
    expect(boxOf(quarterTurn(boxed, 1))).toEqual([1, 3, 3.5, 4.5])
    expect(boxOf(boxed)).toEqual([0.5, 1, 2, 3.5])
  })
})

describe('keypoints', () => {
  /** Nose, left and right eye, the right one not labelled, in an image of 10 x 6. */
  const mirror = [0, 2, 1]
  const face = (points: number[]): Sample => ({
    image: { data: new Uint8Array(10 * 6 * 3), width: 10, height: 6 },
    instances: [{ box: [1, 1, 9, 5], label: 1, keypoints: { points, mirror } }],
    imageId: 1,
    fileName: 'face.png',
    orientation: 0,
  })
  const nose = [4, 3, 2]
  const sample = face([...nose, 6.5, 2, 1, 0, 0, 0])
  const pointsOf = ({ instances }: Sample) => instances[0].keypoints!.points

  it('are mirrored by flips, and are then of the other side', () => {
    expect(pointsOf(horizontalFlip(sample))).toEqual([6, 3, 2, 0, 0, 0, 3.5, 2, 1])
    expect(pointsOf(verticalFlip(sample))).toEqual([4, 3, 2, 0, 0, 0, 6.5, 4, 1])
    expect(horizontalFlip(horizontalFlip(sample))).toEqual(sample)
    expect(pointsOf(horizontalFlip(verticalFlip(sample)))).toEqual(pointsOf(quarterTurn(sample, 2)))
  })

  it('keep their sides when turned', () => {
    // Counter-clockwise: (x, y) goes to (y, 10 - x).
    expect(pointsOf(quarterTurn(sample, 1))).toEqual([3, 6, 2, 2, 3.5, 1, 0, 0, 0])
    expect(pointsOf(quarterTurn(sample, 3))).toEqual([3, 4, 2, 4, 6.5, 1, 0, 0, 0])
    expect(quarterTurn(quarterTurn(sample, 1), 3)).toEqual(sample)
  })

  it('are scaled with the image and, outside the window, no longer labelled', () => {
    const through = (window: Window, of = sample) =>
      pointsOf(resizeWindow(of, { width: 20, height: 6 }, window, everything))
    expect(through({ x: 0, y: 0, width: 20, height: 6 })).toEqual([8, 3, 2, 13, 2, 1, 0, 0, 0])
    // The nose lies on the left border of this window, the eye beyond the right one of the next.
    expect(through({ x: 8, y: 1, width: 12, height: 6 })).toEqual([0, 2, 2, 5, 1, 1, 0, 0, 0])
    expect(through({ x: 0, y: 0, width: 12, height: 6 })).toEqual([8, 3, 2, 0, 0, 0, 0, 0, 0])
    // Around a smaller image: what is not labelled stays at the origin.
    expect(through({ x: -2, y: -1, width: 40, height: 40 })).toEqual([10, 4, 2, 15, 3, 1, 0, 0, 0])
  })

  it('come with masks as well, whose boxes shrink to what is left', () => {
    const mask = rleInstance(encodeRle(new Array(60).fill(1), { height: 6, width: 10 }), 1)!
    const masked = { ...sample, instances: [{ ...sample.instances[0], ...mask }] }
    const cut = resizeWindow(
      masked,
      { width: 10, height: 6 },
      { x: 5, y: 0, width: 9, height: 6 },
      everything,
    )
    expect(cut.instances[0].box).toEqual([0, 0, 5, 6])
    expect(pointsOf(cut)).toEqual([0, 0, 0, 1.5, 2, 1, 0, 0, 0])
    expect(pointsOf(horizontalFlip(masked))).toEqual(pointsOf(horizontalFlip(sample)))
  })
})

const everything = { fill: [9, 8, 7] as const, minVisible: 0, minArea: 0 }
const windows = fc.record({
  x: fc.integer({ min: -5, max: 12 }),
  y: fc.integer({ min: -5, max: 12 }),
  width: fc.integer({ min: 1, max: 14 }),
  height: fc.integer({ min: 1, max: 14 }),
})

describe('resizeWindow', () => {
  it('without a resize cuts out the window, the fill around the image', () => {
    fc.assert(
      fc.property(scenes, windows, (scene, window) => {
        const result = resizeWindow(sampleOf(scene), scene, window, everything)
        const from = (x: number, y: number) => {
          const [sx, sy] = [x + window.x, y + window.y]
          const inside = sx >= 0 && sy >= 0 && sx < scene.width && sy < scene.height
          return inside ? ([sx, sy] as const) : undefined
        }
        const pixels = everyCell(window, (x, y) => {
          const source = from(x, y)
          return source ? scene.pixel(...source) : everything.fill
        })
        expect([...result.image.data]).toEqual(pixels.flat())
        expect(bitmapsOf(result)).toEqual(moved(scene, window, from))
      }),
    )
  })

  it('takes for masks the source pixel that holds the centre of the output pixel', () => {
    const sizes = fc.record({
      width: fc.integer({ min: 1, max: 20 }),
      height: fc.integer({ min: 1, max: 20 }),
    })
    fc.assert(
      fc.property(scenes, sizes, windows, (scene, size, window) => {
        const result = resizeWindow(sampleOf(scene), size, window, everything)
        const holds = (i: number, from: number, to: number) => Math.floor(((2 * i + 1) * from) / (2 * to))
        const expected = moved(scene, window, (x, y) => {
          const [sx, sy] = [x + window.x, y + window.y]
          if (sx < 0 || sy < 0 || sx >= size.width || sy >= size.height) return undefined
          return [holds(sx, scene.width, size.width), holds(sy, scene.height, size.height)]
        })
        expect(bitmapsOf(result)).toEqual(expected)
      }),
    )
  })

  it('is the same through a window as whole and cut afterwards', () => {
    fc.assert(
      fc.property(scenes, windows, (scene, window) => {
        const size = { width: scene.width + 4, height: scene.height * 2 }
        const whole = resizeWindow(sampleOf(scene), size, { x: 0, y: 0, ...size }, everything)
        const cut = resizeWindow(whole, size, window, everything)
        expect(resizeWindow(sampleOf(scene), size, window, everything)).toEqual(cut)
      }),
    )
  })

  const line = (values: number[]): Sample => ({
    image: { data: Uint8Array.from(values.flatMap((v) => [v, v, v])), width: values.length, height: 1 },
    instances: [],
    imageId: 1,
    fileName: 'line.png',
  })
  const resizedLine = (values: number[], width: number) => {
    const window: Window = { x: 0, y: 0, width, height: 1 }
    const { image } = resizeWindow(line(values), { width, height: 1 }, window, everything)
    return Array.from({ length: width }, (_, i) => image.data[i * 3])
  }

  it('interpolates the image at pixel centres', () => {
    // 2 -> 4: centres at -0.25 (edge), 0.25, 0.75, 1.25 (edge). 4 -> 2: halfway between two pixels.
    expect(resizedLine([0, 100], 4)).toEqual([0, 25, 75, 100])
    expect(resizedLine([10, 20, 30, 40], 2)).toEqual([15, 35])
    // 3 -> 2: centres at 0.25 and 1.75, so 0.75 * 0 + 0.25 * 40 and 0.25 * 40 + 0.75 * 200.
    expect(resizedLine([0, 40, 200], 2)).toEqual([10, 160])
  })

  it('keeps an edge of the image and the edge of its mask together at every scale', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 39 }), fc.integer({ min: 20, max: 160 }), (edge, width) => {
        const painted = line(Array.from({ length: 40 }, (_, x) => (x >= edge ? 255 : 0)))
        const instance = rleInstance({ size: [1, 40], counts: [edge, 40 - edge] }, 1)!
        const window: Window = { x: 0, y: 0, width, height: 1 }
        const { image, instances } = resizeWindow(
          { ...painted, instances: [instance] },
          window,
          window,
          everything,
        )
        const seen = Array.from({ length: width }, (_, i) => image.data[i * 3]).findIndex((v) => v > 127)
        expect(Math.abs(instances[0].box[0] - seen)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('drops what the window leaves too little of, and only what it cuts', () => {
    const bar = rleInstance({ size: [1, 10], counts: [0, 10] }, 1)!
    const sample = { ...line(new Array(10).fill(0)), instances: [bar] }
    const boxed = { ...sample, instances: [{ box: bar.box, label: 1 }] }
    const seen = (from: Sample, x: number, minVisible: number, minArea: number) =>
      resizeWindow(
        from,
        { width: 10, height: 1 },
        { x, y: 0, width: 10, height: 1 },
        { fill: [0, 0, 0], minVisible, minArea },
      ).instances.length
    for (const from of [sample, boxed]) {
      expect(seen(from, 7, 0.3, 0)).toBe(1)
      expect(seen(from, 8, 0.3, 0)).toBe(0)
      expect(seen(from, 7, 0, 4)).toBe(0)
      expect(seen(from, 6, 0, 4)).toBe(1)
      expect(seen(from, 0, 1, 11)).toBe(1)
    }
  })
})
