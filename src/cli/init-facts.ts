/** What photos and their labels look like, for a first configuration. */
import { dirname, join, parse, resolve } from 'node:path'
import { annotationsOf, type Dataset } from '../data/dataset.ts'
import { DataError, MaskwrightError } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import { loadImageSize } from '../node/decode-image.ts'
import { existsIn } from '../node/image-folder.ts'
import { listImages } from '../node/image-list.ts'
import type { DataFacts, ObjectFacts } from '../train/suggestion.ts'
import { type LabelledSplit, readLabelled } from './data/labelled-source.ts'
import { type FoundLabels, findLabels, findValidation, LOOKED_FOR } from './init-labels.ts'
import { say } from './print.ts'

export interface LookedAt {
  readonly data: Omit<DataFacts, 'cores'>
  readonly images: string
  /** COCO file of the labels, which may still be to be made (`todo`); undefined where there are none. */
  readonly annotations?: string
  readonly val?: { readonly images: string; readonly annotations: string }
  /** What is to be done before the training, a line each. */
  readonly todo?: readonly string[]
}

export interface LookOptions {
  readonly annotations?: string
  readonly val?: string
  /** Whether photos in the folders of the folder are meant as well. */
  readonly recursive?: boolean
  /** Folder of the configuration, where labels of other formats are to be written. */
  readonly target: string
  readonly signal: AbortSignal
}

/** Images whose headers are looked at. */
const MOST_LOOKED_AT = 1000
/** Those looked at at once. */
const AT_ONCE = 16
/** Unreadable images that are named. */
const MOST_NAMED = 3

/** Looks at a folder of photos. Throws `DataError` where there are no images, or labels that were named cannot be read. */
export async function lookAt(photos: string, options: LookOptions): Promise<LookedAt> {
  const { annotations: named, val, recursive, signal } = options
  const files = await listImages(photos, { recursive })
  const sizes = await measured(files)
  const labels = await findLabels(photos, files, { named, signal })
  if (!labels) {
    return { data: sizesOf(sizes), images: photos, todo: [LOOKED_FOR, LABEL_FIRST] }
  }
  const { source, split } = labels
  const { dataset, images = photos } = split
  const data = { ...sizesOf(dataset.images), objects: objectsOf(dataset) }
  sayKeypoints(dataset)
  if (split.format !== 'coco' || !isJson(source))
    return { data, images, ...converted(labels, photos, options.target) }
  const valFile = val ?? (await findValidation(photos, dirname(resolve(source))))
  const validation = valFile && (await readValidation(valFile, val !== undefined, signal))
  if (!valFile || !validation) return { data, images, annotations: source, todo: [NO_VAL] }
  const places = [join(images, '..', splitOf(valFile)), validation.images, images]
  const valImages = await folderWith(validation, places)
  if (valImages === undefined) {
    const todo = `name the folder of the images of ${valFile} in data.val: the first is not in ${places[0]} or ${images}`
    return { data, images, annotations: source, todo: [todo] }
  }
  return { data, images, annotations: source, val: { images: valImages, annotations: valFile } }
}

/** The configuration is one of boxes and masks. */
function sayKeypoints({ categories, annotations }: Dataset): void {
  const hasKeypoints = [...annotations.values()].flat().some(({ keypoints }) => keypoints !== undefined)
  if (!hasKeypoints || categories.every(({ keypoints = [] }) => keypoints.length === 0)) return
  say(
    "the labels have keypoints, which mask-rcnn does not learn: model.name 'keypoint-rcnn' learns them as well",
  )
}

/** `val2017` of `instances_val2017.json`. */
function splitOf(file: string): string {
  return parse(file).name.replace(/^instances_/, '')
}

/** The first of the folders that has the first image of a split. */
async function folderWith(
  { dataset }: LabelledSplit,
  folders: readonly (string | undefined)[],
): Promise<string | undefined> {
  const [first] = dataset.images
  for (const folder of folders) {
    if (folder !== undefined && first && (await existsIn(folder)(first.fileName))) return folder
  }
  return undefined
}

const LABEL_FIRST =
  'to make some, label the images (Labelme, CVAT, Label Studio and others), and write the labels as COCO: maskwright data convert LABELS train.json --to coco'
const NO_VAL =
  'there are no images to validate, so nothing tells how good the model is: "maskwright data split" keeps a fifth apart'

/** Labels of other formats, or of several files, become a COCO file a split first. */
function converted(
  { source, from, images, splits, split }: FoundLabels,
  photos: string,
  target: string,
): Pick<LookedAt, 'annotations' | 'val' | 'todo'> {
  const isOne = splits.length === 1
  const to = join(target, isOne ? 'train.json' : 'coco')
  const fileOf = ({ split }: LabelledSplit) => (isOne ? to : join(to, 'annotations', `${split}.json`))
  const flags = [
    ...(from ? ['--from', from] : []),
    '--to coco',
    ...(images && source !== photos ? ['--images', quoted(images)] : []),
  ]
  const validation = splits.find(({ split, images }) => images && /^val(id(ation)?)?$/.test(split))
  const command = `maskwright data convert ${quoted(source)} ${quoted(to)} ${flags.join(' ')}`
  return {
    annotations: fileOf(split),
    ...(validation?.images && {
      val: { images: validation.images, annotations: fileOf(validation) },
    }),
    todo: [`make the COCO ${isOne ? 'file' : 'files'} it names: ${command}`, ...(validation ? [] : [NO_VAL])],
  }
}

function isJson(path: string): boolean {
  return path.toLowerCase().endsWith('.json')
}

/** As a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w./:@%+=-]+$/.test(path) ? path : `"${path}"`
}

/** Undefined where a file that was not named cannot be read, which is told. */
async function readValidation(
  file: string,
  isNamed: boolean,
  signal: AbortSignal,
): Promise<LabelledSplit | undefined> {
  try {
    return (await readLabelled(file, { from: 'auto', signal }))[0]
  } catch (error) {
    if (isNamed || !(error instanceof MaskwrightError)) throw error
    if (error instanceof DataError) say(`no labels were read: ${error.message}`)
    return undefined
  }
}

/** Sizes of the images that can be read, of a large folder of the first; how many cannot is told. */
async function measured(files: readonly string[]): Promise<Size[]> {
  const looked = files.slice(0, MOST_LOOKED_AT)
  const sizes: Size[] = []
  const failed: string[] = []
  for (let i = 0; i < looked.length; i += AT_ONCE) {
    const read = looked.slice(i, i + AT_ONCE).map((file) =>
      loadImageSize(file).catch((error) => {
        if (!(error instanceof DataError)) throw error
        failed.push(error.message)
        return undefined
      }),
    )
    sizes.push(...(await Promise.all(read)).filter((size) => size !== undefined))
  }
  if (sizes.length === 0) throw new DataError('no image can be read', { where: files[0] })
  if (failed.length > 0) {
    for (const message of failed.slice(0, MOST_NAMED)) say(`passed over: ${message}`)
    say(`${failed.length} of ${looked.length} images cannot be read`)
  }
  // Those beyond are taken to be like the first.
  const unseen = files.slice(looked.length).map((_, i) => sizes[i % sizes.length])
  return [...sizes, ...unseen]
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
