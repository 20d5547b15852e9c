import { sha256 } from '../../batch/sha256.ts'
import { loadModelBytes, modelOfRun } from '../../node/package-files.ts'
import { nodePlatform } from '../../node/platform.ts'
import { type Detector, type LoadOptions, loadDetector } from '../../predict/detector.ts'
import { sayRun } from '../chosen-model.ts'

/** A model whose bytes are known before anything is built of them. */
export interface BatchModel {
  /** As it was given. */
  readonly name: string
  readonly sha256: string
  open(options: LoadOptions): Promise<Detector<never>>
}

/** Throws as `loadModelBytes` does. */
export async function chosenBatchModel(name: string, signal: AbortSignal): Promise<BatchModel> {
  const file = modelOfRun(name) ?? name
  sayRun(name, file)
  const bytes = await loadModelBytes(file, { signal })
  const platform = { ...nodePlatform, loadModelBytes: async () => bytes }
  return {
    name,
    sha256: await sha256(bytes),
    open: (options) => loadDetector(platform, file, { ...options, signal }),
  }
}
