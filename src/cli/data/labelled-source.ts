import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Dataset } from '../../data/dataset.ts'
import { Losses, lossLine } from '../../data/losses.ts'
import { ConfigError, DataError } from '../../errors.ts'
import type { FormatName, ReadableName } from '../../formats/format.ts'
import { DATA_FORMATS, recogniseFormat } from '../../formats/formats.ts'
import { dataFolder } from '../../node/data-folder.ts'
import { say } from '../print.ts'
import { findImageFolder } from './image-folders.ts'

export const FORMAT_CHOICES = ['auto', ...DATA_FORMATS.map(({ name }) => name)]

/** A split as it was read, and where its images are. */
export interface LabelledSplit {
  /** The source, with the split's name where it has one. */
  readonly name: string
  readonly format: ReadableName
  /** The split's own name; empty where the data are not split. */
  readonly split: string
  readonly dataset: Dataset
  /** Undefined where the images were not found. */
  readonly images?: string
}

export interface LabelledSourceOptions {
  readonly from: FormatName | 'auto'
  readonly images?: string
  /** Told of all that the source holds and the data set does not. Without it the shapes alone are looked at, and losses said. */
  readonly losses?: Losses
  readonly signal: AbortSignal
}

/** Reads a data set of any format; annotations without area are left out, and that is told. Throws `DataError`. */
export async function readLabelled(
  path: string,
  { from, images, losses: told, signal }: LabelledSourceOptions,
): Promise<LabelledSplit[]> {
  const found = await stat(path).catch(() => undefined)
  if (!found) throw new DataError('source does not exist', { where: path })
  const entry = found.isDirectory() ? undefined : basename(path)
  const folder = entry === undefined ? path : dirname(path)
  const source = dataFolder(folder)
  const named = DATA_FORMATS.find(({ name }) => name === from)
  const format = named ?? (await recogniseFormat(source, entry))
  const losses = told ?? new Losses()
  const splits = await format.read(source, {
    losses,
    entry,
    signal,
    shapesAlone: told === undefined,
    onDegenerate: 'skip',
    images: images === undefined ? undefined : dataFolder(images),
  })
  const unsaid = told ? [] : [...losses.lost, ...losses.noted]
  for (const loss of unsaid) say(`${path}: ${lossLine(loss)}`)
  return Promise.all(
    splits.map(async (split) => {
      const inSource = split.images === undefined ? undefined : join(folder, split.images)
      const names = split.dataset.images.map(({ fileName }) => fileName)
      return {
        name: splits.length > 1 && split.name !== '' ? `${path} (${split.name})` : path,
        format: format.name,
        split: split.name,
        dataset: split.dataset,
        images: await findImageFolder(folder, names, images ?? inSource),
      }
    }),
  )
}

/** The only split, or the one that was named. Throws `ConfigError` where that is none or several. */
export function chosenSplit(splits: readonly LabelledSplit[], source: string, name?: string): LabelledSplit {
  const chosen = name === undefined ? splits : splits.filter((split) => split.split === name)
  if (chosen.length === 1) return chosen[0]
  throw new ConfigError(name === undefined ? 'the source has several splits' : 'there is no such split', {
    where: source,
    expected: `--split with one of ${splits.map(({ split }) => split).join(', ')}`,
    got: name,
  })
}
