import { describe, expect, it } from 'vitest'
import { openGolden } from '../../test/goldens.ts'
import { largestError } from '../../test/parity/largest-error.ts'
import { type RoiResult, roiCases, runRoiCases } from '../../test/parity/ops-roi.ts'
import { runGraph } from '../../test/run-graph.ts'
import type { Target } from '../graph/op.ts'
import { constant, input, type Value } from '../graph/value.ts'
import { float32, int64, tensor, toNumbers } from '../tensor/tensor.ts'
import { maxPool } from './pool.ts'
import { type RoiAlignOptions, roiAlign } from './roi-align.ts'
import { roiAlignGradients } from './roi-align-gradient.ts'

const golden = openGolden('ops-roi-a')

describe('roiAlign against torchvision', async () => {
  const cases = roiCases(golden).filter(({ op }) => op === 'roi_align')
  const results = await runRoiCases(golden, cases)
  it.each(cases)('$key', (example) => expectRecorded(example.key, results.get(example.key)!))

  it.each(['roi_align.s1.al1.sr0.7x7', 'roi_align.s0.al0.sr2.3x5'])(
    '%s, on a map whose size the graph does not know',
    async (key) => {
      const chosen = cases.filter((example) => example.key === key)
      const symbolic = await runRoiCases(golden, chosen, { isSizeKnown: false })
      expectRecorded(key, symbolic.get(key)!)
    },
  )

  function expectRecorded(key: string, { out, gradient, native }: RoiResult) {
    expect(largestError(golden, `${key}.out`, out)).toBeLessThan(1e-5)
    expect(largestError(golden, `${key}.out`, native)).toBeLessThan(1e-5)
    expect(largestError(golden, `${key}.grad_x`, gradient)).toBeLessThan(2e-5)
  }
})

const LOWERINGS: readonly (readonly [string, Target['roiAlign'], number])[] = [
  ['gather', 'gather', 2],
  ['separable', 'gather', 0],
  ['native, fixed sampling', 'native', 2],
  ['native, adaptive sampling', 'native', 0],
]

describe.each(LOWERINGS)('roiAlign over a pyramid, %s', (_, target, samplingRatio) => {
  const maps = [0, 1, 2].map((level) => input(`map${level}`, 'float32', [2, 2, `H${level}`, `W${level}`]))
  const rois = input('rois', 'float32', ['R', 4])
  const batchIndices = input('images', 'int64', ['R'])
  const levels = input('levels', 'int64', ['R'])
  const options: RoiAlignOptions = {
    outputSize: [2, 1],
    spatialScales: [1 / 4, 1 / 8, 1 / 16],
    samplingRatio,
    aligned: true,
  }
  const out = roiAlign({ features: maps, rois, batchIndices, levels }, options)

  // Pixel (y, x) of level l, image n, channel c holds 1000 l + 100 n + 50 c + 4 y + x: linear, so the mean of a
  // bin away from the border is the value at its centre.
  const feeds = Object.fromEntries(
    maps.map((_, level) => {
      const [height, width] = [32 >> level, 48 >> level]
      const values = [0, 1].flatMap((n) =>
        [0, 1].flatMap((c) =>
          Array.from({ length: height * width }, (_, i) => {
            return 1000 * level + 100 * n + 50 * c + 4 * Math.floor(i / width) + (i % width)
          }),
        ),
      )
      return [`map${level}`, float32(values, [2, 2, height, width])]
    }),
  )

  it('takes each RoI from its level and image, in order', async () => {
    const boxes = [
      { level: 2, image: 1, box: [32, 32, 96, 64] },
      { level: 0, image: 0, box: [20, 12, 30, 34] },
      { level: 2, image: 0, box: [40, 24, 100, 90] },
      { level: 0, image: 1, box: [64, 64, 128, 80] },
    ]
    const result = await runGraph(
      { out },
      {
        ...feeds,
        rois: float32(
          boxes.flatMap(({ box }) => box),
          [4, 4],
        ),
        images: int64(boxes.map(({ image }) => image)),
        levels: int64(boxes.map(({ level }) => level)),
      },
      { target: { roiAlign: target } },
    )
    const expected = boxes.flatMap(({ level, image, box: [x1, y1, x2, y2] }) =>
      [0, 1].flatMap((channel) =>
        [0.25, 0.75].map((part) => {
          const scale = 1 / (4 << level)
          const x = ((x1 + x2) / 2) * scale - 0.5
          const y = (y1 + part * (y2 - y1)) * scale - 0.5
          return 1000 * level + 100 * image + 50 * channel + 4 * y + x
        }),
      ),
    )
    expect(result.out.shape).toEqual([4, 2, 2, 1])
    for (const [i, value] of toNumbers(result.out).entries()) expect(value).toBeCloseTo(expected[i], 2)
  })

  it('pools nothing from no RoIs', async () => {
    const none = { rois: float32([], [0, 4]), images: int64([]), levels: int64([]) }
    const result = await runGraph({ out }, { ...feeds, ...none }, { target: { roiAlign: target } })
    expect(result.out.shape).toEqual([0, 2, 2, 1])
  })

  it('gives maps without a RoI a gradient of zeros', async () => {
    const outGradient = input('outGradient', 'float32', ['R', 2, 2, 1])
    const problem = { features: maps, rois, batchIndices, levels, ...options }
    const gradients = roiAlignGradients(problem, outGradient, () => true)
    const result = await runGraph(
      Object.fromEntries(gradients.map((value, level) => [`gradient${level}`, value as Value])),
      {
        ...feeds,
        rois: float32([32, 32, 96, 64], [1, 4]),
        images: int64([1]),
        levels: int64([1]),
        outGradient: float32([1, 2, 10, 20], [1, 2, 2, 1]),
      },
    )
    const sums = [0, 1, 2].map((level) => {
      const { shape, data } = result[`gradient${level}`]
      const perMap = (shape[2] as number) * (shape[3] as number)
      return [0, 1, 2, 3].map((k) =>
        Array.from(data as Float32Array)
          .slice(k * perMap, (k + 1) * perMap)
          .reduce((a, b) => a + b, 0),
      )
    })
    // Within the map every bin's weights add up to 1, so each channel gets the sum of its bins, in image 1 alone.
    expect(sums[0]).toEqual([0, 0, 0, 0])
    expect(sums[2]).toEqual([0, 0, 0, 0])
    for (const [k, expected] of [0, 0, 3, 30].entries()) expect(sums[1][k]).toBeCloseTo(expected, 4)
  })
})

describe('roiAlign with odd RoIs', () => {
  it.each([0, 2])('gives zeros for RoIs that are no numbers, sampling %i', async (samplingRatio) => {
    const map = constant(float32([1, 2, 3, 4], [1, 1, 2, 2]))
    const rois = constant(tensor('float32', [1, 4], Float32Array.from([Number.NaN, 0, Number.NaN, 2])))
    const out = roiAlign(
      { features: [map], rois, batchIndices: constant(int64([0])) },
      { outputSize: [2, 2], spatialScales: [1], samplingRatio, aligned: true },
    )
    expect(toNumbers((await runGraph({ out })).out)).toEqual([0, 0, 0, 0])
  })

  it('samples an absurdly large RoI without absurd memory', async () => {
    const map = constant(float32([1, 1, 1, 1], [1, 1, 2, 2]))
    const rois = constant(float32([-1e6, -1e6, 1e6, 1e6], [1, 4]))
    const out = roiAlign(
      { features: [map], rois, batchIndices: constant(int64([0])) },
      { outputSize: [1, 1], spatialScales: [1], samplingRatio: 0, aligned: false },
    )
    // 2e6 samples per axis, of which the 3 of [-1, 2] count (4 with both ends): between 9 and 16 of 4e12.
    const [value] = toNumbers((await runGraph({ out })).out)
    expect(value).toBeGreaterThan(2e-12)
    expect(value).toBeLessThan(5e-12)
  })
})

describe('the largest of samples', () => {
  const boxes = [
    3.3, 2.1, 17.9, 14.6, -6.2, 9.7, 8.4, 40.3, 60, 60, 80, 70, 15.1, 12.4, 6.3, 3.8, 0, 0, 36, 28,
  ]
  const problem = {
    features: [
      constant(
        float32(
          Array.from({ length: 2 * 3 * 7 * 9 }, (_, i) => ((i * 7919) % 251) / 25 - 5),
          [2, 3, 7, 9],
        ),
      ),
    ],
    rois: constant(float32(boxes, [5, 4])),
    batchIndices: constant(int64([0, 1, 0, 1, 1])),
  }

  it.each([
    [1, true],
    [2, true],
    [3, false],
  ])('of %i along a side, aligned %s, are those of bins so much smaller', async (samplingRatio, aligned) => {
    const shared = { spatialScales: [1 / 4], aligned }
    const out = roiAlign(problem, { ...shared, outputSize: [3, 2], samplingRatio, reduce: 'max' })
    // A bin's samples lie in the middles of its parts.
    const parts = [3 * samplingRatio, 2 * samplingRatio] as const
    const single = roiAlign(problem, { ...shared, outputSize: parts, samplingRatio: 1 })
    const results = await runGraph({ out, expected: maxPool(single, { kernel: samplingRatio }) }, {})
    expect(results.out.shape).toEqual([5, 3, 3, 2])
    const expected = toNumbers(results.expected)
    for (const [i, value] of toNumbers(results.out).entries()) expect(value).toBeCloseTo(expected[i], 5)
  })

  it('needs a fixed number of them', () => {
    const options = { outputSize: [3, 2], spatialScales: [1 / 4], samplingRatio: 0, aligned: true } as const
    expect(() => roiAlign(problem, { ...options, reduce: 'max' })).toThrow(
      'the largest of samples needs a fixed number of them; expected 1 or more samples per bin and axis, got 0 (adaptive)',
    )
  })
})
