import { z } from 'zod'
import { MaskwrightError, WeightError } from '../errors.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { LAST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import { requireFinite } from '../weights/finite-weights.ts'
import { decodeSafetensors, encodeSafetensors, type SafetensorsFile } from '../weights/safetensors.ts'
import type { RunFiles } from './run-files.ts'
import type { State } from './state.ts'

/** Key of the metadata under which a checkpoint says where the run stands. */
const TRAINING = 'maskwright-training'
const FORMAT_VERSION = 1
const DAMAGED = {
  where: LAST_CHECKPOINT,
  hint: 'Start another run (--out), with initialWeights of the best model of this one',
}

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

/** Writes the checkpoints of one run. */
export interface CheckpointWriter {
  /** Nothing is written where this step is stored already, with the same best figure. */
  save(progress: Progress, state: State): Promise<void>
  /** Step of the newest checkpoint that was written here. */
  savedStep(): number | undefined
}

export function checkpointWriter(
  files: RunFiles,
  metadata?: Readonly<Record<string, string>>,
): CheckpointWriter {
  let saved: Progress | undefined
  return {
    save: async (progress, state) => {
      const { step, best } = progress
      if (saved?.step === step && saved.best?.step === best?.step && saved.best?.figure === best?.figure)
        return
      await saveCheckpoint(files, state, progress, metadata)
      saved = progress
    },
    savedStep: () => saved?.step,
  }
}

const progressShape = z.object({
  step: z.int().min(0),
  seed: z.int().min(0),
  position: z.record(z.string(), z.unknown()),
  best: z.object({ figure: z.number(), step: z.int().min(0) }).optional(),
})

/**
 * The last checkpoint of a run; undefined where there is none. Throws `WeightError`, naming the file, for one that is
 * damaged or is none.
 */
export async function loadCheckpoint(files: RunFiles): Promise<Checkpoint | undefined> {
  const bytes = await files.read(LAST_CHECKPOINT)
  if (!bytes) return undefined
  const { tensors, metadata } = decoded(bytes)
  const text = metadata[TRAINING]
  if (text === undefined) {
    throw new WeightError('the file is a model, not a checkpoint of a run', {
      where: LAST_CHECKPOINT,
      hint: 'Use it as starting weights instead of resuming.',
    })
  }
  return { tensors, progress: parseProgress(text) }
}

function decoded(bytes: Uint8Array): SafetensorsFile {
  try {
    const file = decodeSafetensors(bytes)
    requireFinite(file.tensors)
    return file
  } catch (cause) {
    if (!(cause instanceof MaskwrightError)) throw cause
    throw new WeightError(cause.message, { where: LAST_CHECKPOINT }, { cause })
  }
}

function parseProgress(text: string): Progress {
  let stored: { readonly formatVersion?: unknown } | null
  try {
    stored = JSON.parse(text)
  } catch (cause) {
    throw new WeightError('the progress of the run is not valid JSON', DAMAGED, { cause })
  }
  const version = stored?.formatVersion
  if (version !== FORMAT_VERSION) {
    throw new WeightError('the checkpoint was written by another version', {
      where: LAST_CHECKPOINT,
      expected: `format ${FORMAT_VERSION}`,
      got: `${version}`,
    })
  }
  const checked = progressShape.safeParse(stored)
  if (!checked.success) {
    const [issue] = checked.error.issues
    throw new WeightError('the progress of the run is incomplete', {
      ...DAMAGED,
      got: `${issue.path.join('.')}: ${issue.message}`,
    })
  }
  const { best, ...progress } = checked.data
  // Earlier releases kept -1 for a figure that is not defined.
  return best && best.figure >= 0 ? { ...progress, best } : progress
}
