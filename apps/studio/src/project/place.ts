import type { ImageProbe } from '../../../../src/doctor/image-probe.ts'
import type { ProjectDocument, StudioCategory, StudioImage, StudioObject } from './coco-document.ts'
import type { Finder } from './finder.ts'
import type { TrainingPlace } from './training-place.ts'

/** Where a project lies, and what can be done there. All of it throws an `Error` that says what is wrong, for people. */
export interface Place {
  /** As it was when it was opened. */
  readonly project: ProjectDocument
  /** A photo: the file itself where that is at hand, otherwise as browsers show it. */
  file(imageId: number, signal: AbortSignal): Promise<Blob>
  /** A photo as browsers show it. */
  picture(imageId: number, signal: AbortSignal): Promise<Blob>
  /** What the file of a photo turned out to be, where the page cannot look at that itself. */
  readonly probe?: (imageId: number, signal: AbortSignal) => Promise<ImageProbe>
  /** Resolves once the objects of an image are kept for good. */
  storeObjects(imageId: number, objects: readonly StudioObject[]): Promise<void>
  storeCategories(categories: readonly StudioCategory[]): Promise<void>
  /** Whether the labels of an image are said to be complete. */
  storeChecked(imageId: number, isChecked: boolean): Promise<void>
  /** A model that is there. */
  readonly finder?: Finder
  readonly training?: TrainingPlace
  /** Takes further photos in, where it does; those that cannot be read are told. */
  readonly add?: (
    files: readonly GivenFile[],
    tell: (problem: string) => void,
  ) => Promise<readonly StudioImage[]>
  /** How people end with it, where they do on the page. */
  readonly leave?: Leave
}

/** A file and what it is called below the folder that was given. */
export interface GivenFile {
  readonly name: string
  readonly file: File
}

export interface Leave {
  readonly text: string
  /** Asked before, where all of it is removed. */
  readonly question?: string
  act(): Promise<void>
}
