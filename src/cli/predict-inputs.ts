/** Which images `predict` works on, and how one is read. */
import type { ImageReader } from '../data/image-reading.ts'
import { decodeImage } from '../node/decode-image.ts'
import { isUrl, loadFile, loadUrl } from '../node/files.ts'
import { findImages, SUBFOLDERS } from '../node/image-list.ts'
import { rawReader } from '../predict/raw-reader.ts'
import { listedImageIds } from './image-ids.ts'
import { readStandardInput, STANDARD_INPUT } from './standard-input.ts'

/** One image to work on. */
export interface ImageInput {
  /** As it is shown and stored: a path, a URL, or `-` for standard input. */
  readonly file: string
  /** Id in a data set; otherwise its place among the inputs, from 1. */
  readonly imageId: number
}

export interface Inputs {
  readonly images: readonly ImageInput[]
  /** How many files of each kind were passed over. */
  readonly passedOver: ReadonlyMap<string, number>
}

export interface InputOptions {
  readonly recursive?: boolean
  /** A COCO file: only the images it lists are taken, with their ids. */
  readonly annotations?: string
}

/** What paths, folders, globs, URLs and `-` stand for, each image once. Throws `DataError` where that is nothing. */
export async function listInputs(
  inputs: readonly string[],
  { recursive, annotations }: InputOptions = {},
): Promise<Inputs> {
  const lists = await Promise.all(
    inputs.map((input) =>
      input === STANDARD_INPUT || isUrl(input)
        ? { images: [input], passedOver: new Map<string, number>() }
        : findImages(input, { recursive }),
    ),
  )
  const passedOver = new Map<string, number>()
  for (const [kind, count] of lists.flatMap((list) => [...list.passedOver])) {
    passedOver.set(kind, (passedOver.get(kind) ?? 0) + count)
  }
  const files = [...new Set(lists.flatMap(({ images }) => images))]
  if (annotations === undefined)
    return { images: files.map((file, i) => ({ file, imageId: i + 1 })), passedOver }
  const idOf = await listedImageIds(files, annotations)
  const unlisted = files.length - idOf.size
  if (unlisted > 0) passedOver.set(`not in ${annotations}`, unlisted)
  return { images: [...idOf].map(([file, imageId]) => ({ file, imageId })), passedOver }
}

/** Opens an input, to be read and closed. Throws `DataError` that names it. */
export async function openInput(input: ImageInput): Promise<ImageReader> {
  return rawReader(await decodeImage(await loadInput(input), { name: input.file }), input.file)
}

/** Bytes of an input. Throws `DataError` that names it. */
export async function loadInput({ file }: ImageInput): Promise<Uint8Array> {
  if (file !== STANDARD_INPUT) return isUrl(file) ? loadUrl(file) : loadFile(file)
  return readStandardInput()
}

/** `12 files passed over: 10 .txt, 2 subfolders (--recursive reads them)`; undefined where that is none. */
export function passedOverLine(passedOver: ReadonlyMap<string, number>): string | undefined {
  if (passedOver.size === 0) return undefined
  const total = [...passedOver.values()].reduce((a, b) => a + b, 0)
  const kinds = [...passedOver]
    .sort(
      ([a, m], [b, n]) => Number(a === SUBFOLDERS) - Number(b === SUBFOLDERS) || n - m || (a < b ? -1 : 1),
    )
    .map(([kind, count]) => `${count} ${kind === SUBFOLDERS ? subfolders(count) : kind}`)
  return `${total} ${total === 1 ? 'file' : 'files'} passed over: ${kinds.join(', ')}`
}

function subfolders(count: number): string {
  return `${count === 1 ? 'subfolder' : 'subfolders'} (--recursive reads ${count === 1 ? 'it' : 'them'})`
}
