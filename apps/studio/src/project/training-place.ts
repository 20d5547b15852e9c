import type { TrainingState } from '../../../../src/train/training-state.ts'
import type { Finder } from './finder.ts'

/** Files of a training that people look at or take away. */
export type TrainingFile = 'report' | 'evaluation' | 'safetensors' | 'onnx'

/** Where a model is trained on the labels of a project. All of it throws an `Error` that says what is wrong, for people. */
export interface TrainingPlace {
  state(): Promise<TrainingState>
  /** Begins a new training with the labels as they are stored, for so many minutes. */
  start(minutes: number): Promise<TrainingState>
  goOn(minutes: number): Promise<TrainingState>
  /** Asks it to end; what it learned is kept. */
  stop(): Promise<TrainingState>
  /** Address of a file of the newest training. */
  fileUrl(kind: TrainingFile): string
  /** The model as it was trained last; undefined where there is none. */
  finder(): Promise<Finder | undefined>
}
