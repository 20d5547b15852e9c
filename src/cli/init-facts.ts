/** What photos and their labels look like, for a first configuration. */
import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { annotationsOf, type Dataset } from '../data/dataset.ts'
import { DataError, MaskwrightError } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import { loadImageSize } from '../node/decode-image.ts'
import { listImages } from '../node/image-list.ts'
import type { DataFacts, ObjectFacts } from '../train/suggestion.ts'
import { type LabelledSplit, readLabelled } from './data/labelled-source.ts'
import { say } from './print.ts'

export interface LookedAt {
  readonly data: Omit<DataFacts, 'cores'>
  readonly images: string
  /** COCO file of the labels; undefined where it is still to be made. */
  readonly annotations?: string
  readonly val?: { readonly images: string; readonly annotations: string }
  /** What is to be done before the training, a line each. */
  readonly todo?: readonly string[]
}

export interface LookOptions {
  readonly annotations?: string
  readonly val?: string
  readonly signal: AbortSignal
}

/** Files that usually hold the labels of a folder of images, in the order of trust. */
const TRAIN_FILE =
  /^(train|training|annotations|instances_train\w*|_annotations\.coco|instances_default)\.json$/
const VAL_FILE = /^(val|valid|validation|instances_val\w*)\.json$/
/** Images whose size is looked at where no labels say it. */
const MEASURED = 50

/** Looks at a folder of photos. Throws `DataError` where there are no images, or labels that were named cannot be read. */
export async function lookAt(photos: string, { annotations, val, signal }: LookOptions): Promise<LookedAt> {
  const files = await listImages(photos)
  const file = annotations ?? (await fileIn(placesNear(photos), TRAIN_FILE))
  const isNamed = annotations !== undefined
  const split = await readLabels(file ?? photos, isNamed || file !== undefined, photos, signal)
  if (!split || split.dataset.annotations.size === 0) {
    return {
      data: sizesOf(await measured(files)),
      images: photos,
      todo: [
        'label the images (Labelme, CVAT, Label Studio and others), and write the labels as COCO: maskwright data convert LABELS train.json --to coco',
      ],
    }
  }
  const images = split.images ?? photos
  const { dataset } = split
  const data = { ...sizesOf(dataset.images), objects: objectsOf(dataset) }
  if (file === undefined || !file.endsWith('.json')) {
    const source = file ?? photos
    return {
      ...{ data, images },
      todo: [`make the COCO file it names: maskwright data convert ${source} train.json --to coco`],
    }
  }
  const valFile = val ?? (await fileIn([dirname(resolve(file)), ...placesNear(photos)], VAL_FILE))
  const valSplit = valFile && (await readLabels(valFile, val !== undefined, undefined, signal))
  if (!valFile || !valSplit) return { data, images, annotations: file, todo: [NO_VAL] }
  return {
    data,
    images,
    annotations: file,
    val: { images: valSplit.images ?? images, annotations: valFile },
  }
}

const NO_VAL =
  'there are no images to validate, so nothing tells how good the model is: "maskwright data split" keeps a fifth apart'

/** The first split; undefined where nothing was named and nothing is recognised. */
async function readLabels(
  source: string,
  isCertain: boolean,
  images: string | undefined,
  signal: AbortSignal,
): Promise<LabelledSplit | undefined> {
  try {
    const splits = await readLabelled(source, { from: 'auto', images, signal })
    return splits.find(({ split }) => split === 'train') ?? splits[0]
  } catch (error) {
    if (isCertain || !(error instanceof MaskwrightError)) throw error
    // Not recognised means no labels; what looks like labels and is none is told.
    if (error instanceof DataError) say(`no labels were read: ${error.message}`)
    return undefined
  }
}

/** Where labels of a folder usually lie: in it, beside it, or in `annotations` beside it. */
function placesNear(folder: string): string[] {
  return [folder, join(folder, '..'), join(folder, '..', 'annotations')]
}

/** A file of such a name in the first of the folders that has one. */
async function fileIn(places: readonly string[], name: RegExp): Promise<string | undefined> {
  for (const place of places) {
    const entries = await readdir(place).catch(() => [])
    const found = entries.filter((entry) => name.test(entry)).sort()
    if (found.length > 0) return join(place, found[found.length - 1])
  }
  return undefined
}

async function measured(files: readonly string[]): Promise<Size[]> {
  const read = files.slice(0, MEASURED).map((file) =>
    loadImageSize(file).catch((error) => {
      if (!(error instanceof DataError)) throw error
      say(`passed over: ${error.message}`)
      return undefined
    }),
  )
  const sizes = (await Promise.all(read)).filter((size) => size !== undefined)
  if (sizes.length === 0) throw new DataError('no image can be read', { where: files[0] })
  return files.map((_, i) => sizes[i % sizes.length])
}

function sizesOf(sizes: readonly Size[]): Omit<DataFacts, 'cores' | 'objects'> {
  const shorter = sizes.map(({ width, height }) => Math.min(width, height))
  const elongations = sizes.map(({ width, height }) => Math.max(width, height) / Math.min(width, height))
  return {
    images: sizes.length,
    shorterSide: Math.round(share(shorter, 0.5)),
    elongation: elongations.reduce((most, each) => Math.max(most, each), 1),
  }
}

function objectsOf(dataset: Dataset): ObjectFacts {
  const perImage = dataset.images.map(({ id }) =>
    annotationsOf(dataset, id).filter(({ isCrowd }) => !isCrowd),
  )
  const objects = perImage.flat()
  const sides = objects.map(({ box: [x1, y1, x2, y2] }) => Math.max(x2 - x1, y2 - y1))
  return {
    count: objects.length,
    categories: dataset.categories.map(({ name }) => name),
    hasMasks: objects.every(({ segmentation }) => segmentation !== undefined),
    small: share(sides, 0.1),
    median: share(sides, 0.5),
    large: share(sides, 0.9),
    most: perImage.reduce((most, { length }) => Math.max(most, length), 0),
  }
}

/** The value below which a share of all values lies; there is at least one. */
function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]
}
