import type { TrainingState } from '../../../../src/train/training-state.ts'
import type { Finder } from './finder.ts'

/** Files of a training that people look at or take away. */
export type TrainingFile = 'report' | 'evaluation' | 'safetensors' | 'onnx'

/** Where a model is trained on the labels of a project. All of it throws an `Error` that says what is wrong, for people. */
export interface TrainingPlace {
  state(): Promise<TrainingState>
  /**
   * Begins a new training with the labels as they are stored, for so many minutes.
   * @param settings with their values, a line each; the machine has its own
   */
  start(minutes: number, settings?: string): Promise<TrainingState>
  goOn(minutes: number, settings?: string): Promise<TrainingState>
  /** Asks it to end; what it learned is kept. */
  stop(): Promise<TrainingState>
  /** Address of a file of the newest training, where it has one. */
  readonly fileUrl?: (kind: TrainingFile) => string
  /** Such a file itself, where it has no address. */
  readonly file?: (kind: TrainingFile) => Promise<{ readonly name: string; readonly content: Blob }>
  /** The model as it was trained last; undefined where there is none. */
  finder(): Promise<Finder | undefined>
}
