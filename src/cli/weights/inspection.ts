import { type LikelyArchitecture, likelyArchitectures } from '../../models/likely-architectures.ts'
import type { AnyModelConfig } from '../../models/model-definition.ts'
import { modelFileArchitecture } from '../../models/model-file.ts'
import { openWeights } from '../../node/weights-files.ts'
import { STORED_BYTES, type StoredDtype } from '../../weights/stored-dtype.ts'
import { summarizeTensor, type TensorSummary } from '../../weights/tensor-summary.ts'
import type { WeightsFile } from '../../weights/weights-file.ts'

/** A tensor of the file, in the file's dtype. */
export interface InspectedTensor extends TensorSummary {
  readonly name: string
  readonly dtype: StoredDtype
  readonly shape: readonly number[]
  readonly bytes: number
}

/** What a file of weights holds. */
export interface Inspection extends Pick<WeightsFile, 'format' | 'metadata' | 'members'> {
  readonly file: string
  /** What a model file of ours says it is. */
  readonly model?: Pick<AnyModelConfig, 'model' | 'numClasses'>
  /** The likeliest first; empty where none fits, and where the file says itself what it is. */
  readonly architectures: readonly LikelyArchitecture[]
  readonly tensors: readonly InspectedTensor[]
}

/** Reads every tensor once, one by one. Throws as `openWeights`. */
export async function inspectWeights(path: string, member?: string): Promise<Inspection> {
  const file = await openWeights(path, { member })
  try {
    const tensors: InspectedTensor[] = []
    for (const { name, shape, storedAs, read } of file.tensors.values()) {
      const summary = summarizeTensor(await read())
      tensors.push({
        name,
        dtype: storedAs,
        shape,
        bytes: summary.elements * STORED_BYTES[storedAs],
        ...summary,
      })
    }
    const { format, metadata, members } = file
    const model = modelFileArchitecture(metadata)
    const architectures = model ? [] : likelyArchitectures(file.tensors)
    return { file: path, format, metadata, members, model, architectures, tensors }
  } finally {
    await file.close()
  }
}
