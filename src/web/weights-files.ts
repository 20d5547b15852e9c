import { requireKnownOptions } from '../names/known-options.ts'
import { blobSource, givenSource, type SourceFolder } from '../weights/byte-source.ts'
import {
  OPEN_OPTIONS,
  type OpenWeightsOptions,
  readWeights,
  readWeightsFolder,
} from '../weights/read-weights.ts'
import type { WeightsFile } from '../weights/weights-file.ts'

/**
 * Opens a file of weights that a visitor chose, the bytes of one that a page has downloaded, or the files of a model (an index with its shards, or
 * those of a folder as model hubs have it); see `readWeights`. Throws `WeightError` for what cannot be read.
 */
export async function openWeights(
  files: Blob | Uint8Array | readonly File[],
  options: OpenWeightsOptions = {},
): Promise<WeightsFile> {
  requireKnownOptions('openWeights', options, OPEN_OPTIONS)
  if (files instanceof Blob || files instanceof Uint8Array) return readWeights(givenSource(files), options)
  const folder: SourceFolder = {
    name: 'the chosen files',
    open: async (name) => {
      const file = files.find((one) => one.name === name)
      return file && blobSource(name, file)
    },
  }
  const chosen = files.length === 1 ? files[0] : files.find(({ name }) => name.endsWith('.index.json'))
  if (chosen) return readWeights(blobSource(chosen.name, chosen), { ...options, folder })
  return readWeightsFolder(folder, options)
}
