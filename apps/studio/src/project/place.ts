import type { ProjectDocument, Proposal, StudioCategory, StudioImage, StudioObject } from './coco-document.ts'

/** Where a project lies, and what can be done there. All of it throws an `Error` that says what is wrong, for people. */
export interface Place {
  /** As it was when it was opened. */
  readonly project: ProjectDocument
  /** A picture as browsers show it. */
  picture(imageId: number, signal: AbortSignal): Promise<Blob>
  /** Resolves once the objects of an image are kept for good. */
  storeObjects(imageId: number, objects: readonly StudioObject[]): Promise<void>
  storeCategories(categories: readonly StudioCategory[]): Promise<void>
  /** A model that is there. */
  readonly finder?: Finder
  /** Takes further pictures in, where it does; those that cannot be read are told. */
  readonly add?: (files: readonly File[], tell: (problem: string) => void) => Promise<readonly StudioImage[]>
}

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
