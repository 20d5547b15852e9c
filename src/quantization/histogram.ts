/** Bins on each side of 0. */
const BINS = 2048

/**
 * Counts of numbers other than 0 by how far they are from it: `BINS` of equal width on each side, up to a power of 2 that doubles
 * when something lies beyond it. Zeros are exact at any range and are not counted.
 */
export class Histogram {
  readonly positive = new Float64Array(BINS)
  readonly negative = new Float64Array(BINS)
  private limit = 0

  /** Numbers in one bin: from `i * width` to `(i + 1) * width`. */
  get width(): number {
    return this.limit / BINS
  }

  add(values: Float32Array): void {
    let largest = 0
    for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]))
    if (largest === 0) return
    this.limit ||= 2 ** Math.ceil(Math.log2(largest))
    while (this.limit < largest) this.widen()
    const perUnit = BINS / this.limit
    for (let i = 0; i < values.length; i++) {
      if (values[i] === 0) continue
      const side = values[i] > 0 ? this.positive : this.negative
      side[Math.min(BINS - 1, Math.floor(Math.abs(values[i]) * perUnit))]++
    }
  }

  /** Two bins become one. */
  private widen(): void {
    this.limit *= 2
    for (const side of [this.positive, this.negative]) {
      for (let i = 0; i < BINS / 2; i++) side[i] = side[2 * i] + side[2 * i + 1]
      side.fill(0, BINS / 2)
    }
  }
}
