import type { ListedImage } from './listing.ts'
import type { BatchPlan } from './plan.ts'

/** What a worker needs to compute one chunk of a batch, wherever it is. */
export interface ChunkOrder extends Pick<BatchPlan, 'version' | 'model' | 'settings'> {
  /** `planId` of the batch. */
  readonly plan: string
  readonly chunk: number
  readonly images: readonly ListedImage[]
  /** The folder that relative paths are seen from, those of images, model and output. */
  readonly base: string
  /** Where the shard goes. */
  readonly out: string
  readonly retries: number
  /**
   * Of images, by their place in the chunk: how many workers died while they looked at it.
   */
  readonly deaths?: Readonly<Record<number, number>>
}

/** `gone`: the queue knows nothing of it; either it was done, or the queue has lost it. */
export type ChunkState = 'waiting' | 'gone' | { readonly failed: string }

/** Chunks of one batch on their way to workers. Members wait while the queue cannot be reached. */
export interface ChunkQueue {
  /** Those that are there already stay as they are; those that failed are taken up again. */
  add(orders: readonly ChunkOrder[]): Promise<void>
  states(chunks: readonly number[]): Promise<readonly ChunkState[]>
  /** Takes back those that no worker has begun. */
  withdraw(chunks: readonly number[]): Promise<void>
  /** How many workers are there, of whatever batch. */
  workers(): Promise<number>
  /** Says that somebody waits for the results, for a minute. */
  beat(): Promise<void>
  close(): Promise<void>
}
