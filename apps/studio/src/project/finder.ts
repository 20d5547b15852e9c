import type { Proposal } from './coco-document.ts'

/** A model at work. */
export interface Finder {
  readonly name: string
  /** An abort rejects with the signal's reason. */
  find(imageId: number, options: FindOptions): Promise<readonly Proposal[]>
}

export interface FindOptions {
  readonly signal: AbortSignal
  /** Told what is being done, in words, and how much of it is done, from 0 to 1, where that is known. */
  readonly onProgress: (text: string, share?: number) => void
}
