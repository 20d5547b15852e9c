import type { DetectorScale } from '../../doctor/survey.ts'
import { scaleOf, usualScale } from '../../models/detector-scale.ts'
import { readModelMetadata } from '../../models/runnable-model.ts'
import { loadModelBytes } from '../../node/package-files.ts'

/** The sizes a model works at: of a bundled model or model file, or of the default configuration where none is named. */
export async function loadDetectorScale(model?: string): Promise<DetectorScale> {
  if (model === undefined) return usualScale()
  return scaleOf(model, readModelMetadata(await loadModelBytes(model), model).architecture)
}
