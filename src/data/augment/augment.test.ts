import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MICROSCOPY_AUGMENTATION } from '../../../test/microscopy-augmentation.ts'
import { random } from '../../tensor/random.ts'
import { rleInstance, type Sample } from '../sample.ts'
import { type AugmentConfig, augment, NO_AUGMENTATION } from './augment.ts'
import { drawScale } from './resize.ts'

/** 20 x 10, black; the object of label i + 1 is a filled rectangle painted in a grey of its own. */
function painted(): Sample {
  const [width, height] = [20, 10]
  const data = new Uint8Array(width * height * 3)
  const rectangles = [
    [1, 1, 6, 4],
    [8, 2, 19, 9],
  ]
  const instances = rectangles.map(([x1, y1, x2, y2], i) => {
    const counts: number[] = []
    let end = 0
    for (let x = x1; x < x2; x++) {
      counts.push(x * height + y1 - end, y2 - y1)
      end = x * height + y2
      for (let y = y1; y < y2; y++) data.fill(100 * (i + 1), (y * width + x) * 3, (y * width + x + 1) * 3)
    }
    return rleInstance({ size: [height, width], counts: [...counts, width * height - end] }, i + 1)!
  })
  return { image: { data, width, height }, instances, imageId: 3, fileName: 'painted.png' }
}

const moving: AugmentConfig = {
  crop: { height: 12, width: 8, minVisible: 0, minArea: 0, fill: [0, 0, 0] },
  quarterTurns: true,
  horizontalFlip: 0.5,
  verticalFlip: 0.5,
}

describe('augment', () => {
  it('changes nothing without augmentation', () => {
    expect(augment(painted(), NO_AUGMENTATION, random(1))).toEqual(painted())
  })

  it('is a function of sample, configuration and seed, and changes with the seed', () => {
    const config = { ...MICROSCOPY_AUGMENTATION, crop: moving.crop }
    const results = Array.from({ length: 20 }, (_, seed) => augment(painted(), config, random(seed)))
    expect(augment(painted(), config, random(7))).toEqual(results[7])
    expect(new Set(results.map(({ image }) => image.data.join())).size).toBeGreaterThan(15)
  })

  it('keeps masks on what they show, and gives crops of the asked size', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { image, instances } = augment(painted(), moving, random(seed))
        expect([image.width, image.height]).toEqual([8, 12])
        const shown = new Uint8Array(8 * 12)
        for (const {
          box: [x1, y1, x2],
          label,
          mask,
        } of instances) {
          mask!.forEach((value, i) => {
            const at = (y1 + Math.floor(i / (x2 - x1))) * 8 + x1 + (i % (x2 - x1))
            if (value) shown[at] = 100 * label
          })
        }
        expect([...shown]).toEqual(Array.from(shown, (_, i) => image.data[i * 3]))
      }),
    )
  })

  it('reaches every place and orientation', () => {
    const corners = new Set<string>()
    const config = { ...moving, crop: { ...moving.crop!, height: 10, width: 20 }, quarterTurns: false }
    for (let seed = 0; seed < 40; seed++) {
      corners.add(augment(painted(), config, random(seed)).instances[0].box.join())
    }
    // Image and crop are of one size, so only the flips are left: four places of the first rectangle.
    expect([...corners].sort()).toEqual(['1,1,6,4', '1,6,6,9', '14,1,19,4', '14,6,19,9'])
  })
})

describe('augment with colours', () => {
  it('leaves the colour around the image alone', () => {
    const fill = [124, 116, 104] as const
    const config: AugmentConfig = {
      ...NO_AUGMENTATION,
      color: { brightness: 0, contrast: 0, saturation: 0, grayscale: 0, invert: 1 },
      crop: { height: 10, width: 24, minVisible: 0, minArea: 0, fill },
    }
    const { data } = augment(painted(), config, random(2)).image
    const colors = new Set(
      Array.from({ length: data.length / 3 }, (_, i) => data.subarray(3 * i, 3 * i + 3).join()),
    )
    expect([...colors].sort()).toEqual(['124,116,104', '155,155,155', '255,255,255', '55,55,55'])
  })
})

describe('drawScale', () => {
  const photo = { height: 480, width: 640 }
  it('resizes the shortest side to one of those listed, as the detectors do', () => {
    const sides = [640, 672, 704, 736, 768, 800]
    const scale = { kind: 'shortest-side', minSize: sides, maxSize: 1333 } as const
    const drawn = Array.from({ length: 60 }, (_, seed) => drawScale(scale, photo, photo, random(seed)))
    // Of torchvision's arithmetic: geometry/fitted-size.test.ts.
    expect(drawn).toContainEqual({ height: 800, width: 1066 })
    expect(new Set(drawn.map(({ height }) => Math.ceil(height / 32))).size).toBe(6)
  })

  it('draws factors of the image and of the fit into the crop', () => {
    const crop = { height: 240, width: 240 }
    const twice = { from: 2, to: 2 }
    expect(drawScale({ kind: 'factor', ...twice }, photo, crop, random(1))).toEqual({
      height: 960,
      width: 1280,
    })
    // Fitting 640 x 480 into 240 x 240 takes a factor of 3 / 8.
    expect(drawScale({ kind: 'fit-crop', ...twice }, photo, crop, random(1))).toEqual({
      height: 360,
      width: 480,
    })
    // 480 is short of 720 by half and not short of 300.
    expect(drawScale({ kind: 'enlarge', minSize: 720, ...twice }, photo, crop, random(1))).toEqual({
      height: 1440,
      width: 1920,
    })
    expect(drawScale({ kind: 'enlarge', minSize: 300, ...twice }, photo, crop, random(1))).toEqual({
      height: 960,
      width: 1280,
    })
    // The model sees 480 x 640 at 240 x 320 by the one rule, as it is by the other.
    const resize = { kind: 'shortest-side', minSize: 240, maxSize: 1333 } as const
    expect(drawScale({ kind: 'jitter', ...twice, resize }, photo, crop, random(1))).toEqual({
      height: 480,
      width: 640,
    })
    const least = { from: 0.1, to: 0.1 }
    const own = { kind: 'enlarge', minSize: 300, maxSize: 2000 } as const
    expect(drawScale({ kind: 'jitter', ...least, resize: own }, photo, crop, random(1))).toEqual({
      height: 48,
      width: 64,
    })
    const range = { kind: 'shortest-side-range', from: 96, to: 97, maxSize: 1000 } as const
    const heights = Array.from(
      { length: 20 },
      (_, seed) => drawScale(range, { height: 32, width: 64 }, crop, random(seed)).height,
    )
    expect([...new Set(heights)].sort()).toEqual([96, 97])
  })
})
