/** Photos, their labels, and those to validate on: as they are named, or found where they usually lie. */
import { dirname, join, parse, resolve } from 'node:path'
import type { Dataset } from '../../data/dataset.ts'
import { DataError, MaskwrightError } from '../../errors.ts'
import { existsIn } from '../../node/image-folder.ts'
import { type LabelledSplit, readLabelled } from '../data/labelled-source.ts'
import { say } from '../print.ts'
import { type FoundLabels, findLabels, findValidation } from './found-labels.ts'

export interface FoundData {
  readonly labels?: FoundLabels
  readonly val?: FoundValidation
}

export interface FoundValidation {
  /** File or folder that it was read from. */
  readonly source: string
  readonly split: LabelledSplit
  /** Undefined where the first image lies in none of the folders that were tried: `tried` then. */
  readonly images?: string
  readonly tried?: readonly string[]
}

export interface FindOptions {
  /** Labels as they were named; otherwise they are looked for. */
  readonly labels?: string
  readonly val?: string
  readonly signal: AbortSignal
}

/** `val`, `valid`, `val2017`. */
const VAL_SPLIT = /^val(id(ation)?)?\d*$/i

/** Throws `DataError` where labels that were named cannot be read. */
export async function findData(
  photos: string,
  files: readonly string[],
  { labels: named, val, signal }: FindOptions,
): Promise<FoundData> {
  const labels = await findLabels(photos, files, { named, signal })
  if (!labels) return {}
  sayKeypoints(labels.split.dataset)
  return { labels, val: await validationOf(photos, labels, { val, signal }) }
}

/** Whether labels are a COCO file, which a training reads as it is. */
export function isCocoFile({ source, split }: FoundLabels): boolean {
  return split.format === 'coco' && source.toLowerCase().endsWith('.json')
}

async function validationOf(
  photos: string,
  labels: FoundLabels,
  { val, signal }: Pick<FindOptions, 'val' | 'signal'>,
): Promise<FoundValidation | undefined> {
  const { source, splits } = labels
  const own = splits.find(({ split, images }) => images && VAL_SPLIT.test(split))
  if (val === undefined && own) return { source, split: own, images: own.images }
  const isFile = isCocoFile(labels)
  const file = val ?? (isFile ? await findValidation(photos, dirname(resolve(source))) : undefined)
  const split = file && (await readValidation(file, val !== undefined, signal))
  if (!file || !split) return undefined
  const beside = labels.split.images ?? photos
  const places = [join(beside, '..', splitOf(file)), split.images, beside]
  const images = await folderWith(split.dataset, places)
  return { source: file, split, images, tried: [places[0] as string, beside] }
}

/** The model is one of boxes and masks. */
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

/** The first of the folders that has the first image of a data set. */
async function folderWith(
  { images: [first] }: Dataset,
  folders: readonly (string | undefined)[],
): Promise<string | undefined> {
  for (const folder of folders) {
    if (folder !== undefined && first && (await existsIn(folder)(first.fileName))) return folder
  }
  return undefined
}

/** Undefined where a file that was not named cannot be read, which is told. */
async function readValidation(
  file: string,
  isNamed: boolean,
  signal: AbortSignal,
): Promise<LabelledSplit | undefined> {
  try {
    const splits = await readLabelled(file, { from: 'auto', signal })
    return splits.find(({ split }) => VAL_SPLIT.test(split)) ?? splits[0]
  } catch (error) {
    if (isNamed || !(error instanceof MaskwrightError)) throw error
    if (error instanceof DataError) say(`no labels were read: ${error.message}`)
    return undefined
  }
}
