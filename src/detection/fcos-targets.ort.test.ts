import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { float32, int64, toNumbers, zeros } from '../tensor/tensor.ts'
import {
  centernessOf,
  type FcosConvention,
  type FcosTargetOptions,
  fcosSquares,
  fcosTargets,
  levelRanges,
} from './fcos-targets.ts'
import { groundTruth } from './match.ts'

const STRIDES = [8, 16]

/** Squares of maps of these strides for an image of `side` pixels. */
function squaresOf(convention: FcosConvention, side = 32) {
  const maps = STRIDES.map((stride) => {
    const cells = Math.ceil(side / stride)
    return { value: constant(zeros('float32', [1, 1, cells, cells])), stride, channels: 1 }
  })
  return fcosSquares(maps, { height: side, width: side }, convention)
}

type Box = readonly [number, number, number, number]

/** Labels 1, 2, ... of boxes in that order -> the label of every place of 4 x 4 and 2 x 2 cells, and distances of places of objects. */
async function targets(boxes: readonly Box[], options: FcosTargetOptions) {
  const rows = float32(boxes.length > 0 ? boxes.flat() : [0, 0, 0, 0], [Math.max(boxes.length, 1), 4])
  const truth = groundTruth(
    constant(rows),
    constant(int64(boxes.length > 0 ? boxes.map((_, i) => i + 1) : [0])),
  )
  const found = fcosTargets(truth, squaresOf(options.convention), levelRanges(STRIDES, options), options)
  const out = await runGraph({ ...found })
  const labels = toNumbers(out.labels)
  expect(toNumbers(out.isPositive)).toEqual(labels.map((label) => Number(label > 0)))
  const distances = toNumbers(out.distances)
  return { fine: labels.slice(0, 16), coarse: labels.slice(16), distances, matched: toNumbers(out.matched) }
}

const NONE = Array.from({ length: 16 }, () => 0)

describe('places', () => {
  it('of torchvision are corners of cells, a step being the image over the grid', async () => {
    const [, squares] = squaresOf('torchvision', 40)
    const out = await runGraph({ squares })
    // 40 // 3 is 13; squares are of the stride all the same.
    const centres = [0, 13, 26].flatMap((y) => [0, 13, 26].flatMap((x) => [x - 8, y - 8, x + 8, y + 8]))
    expect(toNumbers(out.squares)).toEqual(centres)
  })

  it('of CenterMask are middles of cells', async () => {
    const [, squares] = squaresOf('centermask', 40)
    const out = await runGraph({ squares })
    const centres = [8, 24, 40].flatMap((y) => [8, 24, 40].flatMap((x) => [x - 8, y - 8, x + 8, y + 8]))
    expect(toNumbers(out.squares)).toEqual(centres)
  })
})

describe('targets', () => {
  const anywhere = { convention: 'centermask', radius: null, ranges: [20] } as const
  const large: Box = [0, 0, 32, 32]
  const small: Box = [2, 2, 14, 14]

  it('of two objects that overlap go to the smaller, each at the level of its farthest side', async () => {
    const { fine, coarse, distances } = await targets([large, small], anywhere)
    // Places at 4, 12, 20, 28. Of the large one only those in the middle are within 20 of all sides.
    expect(fine).toEqual([2, 2, 0, 0, 2, 2, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0])
    expect(coarse).toEqual([1, 1, 1, 1])
    // (4, 4) in the small one, in strides of 8; (20, 4) stands for none.
    expect(distances.slice(0, 4)).toEqual([0.25, 0.25, 1.25, 1.25])
    expect(distances.slice(8, 12)).toEqual([1, 1, 1, 1])
    // (8, 8) in the large one, in strides of 16.
    expect(distances.slice(64, 68)).toEqual([0.5, 0.5, 1.5, 1.5])
  })

  it('of places on a side or outside of every box are none', async () => {
    const { fine, coarse } = await targets([[4, 4, 12, 12]], anywhere)
    expect(fine).toEqual(NONE)
    expect(coarse).toEqual([0, 0, 0, 0])
  })

  it('at the ends of a range are of both levels for CenterMask', async () => {
    const middle = [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    // Farthest sides of the middle are 20 away at the finer level, 24 at the coarser.
    expect((await targets([large], anywhere)).fine).toEqual(middle)
    expect((await targets([large], { ...anywhere, ranges: [19.9] })).fine).toEqual(NONE)
    expect((await targets([large], { ...anywhere, ranges: [24] })).coarse).toEqual([1, 1, 1, 1])
    expect((await targets([large], { ...anywhere, ranges: [24.1] })).coarse).toEqual([0, 0, 0, 0])
  })

  it('at the ends of a range are of no level for torchvision', async () => {
    const options = { convention: 'torchvision', radius: null } as const
    // (16, 16), the only place of the coarser level inside, is 16 from all sides; (8, 8) is 24 from the farthest.
    const found = async (range: number) => targets([large], { ...options, ranges: [range] })
    expect(await found(16)).toMatchObject({ fine: NONE, coarse: [0, 0, 0, 0] })
    expect((await found(16.1)).fine[10]).toBe(1)
    expect((await found(15.9)).coarse).toEqual([0, 0, 0, 1])
  })

  it('lie within the radius of the centre, short of its end', async () => {
    const near = async (radius: number) =>
      (await targets([large], { convention: 'torchvision', radius, ranges: [100] })).fine
    expect(await near(1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0])
    expect(await near(1.5)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1])
  })

  it('of equal areas go to the first; torchvision tells no areas apart that are within 8 of each other', async () => {
    const options = { radius: null, ranges: [100] }
    const [whole, shorter, shortest]: Box[] = [
      [4, 4, 28, 28],
      [4, 4, 28, 27.9],
      [4, 4, 28, 27],
    ]
    const at = async (boxes: Box[], convention: FcosConvention) =>
      (await targets(boxes, { ...options, convention })).matched[10]
    expect(await at([whole, whole], 'torchvision')).toBe(0)
    expect(await at([whole, whole], 'centermask')).toBe(0)
    // 576 and 573.6 square pixels.
    expect(await at([whole, shorter], 'torchvision')).toBe(0)
    expect(await at([whole, shorter], 'centermask')).toBe(1)
    // 576 and 552.
    expect(await at([whole, shortest], 'torchvision')).toBe(1)
  })

  it.each(['torchvision', 'centermask'] as const)(
    'of an image without objects are none (%s)',
    async (convention) => {
      const { fine, coarse, distances } = await targets([], { convention, radius: 1.5 })
      expect(fine).toEqual(NONE)
      expect(coarse).toEqual([0, 0, 0, 0])
      expect(distances).toEqual(distances.map(() => 1))
    },
  )
})

it('centerness is 1 in the middle and falls to the sides', async () => {
  const distances = constant(float32([2, 2, 2, 2, 1, 2, 3, 2, 1, 4, 4, 1], [3, 4]))
  const found = toNumbers((await runGraph({ centerness: centernessOf(distances) })).centerness)
  for (const [i, value] of [1, Math.sqrt(1 / 3), 1 / 4].entries()) expect(found[i]).toBeCloseTo(value, 6)
})

it('ranges follow from strides, or must part the levels', () => {
  const strides = [8, 16, 32, 64, 128]
  const ends = [0, 64, 128, 256, 512, Number.POSITIVE_INFINITY]
  expect(levelRanges(strides, {})).toEqual(strides.map((_, i) => [ends[i], ends[i + 1]]))
  expect(() => levelRanges(strides, { ranges: [64, 128] })).toThrow(/4 rising numbers/)
  expect(() => levelRanges(strides, { ranges: [64, 64, 128, 256] })).toThrow(/rising/)
})
