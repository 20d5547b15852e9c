import { describe, expect, it } from 'vitest'
import { groupedByAspect } from './aspect-groups.ts'

/** Landscapes are `l`, portraits `p`, squares `s`, numbered by their place. */
const images = (text: string) =>
  [...text].map((kind, id) => ({
    ...{ id, fileName: `${kind}${id}` },
    width: kind === 'l' ? 9 : 6,
    height: kind === 'p' ? 9 : 6,
  }))
const grouped = (text: string, batchSize: number, begun?: number) =>
  groupedByAspect(images(text), batchSize, begun).map(({ fileName }) => fileName)

describe('images grouped by aspect', () => {
  it('make batches of one orientation, in the order in which they are full', () => {
    // Pairs: l0 l2, then p1 p4, then s3 l5; p6 is left.
    expect(grouped('lplsplp', 2)).toEqual(['l0', 'l2', 'p1', 'p4', 's3', 'l5', 'p6'])
    expect(grouped('pplpl', 2)).toEqual(['p0', 'p1', 'l2', 'l4', 'p3'])
  })

  it('complete the batch that was begun first', () => {
    // One image is wanted, then pairs.
    expect(grouped('plpll', 2, 1)).toEqual(['p0', 'l1', 'l3', 'l4', 'p2'])
  })
})
