/**
 * The value below which the part `q` (0 to 1) of the values lies, between two of them in proportion: 0.5 is the median. Linear
 * interpolation of order statistics, type 7 of Hyndman and Fan, "Sample quantiles in statistical packages" (1996).
 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = q * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (place - below) * (sorted[above] - sorted[below])
}
