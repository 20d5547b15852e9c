/**
 * Processes that compute one thing together, each of them a rank from 0 to size - 1. All calls are collective: every rank makes
 * the same ones in the same order, with memory of the same length. An abort of the signal that the ranks were opened with
 * rejects a call that waits for others, with the signal's reason; nothing more can be exchanged then.
 */
export interface Ranks {
  readonly rank: number
  readonly size: number
  /** Replaces the numbers by their sums over all ranks. */
  sum(data: Float32Array | Float64Array): Promise<void>
  /** Replaces the bytes of every rank by those of rank 0. */
  broadcast(data: Uint8Array): Promise<void>
}

/** A number of each rank, for all of them. */
export async function gathered(ranks: Ranks, own: number): Promise<Float64Array> {
  const all = new Float64Array(ranks.size)
  all[ranks.rank] = own
  await ranks.sum(all)
  return all
}
