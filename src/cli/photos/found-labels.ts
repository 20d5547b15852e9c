/** Labels of a folder of photos, wherever they usually lie. */
import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileKey, foldedName } from '../../data/file-lookup.ts'
import { ConfigError, DataError, MaskwrightError } from '../../errors.ts'
import type { FormatName } from '../../formats/format.ts'
import { type LabelledSplit, readLabelled } from '../data/labelled-source.ts'
import { say } from '../print.ts'

export interface FoundLabels {
  /** File or folder they were read from. */
  readonly source: string
  /** What `--from` has to say for it to be read. */
  readonly from?: FormatName
  /** What `--images` has to say for it to be read. */
  readonly images?: string
  readonly splits: readonly LabelledSplit[]
  /** The one that is about the photos. */
  readonly split: LabelledSplit
}

interface Candidate {
  readonly source: string
  readonly from?: FormatName
  /** Whether its name says that it holds labels: then what is wrong with it ends the search. */
  readonly isTrusted?: boolean
  /** Whether it was said to be the labels of the photos. */
  readonly isNamed?: boolean
}

/** Files that usually hold the labels of a folder of images, the most trusted last by name. */
const TRAIN_FILE =
  /^(train|training|annotations|instances_train\w*|_annotations\.coco|instances_default)\.json$/
const VAL_FILE = /^(val|valid|validation|instances_val\w*)\.json$/
/** Of other names, by what programs write; what is in them decides. */
const LABEL_FILE = /\.(json|csv|ya?ml)$/i
/** No labels to train on. */
const OTHER_FILE =
  /(^|[_-])(val|valid|validation|test|predictions?|results?)\w*\.(json|csv)$|^(package|tsconfig)\b/i
const LABEL_FOLDER = /^(labels?|annotations?|ann|masks?|\w*masks|json|xml|vgg|coco|yolo|segmentation\w*)$/i
const IMAGES_FOLDER = /^(images?|imgs?|photos?|pictures|JPEGImages|PNGImages)$/i

/** What was looked for, where nothing was found. */
export const LOOKED_FOR =
  'no labels were found in the folder or beside it: no train.json, annotations.json or instances_train*.json, no other ' +
  '.json, .csv or .yaml file, and no folder such as labels, annotations or masks that is about these images; where they lie elsewhere, name them'

/** The labels of these photos, `named` or found. Throws `DataError` where labels that were named cannot be read. */
export async function findLabels(
  photos: string,
  files: readonly string[],
  { named, signal }: { readonly named?: string; readonly signal: AbortSignal },
): Promise<FoundLabels | undefined> {
  const places = new Set(files.map(placeKey))
  if (named !== undefined) return readNamed(named, photos, places, signal)
  for (const candidate of await candidatesFor(photos)) {
    const found = await readCandidate(candidate, photos, places, signal)
    if (found) return found
  }
  return undefined
}

/** As the format says that it recognises; of images without a layout, as masks. */
async function readNamed(
  source: string,
  photos: string,
  places: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<FoundLabels | undefined> {
  try {
    return await readCandidate({ source, isTrusted: true, isNamed: true }, photos, places, signal)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const from of MASKS) {
      const found = await readCandidate({ source, from }, photos, places, signal)
      if (found) return found
    }
    throw error
  }
}

/** Say nothing of themselves, in a folder of any name. */
const MASKS = ['label-map', 'mask-folder'] as const

/** The file of labels to validate on that lies beside those to train on, or near the photos. */
export function findValidation(photos: string, beside: string): Promise<string | undefined> {
  return fileIn([beside, ...placesNear(photos)], VAL_FILE)
}

async function candidatesFor(photos: string): Promise<Candidate[]> {
  const trusted = await fileIn(placesNear(photos), TRAIN_FILE)
  const files: string[] = []
  for (const place of placesNear(photos).slice(1)) {
    const names = await namesIn(place, (entry) => entry.isFile())
    const labels = names.filter((name) => LABEL_FILE.test(name) && !OTHER_FILE.test(name))
    files.push(...labels.map((name) => join(place, name)))
  }
  const folders: Candidate[] = []
  for (const root of rootsOf(photos)) {
    const names = await namesIn(root, (entry) => entry.isDirectory())
    const labels = names.filter((name) => LABEL_FOLDER.test(name)).map((name) => join(root, name))
    // Layouts go by a folder of images of such a name; without it the root may be anything, and large.
    const holdsImages =
      IMAGES_FOLDER.test(basename(resolve(photos))) || IMAGES_FOLDER.test(basename(resolve(photos, '..')))
    if (labels.length > 0 && holdsImages) folders.push({ source: root })
    folders.push(...labels.map((source) => ({ source })))
    for (const from of MASKS) {
      folders.push(...labels.map((source) => ({ source, from })))
    }
  }
  return [
    ...(trusted ? [{ source: trusted, isTrusted: true }] : []),
    { source: photos },
    ...files.map((source) => ({ source })),
    ...folders,
  ]
}

/**
 * What a candidate says of the photos; undefined where it is no labels, or none of these photos. Where images lie, a layout
 * knows best; what does not say it is told.
 */
async function readCandidate(
  { source, from, isTrusted, isNamed }: Candidate,
  photos: string,
  places: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<FoundLabels | undefined> {
  // Other folders may have images of the same names.
  const about = ({ dataset, images = photos }: LabelledSplit) =>
    dataset.images.filter(({ fileName }) => places.has(placeKey(join(images, fileKey(fileName))))).length
  let failure: unknown
  for (const images of from ? [photos] : [undefined, photos]) {
    try {
      const splits = await readLabelled(source, { from: from ?? 'auto', images, signal })
      const labelled = splits.filter(({ dataset }) => dataset.annotations.size > 0)
      const ranked = labelled.toSorted(
        (a, b) => about(b) - about(a) || Number(isTrain(b)) - Number(isTrain(a)),
      )
      const [split] = ranked
      const isMeant = split && (isNamed || about(split) > 0)
      if (isMeant && (split.images ?? images)) return { source, from, images, splits, split }
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error
      failure = error
    }
  }
  if (isTrusted && failure) throw failure
  if (isTrusted && !isNamed) say(`${source} has no labels of these images`)
  // Not recognised means no labels; what looks like labels and is none is told.
  if (failure instanceof DataError && from === undefined) say(`no labels were read: ${failure.message}`)
  return undefined
}

function isTrain({ split }: LabelledSplit): boolean {
  return split === 'train'
}

/** The same for all ways to write the path of an image. */
function placeKey(path: string): string {
  return foldedName(resolve(path))
}

/** Where labels of a folder usually lie: in it, beside it, or in `annotations` beside it; the same of `images` above it. */
function placesNear(folder: string): string[] {
  return [folder, ...rootsOf(folder).flatMap((root) => [root, join(root, 'annotations')])]
}

/** Folders that hold images and labels: above the photos, and above `images` where that holds them by splits. */
function rootsOf(folder: string): string[] {
  const above = join(folder, '..')
  return IMAGES_FOLDER.test(basename(resolve(above))) ? [above, join(above, '..')] : [above]
}

/** Sorted names of what lies in a folder; none where it cannot be read. */
async function namesIn(folder: string, isWanted: (entry: Dirent) => boolean = () => true): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries
    .filter(isWanted)
    .map(({ name }) => name)
    .sort()
}

/** A file of such a name in the first of the folders that has one. */
async function fileIn(places: readonly string[], name: RegExp): Promise<string | undefined> {
  for (const place of places) {
    const found = (await namesIn(place)).filter((entry) => name.test(entry))
    if (found.length > 0) return join(place, found[found.length - 1])
  }
  return undefined
}
