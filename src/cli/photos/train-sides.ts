/** The two sides of a training on photos: what is learned from, and what tells how well. */
import { annotationsOf, type Dataset } from '../../data/dataset.ts'
import { likePictures } from '../../doctor/image-groups.ts'
import { DataError } from '../../errors.ts'
import { counted } from '../../names/counted.ts'
import { listImages } from '../../node/image-list.ts'
import { dealtImages, LEAST_TO_SPLIT, noObjects, requireObjects } from '../../train/dealt-images.ts'
import { say } from '../print.ts'
import { type ExaminedImages, examinedData } from './examined-data.ts'
import { type FindOptions, findData } from './found-data.ts'
import { LOOKED_FOR } from './found-labels.ts'

export interface TrainSide {
  readonly dataset: Dataset
  /** Folder of the images. */
  readonly images: string
}

export interface TrainSides {
  readonly train: TrainSide
  /** Undefined where there are too few images, which is told. */
  readonly val?: TrainSide
  /** Where the labels were read from. */
  readonly source: string
  /** Images of the folder that no label names. */
  readonly unlabelled: number
}

/** Finds photos and labels, looks at them, and deals them out. Throws `DataError` for what cannot be trained on. */
export async function trainSides(photos: string, options: FindOptions): Promise<TrainSides> {
  const files = await filesOf(photos)
  const found = await findData(photos, files, options)
  const { labels, val } = found
  if (!labels && options.labels !== undefined) throw noObjects(options.labels)
  if (!labels) {
    throw new DataError('there are no labels to learn from', {
      where: photos,
      hint: `${LOOKED_FOR} with --labels. To make some, outline the objects of some 20 images with Labelme, CVAT, Label Studio or others`,
    })
  }
  const { split, source, splits } = labels
  const { dataset, images = photos } = split
  say(`labels: ${source} (${split.format}${splits.length > 1 ? `, ${split.split}` : ''})`)
  if (val && !val.images) {
    throw new DataError('the images to validate on were not found', {
      where: val.source,
      got: `the first is not in ${val.tried?.join(' or ')}`,
    })
  }
  const given = val?.images ? [{ name: val.source, dataset: val.split.dataset, images: val.images }] : []
  const own = { name: source, dataset, images }
  const names = files.map((file) => file.slice(images.length).replace(/^[\\/]/, ''))
  const [learned, ...validated] = await examinedData([own, ...given], names, options.signal)
  sayMasks(learned.dataset)
  requireObjects(learned.dataset, learned.name)
  const known = new Set([...splits, ...(val ? [val.split] : [])].flatMap((one) => namesOf(one.dataset)))
  const unlabelled = files.filter((file) => !known.has(lastPart(file))).length
  if (validated.length > 0) {
    const [val] = validated
    say(`${countedImages(learned)} to learn from; how well is seen on ${countedImages(val)} of ${val.name}`)
    return { train: learned, val, source, unlabelled }
  }
  return { ...dealt(learned), source, unlabelled }
}

/** The folder's images; of a folder of folders theirs. */
async function filesOf(photos: string): Promise<string[]> {
  try {
    return await listImages(photos)
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    return listImages(photos, { recursive: true })
  }
}

function countedImages({ dataset: { images } }: TrainSide): string {
  return counted(images.length, 'image')
}

function lastPart(path: string): string {
  return path.split(/[\\/]/).at(-1)?.toLowerCase() ?? ''
}

function namesOf({ images }: Dataset): string[] {
  return images.map(({ fileName }) => lastPart(fileName))
}

function objectsOf(dataset: Dataset) {
  return dataset.images.flatMap(({ id }) => annotationsOf(dataset, id)).filter(({ isCrowd }) => !isCrowd)
}

/** Where boxes alone are learned, and where that may be a mistake. */
function sayMasks(dataset: Dataset): void {
  const objects = objectsOf(dataset)
  const without = objects.filter(({ segmentation }) => segmentation === undefined).length
  if (without === 0) return
  const some =
    without === objects.length ? 'the labels are boxes' : `${without} of ${objects.length} labels are boxes`
  say(`${some} without outlines, so boxes are learned and no masks (faster-rcnn)`)
}

/** Dealt out, and told how. */
function dealt({ dataset, images, probes }: ExaminedImages): Pick<TrainSides, 'train' | 'val'> {
  const pairs = likePictures(dataset.images, probes)
  const { train, val, labelled } = dealtImages(dataset, pairs)
  if (!val) {
    const alike = pairs.length > 0 ? ' that do not look the same' : ''
    say(
      `${labelled} labelled image${labelled === 1 ? '' : 's'}${alike} ${labelled === 1 ? 'is' : 'are'} too few to keep some apart, so nothing tells how good the model is; ${LEAST_TO_SPLIT} are enough, 20 are better, or name others with --val`,
    )
    return { train: { dataset, images } }
  }
  say(
    `${train.images.length} images to learn from, ${val.images.length} kept apart to see how well${pairs.length > 0 ? '; those that look the same are on one side' : ''}`,
  )
  return { train: { dataset: train, images }, val: { dataset: val, images } }
}
