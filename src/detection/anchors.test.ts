import { describe, expect, it } from 'vitest'
import { ConfigError } from '../errors.ts'
import { input } from '../graph/value.ts'
import { anchorCounts, cellAnchors, levelAnchors, PYRAMID_ANCHORS } from './anchors.ts'
import { featureMap } from './feature-map.ts'

describe('cellAnchors', () => {
  it('rounds half to even, ratio outermost', () => {
    // sqrt(1/2) * 32 / 2 = 11.3 and 32 / sqrt(1/2) / 2 = 22.6; recorded as such in tv-det-utils-a (cell_anchors.fpn).
    expect(cellAnchors([32], [0.5, 1, 2])).toEqual([
      [-23, -11, 23, 11],
      [-16, -16, 16, 16],
      [-11, -23, 11, 23],
    ])
    // Half of 5 is 2.5, of 7 is 3.5: to the even neighbours 2 and 4.
    expect(cellAnchors([5, 7], [1])).toEqual([
      [-2, -2, 2, 2],
      [-4, -4, 4, 4],
    ])
  })
})

describe('anchorCounts', () => {
  it('counts the cells of every level, rounded up, times the anchors of a cell', () => {
    // 96 x 160: 24 x 40, 12 x 20, 6 x 10, 3 x 5, and P6 2 x 3 cells of 3 anchors.
    expect(anchorCounts(PYRAMID_ANCHORS, [4, 8, 16, 32, 64], { height: 96, width: 160 })).toEqual([
      2880, 720, 180, 45, 18,
    ])
  })
})

describe('levelAnchors', () => {
  it('refuses maps without anchors of their own', () => {
    const maps = [featureMap(input('p2', 'float32', [1, 8, 'H', 'W']), 4)]
    expect(() => levelAnchors(PYRAMID_ANCHORS, maps, { height: 64, width: 64 })).toThrow(ConfigError)
    expect(() => levelAnchors(PYRAMID_ANCHORS, maps, { height: 64, width: 64 })).toThrow(
      'model.anchors: there must be anchors for every feature map; expected a list of sizes and one of aspectRatios for each stride: 4, got 5',
    )
  })
})
