import type { TrainingState } from '../../../../src/train/training-state.ts'
import type { Finder } from './finder.ts'

/** Files of a training that people look at or take away. */
export type TrainingFile = 'report' | 'evaluation' | 'safetensors' | 'onnx'

/** What computes a training in the page. */
export type TrainingDevice = 'cpu' | 'webgpu'

/** What is said of a training before it begins; the machine has settings and devices of its own. */
export interface TrainingWish {
  readonly minutes: number
  /** With their values, a line each. */
  readonly settings: string
  /** `auto` is the faster one, found out by trying. */
  readonly device: TrainingDevice | 'auto'
}

/** Where a model is trained on the labels of a project. All of it throws an `Error` that says what is wrong, for people. */
export interface TrainingPlace {
  state(): Promise<TrainingState>
  /** Begins a new training with the labels as they are stored. */
  start(wish: TrainingWish): Promise<TrainingState>
  goOn(wish: TrainingWish): Promise<TrainingState>
  /** Asks it to end; what it learned is kept. */
  stop(): Promise<TrainingState>
  /** Address of a file of the newest training, where it has one. */
  readonly fileUrl?: (kind: TrainingFile) => string
  /** Such a file itself, where it has no address. */
  readonly file?: (kind: TrainingFile) => Promise<{ readonly name: string; readonly content: Blob }>
  /** The model as it was trained last; undefined where there is none. */
  finder(): Promise<Finder | undefined>
}
