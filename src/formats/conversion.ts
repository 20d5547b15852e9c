import { annotationPlace } from '../data/annotation-losses.ts'
import { annotationsOf, type Category, type Dataset } from '../data/dataset.ts'
import { type LossCount, Losses, lossLine } from '../data/losses.ts'
import { ConfigError, DataError } from '../errors.ts'
import type {
  ConvertProgress,
  DataFolder,
  DataFormat,
  DataTarget,
  ReadableFormat,
  ReadOptions,
  Split,
  WriteOptions,
} from './format.ts'
import { namedImage } from './split-folders.ts'
import { type ImageSizeOf, noteImages } from './stated-sizes.ts'

export interface ConversionOptions
  extends Omit<ReadOptions, 'losses' | 'progress'>,
    Pick<WriteOptions, 'placeImage' | 'imagePath' | 'progress'> {
  /** Told of files as they are read; `progress` is told of what is written. */
  readonly readProgress?: ConvertProgress
  /** The file inside the target that was named. */
  readonly targetEntry?: string
  /** Names of the categories to keep; default: all. */
  readonly categories?: readonly string[]
  /** Predictions of a lower score are left out. */
  readonly score?: number
  /** Given where images can be looked at: sizes that the source states are compared with theirs. */
  readonly imageSize?: ImageSizeOf
  /** Losses are errors, found before anything is written. */
  readonly strict?: boolean
}

/** What was converted, and what did not come along. */
export interface ConversionReport {
  readonly splits: readonly { readonly name: string; readonly images: number; readonly annotations: number }[]
  readonly categories: readonly string[]
  /** What the source holds and the result does not. */
  readonly lost: readonly LossCount[]
  /** What is written differently and means the same. */
  readonly changed: readonly LossCount[]
  /** Files that were passed over, and what is doubtful. */
  readonly noted: readonly LossCount[]
}

/**
 * Reads a data set in one format and writes it in another. Throws `DataError` for data that cannot be read or written and,
 * with `strict`, for data that the target cannot hold whole.
 */
export async function convertData(
  source: DataFolder,
  from: ReadableFormat,
  target: DataTarget,
  to: DataFormat,
  options: ConversionOptions,
): Promise<ConversionReport> {
  const { entry, images, onDegenerate, attribute, category, annotations, signal, strict, categories } =
    options
  const losses = new Losses()
  const read = await from.read(source, {
    losses,
    entry,
    images,
    onDegenerate,
    attribute,
    category,
    annotations,
    progress: options.readProgress,
    signal,
  })
  const scored = options.score === undefined ? read : keepScores(read, options.score, source.name, losses)
  if (options.imageSize && from.statesSizes) await noteImages(read, options.imageSize, losses, signal)
  const splits = categories ? keepCategories(scored, categories, source.name) : scored
  if (options.targetEntry !== undefined) checkEntry(options.targetEntry, to, splits)
  if (to.name !== 'coco' || options.placeImage) checkNames(splits)
  const writing = { entry: options.targetEntry, signal }
  if (strict) {
    refuseLosses(losses, source.name)
    const found = new Losses()
    await to.write(splits, discarding(target.name), { ...writing, losses: found })
    refuseLosses(found, source.name)
  }
  const { placeImage, imagePath, progress } = options
  await to.write(splits, target, { ...writing, losses, placeImage, imagePath, progress })
  return { ...countSplits(splits), lost: losses.lost, changed: losses.changed, noted: losses.noted }
}

function checkEntry(entry: string, to: DataFormat, splits: readonly Split[]): void {
  const hint = 'Name a folder'
  if (!to.isFile) throw new ConfigError(`${to.name} is not one file`, { where: entry, hint })
  if (splits.length < 2) return
  const names = splits.map(({ name }) => name).join(', ')
  throw new ConfigError('data of several splits do not go into one file', { where: entry, got: names, hint })
}

/** COCO only quotes the names of images; elsewhere files are named after them, and nothing is to be written before one is refused. */
function checkNames(splits: readonly Split[]): void {
  for (const { dataset } of splits) {
    const seen = new Set<string>()
    for (const { fileName } of dataset.images) {
      const name = namedImage(fileName)
      if (seen.has(name)) {
        throw new DataError('two images have one file name', {
          where: fileName,
          expected: 'each file once: what is written about one would replace what is about the other',
          hint: 'Merge the two entries (of COCO files data doctor --fix does it), or rename one of the files',
        })
      }
      seen.add(name)
    }
  }
}

function refuseLosses({ lost }: Losses, where: string): void {
  if (lost.length === 0) return
  throw new DataError('data cannot be converted without losses', {
    where,
    got: lost.map(lossLine).join('; '),
    hint: 'Nothing was written. Leave --strict out to convert the rest',
  })
}

/** Takes everything and keeps nothing. */
function discarding(name: string): DataTarget {
  return {
    name,
    writeText: async (_, content) => {
      if (typeof content !== 'string') for (const _piece of content);
    },
    writeBytes: async () => {},
  }
}

function keepScores(splits: readonly Split[], least: number, where: string, losses: Losses): Split[] {
  let [some, all] = [0, 0]
  const kept = splits.map(({ dataset, ...split }) => {
    const annotations = dataset.images.map(({ id, fileName }) => {
      const own = annotationsOf(dataset, id)
      all += own.length
      const high = own.filter(({ id, score }) => {
        if (score !== undefined) some++
        const isLow = score !== undefined && score < least
        if (isLow) losses.note(`predictions below score ${least} left out`, annotationPlace(fileName, id))
        return !isLow
      })
      return [id, high] as const
    })
    return { ...split, dataset: { ...dataset, annotations: new Map(annotations) } }
  })
  if (some > 0 || all === 0) return kept
  throw new ConfigError('the data have no scores', { where, hint: 'Leave --score out' })
}

function keepCategories(splits: readonly Split[], names: readonly string[], where: string): Split[] {
  const known = new Set(splits.flatMap(({ dataset }) => dataset.categories.map(({ name }) => name)))
  for (const name of names) {
    if (known.has(name)) continue
    throw new ConfigError(`no category is called ${JSON.stringify(name)}`, {
      where,
      expected: `some of ${[...known].join(', ')}`,
    })
  }
  return splits.map((split) => ({ ...split, dataset: datasetOf(split.dataset, names) }))
}

/** Images stay, also where they have no annotation of the categories. */
function datasetOf({ images, annotations, categories }: Dataset, names: readonly string[]): Dataset {
  const kept: Category[] = categories.filter(({ name }) => names.includes(name))
  const ids = new Set(kept.map(({ id }) => id))
  const ofKept = [...annotations].map(
    ([id, own]) => [id, own.filter(({ categoryId }) => ids.has(categoryId))] as const,
  )
  return { images, annotations: new Map(ofKept), categories: kept }
}

function countSplits(splits: readonly Split[]): Pick<ConversionReport, 'splits' | 'categories'> {
  return {
    splits: splits.map(({ name, dataset }) => ({
      name,
      images: dataset.images.length,
      annotations: dataset.images.reduce((sum, { id }) => sum + annotationsOf(dataset, id).length, 0),
    })),
    categories: [...new Set(splits.flatMap(({ dataset }) => dataset.categories.map(({ name }) => name)))],
  }
}
