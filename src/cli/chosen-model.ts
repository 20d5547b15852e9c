import { decodeModelFile, type ModelFile } from '../models/model-file.ts'
import { loadModelBytes, modelOfRun } from '../node/package-files.ts'
import type { LoadEvent } from '../predict/detector.ts'
import { say } from './print.ts'

/** What `--model` may be, for every command's help. */
export const MODEL_HELP =
  'name of a bundled or pulled model, a model file, an exported one, or the folder of a training run'

/** The same where the weights are needed by their names, which an exported file does not have. */
export const MODEL_FILE_HELP =
  'name of a bundled or pulled model, a model file, or the folder of a training run'

/** Says which model of a run folder was taken. */
export function sayChosen({ status, model, file }: LoadEvent): void {
  if (status === 'building' && file) sayRun(model, file)
}

/** The model file that `--model` names, with its weights; says which model of a run folder it is. */
export async function loadChosenFile(model: string, signal?: AbortSignal): Promise<ModelFile> {
  const where = modelOfRun(model) ?? model
  sayRun(model, where)
  return decodeModelFile(await loadModelBytes(where, { signal }), where)
}

/** Of a name and the file that it stands for, which are equal where it is no folder of a run. */
function sayRun(model: string, file: string): void {
  if (file !== model) say(`${model} is the folder of a run: its model is ${file}`)
}
