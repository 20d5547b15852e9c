/**
 * How many of the first bins to keep so that the distribution changes least, measured by the Kullback-Leibler divergence, when
 * what lies beyond is cut to the last of them and all are then told apart by `levels` levels only (Migacz, "8-bit Inference with
 * TensorRT", GTC 2017). All bins where there are no more than levels.
 */
export function leastDivergence(counts: Float64Array, levels: number): number {
  let used = counts.length
  while (used > 0 && counts[used - 1] === 0) used--
  const total = counts.reduce((sum, count) => sum + count, 0)
  let best = { bins: used, divergence: Number.POSITIVE_INFINITY }
  let inside = 0
  for (let bins = 1; bins <= used; bins++) {
    inside += counts[bins - 1]
    if (bins < levels) continue
    const divergence = divergenceOf(counts, { bins, levels, inside, total })
    if (divergence < best.divergence) best = { bins, divergence }
  }
  return best.bins
}

interface Kept {
  readonly bins: number
  readonly levels: number
  /** Sum of the bins kept, and of all. */
  readonly inside: number
  readonly total: number
}

/** A level spreads its numbers evenly over those of its bins that have any. */
function divergenceOf(counts: Float64Array, { bins, levels, inside, total }: Kept): number {
  let divergence = 0
  for (let level = 0; level < levels; level++) {
    const [start, end] = [level, level + 1].map((edge) => Math.floor((edge * bins) / levels))
    let sum = 0
    let filled = 0
    for (let i = start; i < end; i++) {
      sum += counts[i]
      if (counts[i] > 0) filled++
    }
    for (let i = start; i < end; i++) {
      const isLast = i === bins - 1
      const wanted = (counts[i] + (isLast ? total - inside : 0)) / total
      if (wanted === 0) continue
      // What was cut has come into a bin that had none: no level stands for it.
      if (counts[i] === 0) return Number.POSITIVE_INFINITY
      divergence += wanted * Math.log(wanted / (sum / filled / inside))
    }
  }
  return divergence
}
