/** What the page and the worker that trains say to each other. */

import type { courseOf, Reached } from '../../../../src/train/training-state.ts'
import type { StudioCategory, StudioImage, StudioObject } from '../project/coco-document.ts'

import type { TrainingDevice, TrainingWish } from '../project/training-place.ts'

/** Where the worker finds what is kept and what lies beside the page. */
export interface LearningPlace {
  /** The project, as its files of trainings are kept under it. */
  readonly project: string
  /** Address of the page. */
  readonly page: string
  /** That WebAssembly may use; more than one needs an isolated page. */
  readonly threads: number
}

/** Begins a training, or goes on with the one that is kept. */
export interface LearnOrder extends LearningPlace {
  readonly kind: 'learn'
  /** As people know the project. */
  readonly name: string
  readonly minutes: number
  /** Settings with their values, as `--set` of the command takes them. */
  readonly settings: readonly string[]
  readonly device: TrainingWish['device']
  readonly isResumed: boolean
  /** Files of labelled photos, by their names in the labels. */
  readonly files: ReadonlyMap<string, Blob>
  readonly images: readonly StudioImage[]
  readonly annotations: readonly StudioObject[]
  readonly categories: readonly StudioCategory[]
}

/** Writes the model that is kept as ONNX. */
export interface ExportOrder extends LearningPlace {
  readonly kind: 'export'
}

export type LearningMessage =
  /** It has begun, and nothing else trains this project. */
  | { readonly kind: 'begun' }
  | { readonly kind: 'said'; readonly line: string }
  | { readonly kind: 'step'; readonly step: number; readonly steps: number }
  /** What computes it from here on. */
  | { readonly kind: 'device'; readonly device: TrainingDevice }
  | { readonly kind: 'course'; readonly course: ReturnType<typeof courseOf> }
  /** What it came to is kept. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'exported'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'failed'; readonly message: string }

/** What is kept of the newest training of a project, beside its files. */
export interface LearningRecord {
  /** When it was begun, in milliseconds since 1970: with it, its model has a name that no other has. */
  readonly id: number
  readonly minutes: number
  /** When it was begun, or gone on with. */
  readonly began: number
  /** `running` also where the page was closed meanwhile. */
  readonly phase: 'running' | 'stopped' | 'finished' | 'failed'
  readonly steps?: number
  /** What computed it. */
  readonly device?: TrainingDevice
  readonly problem?: string
  readonly reached?: Reached
}

/** Of the lock that the worker holds, and of the channel on which it is asked to stop. */
export function lockName({ project, page }: Pick<LearningPlace, 'project' | 'page'>): string {
  return `training of ${project} in ${new URL('.', page).pathname}`
}

export const STOP = 'stop'

/** Of the run: tables and worst cases. */
export const EVALUATION_FILE = 'evaluation.html'
