import { decodeModelFile, type ModelFile } from '../models/model-file.ts'
import { loadModelBytes, modelOfRun } from '../node/package-files.ts'
import { sayRun } from './chosen-model.ts'

/** The model file that `--model` names, with its weights; says which model of a run folder it is. */
export async function loadChosenFile(model: string, signal?: AbortSignal): Promise<ModelFile> {
  const where = modelOfRun(model) ?? model
  sayRun(model, where)
  return decodeModelFile(await loadModelBytes(where, { signal }), where)
}
