/** What the server of the studio is given to train with. */
import type { TrainingState } from '../train/training-state.ts'

/** Files of a run that the page links to. */
export const TRAINING_FILES = ['report', 'evaluation', 'safetensors', 'onnx'] as const
export type TrainingFile = (typeof TRAINING_FILES)[number]

/** Trainings of the photos of a studio, one at a time. All but `state` throws `DataError` where it cannot be done. */
export interface StudioTraining {
  state(): Promise<TrainingState>
  /** Begins a new one with the labels as they are stored. */
  start(minutes: number): Promise<void>
  /** Goes on with the newest for so many minutes. */
  goOn(minutes: number): Promise<void>
  /** Has it end after the step under way; what it learned is kept. */
  stop(): Promise<void>
  file(kind: TrainingFile): Promise<{ readonly name: string; readonly bytes: Uint8Array }>
}
