/**
 * Processes that compute one thing together, each of them a rank from 0 to size - 1. All calls are collective: every rank makes
 * the same ones in the same order, with memory of the same length. An abort of the signal that the ranks were opened with
 * rejects a call that waits for others, with the signal's reason; nothing more can be exchanged then.
 */
export interface Ranks {
  readonly rank: number
  readonly size: number
  /** Of these, how many share this machine. */
  readonly onThisMachine: number
  /** Replaces the numbers by their sums over all ranks. */
  sum(data: Float32Array | Float64Array): Promise<void>
  /** Replaces the bytes of every rank by those of rank 0. */
  broadcast(data: Uint8Array): Promise<void>
}
