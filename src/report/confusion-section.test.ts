import { describe, expect, it } from 'vitest'
import { confusedPairs, shownMatrix } from './confusion-section.ts'

const matrix = (categories: readonly string[], counts: readonly (readonly number[])[]) => ({
  ...{ categories, counts, iouThreshold: 0.5, minScore: 0.5 },
})

describe('the confusion matrix shown', () => {
  it('is the whole one where that can be read', () => {
    const counts = [
      [5, 1],
      [2, 0],
    ]
    expect(shownMatrix(matrix(['a'], counts))).toEqual({ names: ['a', 'background'], counts })
  })

  it('keeps the most confused of many categories and adds the others up', () => {
    const K = 40
    const counts = Array.from({ length: K + 1 }, (_, r) =>
      Array.from({ length: K + 1 }, (_, c) => (r === c && r < K ? 10 : 0) as number),
    )
    // 7 taken for 33, 33 for 20, 20 for 39; 3 missed, 8 invented.
    counts[7][33] = 4
    counts[33][20] = 2
    counts[20][39] = 1
    counts[3][K] = 6
    counts[K][8] = 3
    const names = Array.from({ length: K }, (_, k) => `c${k}`)
    const shown = shownMatrix(matrix(names, counts))
    // Those confused, and as many of the others as fit, in their own order.
    const chosen = [...names.slice(0, 13), 'c20', 'c33', 'c39']
    expect(shown.names).toEqual([...chosen, 'all others', 'background'])
    const sum = (rows: readonly (readonly number[])[]) => rows.flat().reduce((a, b) => a + b, 0)
    expect(sum(shown.counts)).toBe(sum(counts))
    expect(shown.counts[7][14]).toBe(4)
    expect(shown.counts[3].at(-1)).toBe(6)
    expect(shown.counts.at(-1)?.[8]).toBe(3)
  })
})

it('tells which categories are taken for which, most often first', () => {
  const pairs = confusedPairs(
    matrix(
      ['a', 'b'],
      [
        [6, 2, 2],
        [3, 0, 0],
        [1, 1, 0],
      ],
    ),
  )
  expect(pairs).toEqual([
    { truth: 'b', prediction: 'a', count: 3, share: 1 },
    { truth: 'a', prediction: 'b', count: 2, share: 0.2 },
  ])
})
