/** Which images `predict` works on, and how one is read. */
import { resolve } from 'node:path'
import type { ImageReader, ReadingOptions } from '../data/image-reading.ts'
import { ConfigError, DataError } from '../errors.ts'
import { listPages } from '../node/decode-image.ts'
import { isUrl, loadFile, loadUrl } from '../node/files.ts'
import { findImages, SUBFOLDERS } from '../node/image-list.ts'
import { openImage } from '../node/open-image.ts'
import { listedImageIds } from './image-ids.ts'
import { readStandardInput, STANDARD_INPUT } from './standard-input.ts'

/** One image to work on. */
export interface ImageInput {
  /** As it is shown and stored: a path, a URL, or `-` for standard input. */
  readonly file: string
  /** Where it lies, where it is one page of a file that was asked for: then `file` is `stack.tif#2`. */
  readonly path?: string
  /** Counted from 1. */
  readonly page?: number
  /** Id in a data set; otherwise its place among the inputs, from 1. */
  readonly imageId: number
}

export interface Inputs {
  readonly images: readonly ImageInput[]
  /** How many files of each kind were passed over. */
  readonly passedOver: ReadonlyMap<string, number>
  /** How many images the annotations list that are not among the inputs, and how many they list. */
  readonly missing?: { readonly images: number; readonly of: number }
}

export interface InputOptions {
  readonly recursive?: boolean
  /** A COCO file: only the images it lists are taken, with their ids. */
  readonly annotations?: string
  /** The page that is taken of each file, or all of them. */
  readonly page?: number | 'all'
  /** Channels that are taken of pages: planes of the other channels are then no pages. */
  readonly channels?: ReadingOptions['channels']
}

/** What paths, folders, globs, URLs and `-` stand for, each image once. Throws `DataError` where that is nothing. */
export async function listInputs(
  inputs: readonly string[],
  { recursive, annotations, page, channels }: InputOptions = {},
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
  const files = eachOnce(lists.flatMap(({ images }) => images))
  if (annotations === undefined) return { images: numbered(await pagesOf(files, page, channels)), passedOver }
  if (page === 'all') {
    throw new ConfigError('--page all gives several pictures where annotations list one image', {
      where: annotations,
      hint: 'Choose one page by its number',
    })
  }
  const { idOf, count } = await listedImageIds(files, annotations)
  const unlisted = files.length - idOf.size
  if (unlisted > 0) passedOver.set(`not in ${annotations}`, unlisted)
  const listed = await pagesOf([...idOf.keys()], page, channels)
  return {
    images: listed.map((input) => ({ ...input, imageId: idOf.get(input.path ?? input.file) as number })),
    passedOver,
    ...(count > idOf.size && { missing: { images: count - idOf.size, of: count } }),
  }
}

/** Files by their first spelling: `./a.png` and `a.png` are one. */
function eachOnce(files: readonly string[]): string[] {
  const byPlace = new Map<string, string>()
  for (const file of files) {
    const place = file === STANDARD_INPUT || isUrl(file) ? file : resolve(file)
    if (!byPlace.has(place)) byPlace.set(place, file)
  }
  return [...byPlace.values()]
}

function numbered(inputs: readonly Omit<ImageInput, 'imageId'>[]): ImageInput[] {
  return inputs.map((input, i) => ({ ...input, imageId: i + 1 }))
}

/** Each file, or each of its pages that is wanted. */
export async function pagesOf(
  files: readonly string[],
  page: InputOptions['page'],
  channels: ReadingOptions['channels'],
): Promise<Omit<ImageInput, 'imageId'>[]> {
  if (page === undefined) return files.map((file) => ({ file }))
  const inputs: Omit<ImageInput, 'imageId'>[] = []
  for (const path of files) {
    const pages = page === 'all' ? await allPages(path, channels) : [page]
    if (page === 'all' && pages.length === 1) inputs.push({ file: path })
    else inputs.push(...pages.map((number) => ({ file: `${path}#${number}`, path, page: number })))
  }
  return inputs
}

/** One for what cannot be read: why it cannot is told when its turn comes. */
async function allPages(path: string, channels: ReadingOptions['channels']): Promise<number[]> {
  if (path === STANDARD_INPUT || isUrl(path)) {
    throw new ConfigError('--page all reads files', { where: path, hint: 'Choose one page by its number' })
  }
  return listPages(path, channels).catch((error) => {
    if (error instanceof DataError) return [1]
    throw error
  })
}

/** Opens an input, to be read and closed. Throws `DataError` that names it. */
export async function openInput(input: ImageInput, reading: ReadingOptions = {}): Promise<ImageReader> {
  const { file, path = file, page } = input
  const isFile = path !== STANDARD_INPUT && !isUrl(path)
  return openImage(isFile ? path : await loadInput(input), { ...reading, page, name: file })
}

/** Bytes of an input. Throws `DataError` that names it. */
export async function loadInput({ file, path = file }: ImageInput): Promise<Uint8Array> {
  if (path !== STANDARD_INPUT) return isUrl(path) ? loadUrl(path) : loadFile(path)
  return readStandardInput()
}

/** `12 files passed over: 10 .txt, 2 subfolders (--recursive reads them)`; undefined where that is none. */
export function passedOverLine(passedOver: ReadonlyMap<string, number>): string | undefined {
  if (passedOver.size === 0) return undefined
  const total = [...passedOver.values()].reduce((a, b) => a + b, 0)
  if (passedOver.get(SUBFOLDERS) === total) return `passed over: ${total} ${subfolders(total)}`
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
