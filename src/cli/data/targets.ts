import { basename, dirname } from 'node:path'
import { Option } from 'commander'
import type { Dataset } from '../../data/dataset.ts'
import { ConfigError } from '../../errors.ts'
import { cocoText } from '../../formats/coco/coco-writer.ts'
import { dataTarget, isVacant } from '../../node/data-folder.ts'
import type { FileTransaction } from '../../node/file-transaction.ts'

/** The rule for all commands that write data: what is there stays, unless told otherwise. */
export const forceFlag = () =>
  new Option('--force', 'write where something is, and replace files of the same names')

export interface ForceFlag {
  readonly force?: boolean
}

/** Throws `ConfigError` where something lies at one of the paths (a file, a folder with entries) and is not to be replaced. */
export async function requireVacant(paths: readonly string[], { force }: ForceFlag): Promise<void> {
  for (const path of force ? [] : paths) {
    if (await isVacant(path)) continue
    throw new ConfigError('target exists and is not empty', {
      where: path,
      hint: 'Choose another, or pass --force to write into it',
    })
  }
}

/** Puts a COCO file among others; folders are made as needed. */
export async function putCocoFile(
  path: string,
  dataset: Dataset,
  { force }: ForceFlag,
  files: FileTransaction,
): Promise<void> {
  await dataTarget(dirname(path), { replace: force, files }).writeText(basename(path), cocoText(dataset))
}
