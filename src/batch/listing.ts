import { DataError } from '../errors.ts'

/** An image of a batch. */
export interface ListedImage {
  /** As results name it, and no other image of the batch: a path, a URL, `stack.tif#2` for a page. */
  readonly file: string
  /** Where it lies, where that is not `file`. */
  readonly path?: string
  /** Counted from 1. */
  readonly page?: number
}

/** The images of a batch in their order, a line of JSON each: what the batch is of, to the last byte. */
export function encodeListing(images: readonly ListedImage[]): string {
  return images.map((image) => `${listingLine(image)}\n`).join('')
}

function listingLine({ file, path, page }: ListedImage): string {
  return JSON.stringify({ file, ...(path !== undefined && { path }), ...(page !== undefined && { page }) })
}

/** Throws `DataError` naming the line that is none of a listing. */
export function decodeListing(text: string, where: string): ListedImage[] {
  return text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [imageOf(line, `${where}: line ${i + 1}`)]))
}

function imageOf(line: string, where: string): ListedImage {
  const expected = '{ "file": "a.png" }'
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new DataError('is not JSON', { where, expected }, { cause })
  }
  const { file, path, page } = (value ?? {}) as Partial<Record<keyof ListedImage, unknown>>
  const isPage = typeof page === 'number' && Number.isInteger(page) && page >= 1
  const isFine =
    typeof file === 'string' &&
    file !== '' &&
    (path === undefined || (typeof path === 'string' && path !== '')) &&
    (page === undefined || isPage)
  if (!isFine) throw new DataError('names no image', { where, expected, got: line.slice(0, 80) })
  return { file, ...(path !== undefined && { path }), ...(isPage && { page }) }
}
