import { describe, expect, it } from 'vitest'
import { instanceMask } from './instance.ts'

/** 3 x 2: column 0 is half inside (its lower pixel), columns 1 and 2 whole. */
const mask = instanceMask({ size: [2, 3], counts: [1, 5] })

describe('instanceMask', () => {
  it('knows size and area', () => {
    expect(mask.size).toEqual({ height: 2, width: 3 })
    expect(mask.area).toBe(5)
  })

  it('gives the bitmap row by row', () => {
    expect([...mask.toBitmap()]).toEqual([0, 1, 1, 1, 1, 1])
  })

  it('gives runs, and COCO counts: 1 and 5 as characters from 0 on', () => {
    expect(mask.toRuns()).toEqual({ size: [2, 3], counts: [1, 5] })
    expect(mask.toRle()).toEqual({ size: [2, 3], counts: '15' })
  })

  it('is its run lengths in JSON, so that a prediction can be stored', () => {
    expect(JSON.parse(JSON.stringify({ instances: [{ mask }] }))).toEqual({
      instances: [{ mask: { size: [2, 3], counts: '15' } }],
    })
  })

  it('gives outlines along the edges of pixels', () => {
    expect(mask.toPolygons()).toEqual([{ outer: [1, 0, 3, 0, 3, 2, 0, 2, 0, 1, 1, 1], holes: [] }])
  })
})
