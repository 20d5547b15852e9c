import type { Judgement } from '../../../../src/predict/judged-image.ts'
import type { Proposal } from './coco-document.ts'

/** A model at work. */
export interface Finder {
  readonly name: string
  /** What runs it. */
  readonly runsIn: 'page' | 'machine'
  /** An abort rejects with the signal's reason. */
  find(imageId: number, options: FindOptions): Promise<Found>
  /** Frees what it holds, where it holds something here. */
  readonly end?: () => void
}

export interface Found {
  readonly proposals: readonly Proposal[]
  /** What people should know of how it came about: a sentence without a full stop each. */
  readonly notes: readonly string[]
  /** What labels of the photo are worth, where that was asked. */
  readonly judgement?: Judgement
}

/** What a model found on a photo. */
export interface Look extends Found {
  readonly finder: Finder
}

export interface FindOptions {
  readonly signal: AbortSignal
  /** Told what is being done, in words, and how much of it is done, from 0 to 1, where that is known. */
  readonly onProgress: (text: string, share?: number) => void
  /** Whether it is also told what labels of the photo are worth, which takes twice as long. */
  readonly isJudged?: boolean
}
