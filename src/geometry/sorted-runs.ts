/** Room for one side of merging, so that sorting a short list allocates nothing. */
let scratch = new Float64Array(4096)
/** A longer one is not kept. */
const KEPT = 2 ** 16

/**
 * Sorts the first `count` values in ascending order, in place, in time proportional to `count` times the logarithm of the
 * number of stretches that already rise or fall (natural merge sort: Knuth 1998, section 5.2.4). Outlines that go
 * round once have two or three of them.
 */
export function sortRuns(values: Float64Array<ArrayBuffer>, count: number): void {
  let starts = risingRuns(values, count)
  if (starts.length <= 2) return
  const other = count <= scratch.length ? scratch : new Float64Array(count)
  if (count <= KEPT) scratch = other
  let [from, into] = [values, other]
  while (starts.length > 2) {
    const merged = [0]
    for (let i = 0; i + 1 < starts.length; i += 2) {
      const end = starts[Math.min(i + 2, starts.length - 1)]
      merge(from, starts[i], starts[i + 1], end, into)
      merged.push(end)
    }
    starts = merged
    ;[from, into] = [into, from]
  }
  if (from === values) return
  for (let i = 0; i < count; i++) values[i] = from[i]
}

/** Turns falling stretches round; the starts of all stretches, and `count`. */
function risingRuns(values: Float64Array<ArrayBuffer>, count: number): number[] {
  const starts = [0]
  let at = 0
  while (at < count) {
    const start = at++
    if (at < count && values[at] < values[start]) {
      while (at < count && values[at] < values[at - 1]) at++
      for (let low = start, high = at - 1; low < high; low++, high--) {
        const value = values[low]
        values[low] = values[high]
        values[high] = value
      }
    } else while (at < count && values[at] >= values[at - 1]) at++
    starts.push(at)
  }
  return starts
}

/** Of two rising stretches that follow each other makes one at the same place of `into`. */
function merge(from: Float64Array, start: number, middle: number, end: number, into: Float64Array): void {
  let a = start
  let b = middle
  for (let at = start; at < end; at++) {
    into[at] = a < middle && (b === end || from[a] <= from[b]) ? from[a++] : from[b++]
  }
}
