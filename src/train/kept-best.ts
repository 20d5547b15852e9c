import { MaskwrightError } from '../errors.ts'
import { decodeModelFile } from '../models/model-file.ts'
import { BEST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import type { Progress } from './checkpoint.ts'
import type { RunFiles } from './run-files.ts'

/**
 * The progress of a run that goes on, without its best figure where the model that reached it is gone or cannot be read: the
 * next evaluation then keeps its own. `lost` says why, in words.
 */
export async function withReadableBest(
  progress: Progress,
  files: RunFiles,
): Promise<{ readonly progress: Progress; readonly lost?: string }> {
  const { best, ...rest } = progress
  if (!best) return { progress }
  const bytes = await files.read(BEST_CHECKPOINT)
  if (!bytes) return { progress: rest, lost: `${BEST_CHECKPOINT}: there is no such file` }
  try {
    decodeModelFile(bytes, BEST_CHECKPOINT)
    return { progress }
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error
    return { progress: rest, lost: error.message }
  }
}
