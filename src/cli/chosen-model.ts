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

/** Of a name and the file that it stands for, which are equal where it is no folder of a run. */
export function sayRun(model: string, file: string): void {
  if (file !== model) say(`${model} is the folder of a run: its model is ${file}`)
}
