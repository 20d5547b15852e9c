/** The labelled images of a training, read and checked before anything starts. */
import { stat } from 'node:fs/promises'
import type { Dataset, DatasetImage } from '../data/dataset.ts'
import type { Intensity } from '../data/image-reading.ts'
import { checkImages, trainingImages } from '../data/loader.ts'
import { type RepeatConfig, repeatFactors } from '../data/repeat-factors.ts'
import { ConfigError, DataError } from '../errors.ts'
import { readCoco } from '../formats/coco/coco-stream.ts'
import { openChunks } from '../node/files.ts'
import { existsIn, readImageIn } from '../node/image-folder.ts'
import { type Mistake, oneError } from '../train/config-check.ts'
import { readingOf } from '../train/config-parts.ts'
import { shownIndices } from '../train/report-pictures.ts'
import { firstImages } from '../train/run-data.ts'
import type { DataConfig, ResolvedConfig } from '../train/train-config.ts'
import { say } from './print.ts'

export interface TrainingData {
  readonly train: Dataset
  readonly val?: Dataset
}

/** Throws `ConfigError` for places of the data that do not exist, `DataError` for data that cannot be used. */
export async function loadData({ train, val }: ResolvedConfig['data'], where: string): Promise<TrainingData> {
  await requirePlaces({ train, val }, where)
  let skipped = 0
  const training = await loadImages(train, train.onDegenerate, () => skipped++)
  if (skipped > 0) {
    const counted = skipped === 1 ? '1 annotation without area is' : `${skipped} annotations without area are`
    say(`${train.annotations}: ${counted} left out`)
  }
  if (train.repeat) sayRepeats(trainingImages(training, train.keepEmpty), training, train.repeat)
  if (!val) return { train: training }
  return { train: training, val: await loadImages(val, 'keep') }
}

/** Says where images are asked for at another size than the model will see them: objects of one size then hardly teach those of another. */
export function sayScales({ augment, model }: ResolvedConfig): void {
  const { resize } = model.transform
  if (augment.scale || resize.kind === 'keep') return
  const size = resize.kind === 'fixed' ? `${resize.width}x${resize.height}` : `${resize.minSize} pixels`
  say(
    `images are trained on at their own size (augment.scale null), but the model sees them at ${resize.kind} ${size} (model.transform.resize)`,
  )
}

/** How images are read, by the first of a few where that is more than bytes as they are. One that cannot be read fails in its turn. */
export async function sayReading(config: ResolvedConfig, { images }: Dataset): Promise<void> {
  const { intensity, train } = config.data
  const readImage = readImageIn(train.images, readingOf(config))
  for (const index of shownIndices(images.length, LOOKED_AT)) {
    const { fileName } = images[index]
    const read = await readImage(fileName).catch((error) => {
      if (error instanceof DataError) return undefined
      throw error
    })
    if (!read?.notes) continue
    const notes = read.notes.join('; ')
    const ways = read.depth ? [`data.intensity ${rangeText(intensity)}`] : []
    if (notes.includes('--')) ways.push('the configuration has data.page and data.channels for it')
    return say(`${fileName}, read as all images are: ${notes}${ways.length ? ` (${ways.join('; ')})` : ''}`)
  }
}

/** Images that are looked at before a training, spread over all. */
const LOOKED_AT = 5

function rangeText(intensity: Intensity): string {
  if (intensity === 'auto') return 'auto, each picture by its own range'
  return typeof intensity === 'string' ? intensity : `[${intensity.join(', ')}]`
}

/** Throws `ConfigError` where no image has the attribute, before anything starts. */
function sayRepeats(images: readonly DatasetImage[], dataset: Dataset, repeat: RepeatConfig): void {
  const factors = repeatFactors(dataset, images, repeat)
  const sum = Math.round(factors.reduce((total, factor) => total + factor, 0))
  const most = factors.reduce((largest, factor) => Math.max(largest, factor), 1)
  say(`an epoch shows ${images.length} images ${sum} times: the rarest ${most.toFixed(1)} times each`)
}

async function loadImages(
  { images, annotations, limit }: DataConfig,
  onDegenerate: 'error' | 'skip' | 'keep',
  onSkipped?: () => void,
): Promise<Dataset> {
  const dataset = await readCoco(() => openChunks(annotations), annotations, { onDegenerate, onSkipped })
  const chosen = firstImages(dataset, limit)
  await checkImages(chosen, existsIn(images), annotations)
  return chosen
}

/** Throws `ConfigError` naming every folder and file of the data that does not exist. */
async function requirePlaces(
  data: Readonly<Record<'train' | 'val', DataConfig | null>>,
  where: string,
): Promise<void> {
  const mistakes: Mistake[] = []
  for (const [name, split] of Object.entries(data)) {
    if (!split) continue
    for (const key of ['images', 'annotations'] as const) {
      const found = await stat(split[key]).catch(() => undefined)
      const isFolder = key === 'images'
      if (found && found.isDirectory() === isFolder) continue
      const [wanted, other] = isFolder ? ['folder', 'file'] : ['file', 'folder']
      const what = found ? `${split[key]} is a ${other}, no ${wanted}` : `there is no ${wanted} ${split[key]}`
      const path = ['data', name, key]
      const error = new ConfigError(what, { where: path.join('.') })
      mistakes.push({ path, error })
    }
  }
  if (mistakes.length > 0) throw oneError(mistakes, where)
}
