/** Which images a batch is of. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { decodeListing, type ListedImage } from '../../batch/listing.ts'
import { ConfigError, DataError } from '../../errors.ts'
import { isUrl, loadText } from '../../node/files.ts'
import { type InputOptions, listInputs, pagesOf } from '../predict-inputs.ts'
import { STANDARD_INPUT } from '../standard-input.ts'

export interface BatchImages {
  readonly images: readonly ListedImage[]
  /** How many files of each kind were passed over. */
  readonly passedOver: ReadonlyMap<string, number>
  /** How many were listed that had been listed before. */
  readonly repeated: number
}

type Options = Pick<InputOptions, 'recursive' | 'page' | 'channels'>

/**
 * What folders, globs, files, URLs and lists (`.txt`: a path or URL a line; `.jsonl`: `{ "file": ... }` a line) stand for, each
 * image once, in their order. What a list names is not looked for: an image that does not exist fails when its turn comes. Throws
 * `DataError` where there is nothing, and for names that no program can open.
 */
export async function listBatchImages(inputs: readonly string[], options: Options): Promise<BatchImages> {
  const images: ListedImage[] = []
  const passedOver = new Map<string, number>()
  const seen = new Set<string>()
  let listed = 0
  for (const input of inputs) {
    if (input === STANDARD_INPUT)
      throw new ConfigError('a batch cannot read standard input', { where: input, hint: 'Name files' })
    const found = isList(input) ? await imagesOfList(input, options) : await listInputs([input], options)
    for (const [kind, count] of found.passedOver) passedOver.set(kind, (passedOver.get(kind) ?? 0) + count)
    listed += found.images.length
    for (const { file, path, page } of found.images) {
      const place = placeOf({ file, path, page })
      if (seen.has(place)) continue
      seen.add(place)
      images.push({ file, ...(path !== undefined && { path }), ...(page !== undefined && { page }) })
    }
  }
  if (images.length === 0) throw new DataError('there are no images', { where: inputs.join(', ') })
  requireNames(images)
  return { images, passedOver, repeated: listed - images.length }
}

function placeOf({ file, path = file, page }: ListedImage): string {
  return `${isUrl(path) ? path : resolve(path)}#${page ?? ''}`
}

function isList(input: string): boolean {
  return /\.(txt|jsonl)$/i.test(input) && statSync(input, { throwIfNoEntry: false })?.isFile() === true
}

async function imagesOfList(list: string, { page, channels }: Options) {
  const text = await loadText(list)
  const passedOver = new Map<string, number>()
  if (/\.jsonl$/i.test(list)) {
    if (page !== undefined)
      throw new ConfigError('--page cannot go with a list that says pages itself', { where: list })
    return { images: decodeListing(text, list), passedOver }
  }
  const files = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  return { images: await pagesOf(files, page, channels), passedOver }
}

/** A name that is not UTF-8 reads as one with a mark in it, which opens nothing and may stand for several. */
function requireNames(images: readonly ListedImage[]): void {
  const lost = images.filter(
    ({ file, path = file }) => path.includes('\ufffd') && !statSync(path, { throwIfNoEntry: false }),
  )
  if (lost.length === 0) return
  throw new DataError('the name of the file is not UTF-8, so it cannot be opened', {
    where: lost[0].file,
    ...(lost.length > 1 && { got: `${lost.length} such names` }),
    hint: 'Rename it',
  })
}
