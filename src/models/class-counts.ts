import type { WeightDifferences } from '../weights/match-weights.ts'

/** Numbers of classes that rows of mismatched weights speak for: some for every class, with the background or without. */
export function classCounts(numClasses: number, mismatched: WeightDifferences['mismatched']): number[] {
  const counts = mismatched.flatMap(({ expected, got }) => {
    const [ours, theirs] = [expected, got].map((text) => Number(/\[(\d+)/.exec(text)?.[1]))
    return [(numClasses * theirs) / ours, ((numClasses - 1) * theirs) / ours + 1]
  })
  return [...new Set(counts)].filter((count) => Number.isInteger(count) && count >= 2).slice(0, 4)
}
