import { WeightError } from '../errors.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { decodeSafetensors, encodeSafetensors } from '../weights/safetensors.ts'
import type { RunFiles } from './run-files.ts'
import type { State } from './state.ts'

export const LAST_CHECKPOINT = 'checkpoints/last.safetensors'
export const BEST_CHECKPOINT = 'checkpoints/best.safetensors'

/** Key of the metadata under which a checkpoint says where the run stands. */
const TRAINING = 'maskwright-training'
const FORMAT_VERSION = 1

/** Where a run stands between two steps. With the tensors this is all there is: random numbers are keyed by seed and step. */
export interface Progress {
  /** Steps taken. */
  readonly step: number
  readonly seed: number
  /** Where the loader continues: plain data. */
  readonly position: unknown
  /** Best figure of an evaluation so far, and its step. */
  readonly best?: { readonly figure: number; readonly step: number }
}

export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly progress: Progress
}

/**
 * Writes `checkpoints/last.safetensors`: all tensors of the state, the progress, and `metadata` (that of a model file, so
 * that the checkpoint is one, with further tensors in it).
 */
export async function saveCheckpoint(
  files: RunFiles,
  state: State,
  progress: Progress,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const training = JSON.stringify({ formatVersion: FORMAT_VERSION, ...progress })
  await files.write(LAST_CHECKPOINT, encodeSafetensors(state, { ...metadata, [TRAINING]: training }))
}

/** The last checkpoint of a run; undefined where there is none. Throws `WeightError` for a file that is not one. */
export async function loadCheckpoint(files: RunFiles): Promise<Checkpoint | undefined> {
  const bytes = await files.read(LAST_CHECKPOINT)
  if (!bytes) return undefined
  const { tensors, metadata } = decodeSafetensors(bytes)
  const text = metadata[TRAINING]
  if (text === undefined) {
    throw new WeightError('the file is a model, not a checkpoint of a run', {
      where: LAST_CHECKPOINT,
      hint: 'Use it as starting weights instead of resuming.',
    })
  }
  const { formatVersion, ...progress } = JSON.parse(text)
  if (formatVersion !== FORMAT_VERSION) {
    throw new WeightError('the checkpoint was written by another version', {
      where: LAST_CHECKPOINT,
      expected: `format ${FORMAT_VERSION}`,
      got: `${formatVersion}`,
    })
  }
  return { tensors, progress: progress as Progress }
}
