/** COCO files that are too large to be held as text: read in pieces, element by element. */

import type { Category, Dataset, DatasetImage } from '../../data/dataset.ts'
import { DataError } from '../../errors.ts'
import { type JsonElement, jsonElements, parseElements } from '../json-elements.ts'
import { describe } from '../json-fields.ts'
import {
  annotationParser,
  type CocoOptions,
  parseCategories,
  parseImages,
  requireCocoOptions,
} from './coco.ts'
import { type CocoResult, parseCocoResult, resultsNoList } from './coco-results.ts'

/** Starts reading a file from its beginning, in pieces of any size. */
export type OpenChunks = () => AsyncIterable<Uint8Array>

/**
 * `parseCoco` of a file that is read as it is needed: the same data set and errors, with no more of its text in memory than
 * a few pieces. The file is read twice: annotations may come before the images they belong to.
 */
export async function readCoco(open: OpenChunks, where: string, options: CocoOptions = {}): Promise<Dataset> {
  requireCocoOptions('readCoco', options)
  const { images, categories } = await readCocoHeader(open, where, options)
  const annotations = annotationParser(images, categories, where, options)
  for await (const elements of listElements(open, 'annotations', where)) {
    const values = parseElements(elements, where)
    for (const [i, { index }] of elements.entries()) annotations.add(values[i], index)
  }
  return { images, annotations: annotations.byImage, categories }
}

/**
 * Images and categories of a COCO file; everything else is passed over. Throws `DataError` where a list is missing.
 * @param onAnnotation told of every entry of the list `annotations` as it is passed
 */
export async function readCocoHeader(
  open: OpenChunks,
  where: string,
  options: CocoOptions = {},
  onAnnotation?: (element: JsonElement) => void,
): Promise<{ readonly images: DatasetImage[]; readonly categories: Category[] }> {
  const lists = new Map<string, unknown[]>([
    ['images', []],
    ['categories', []],
  ])
  const seen = new Set<string>()
  for await (const elements of jsonElements(open(), where)) {
    for (const element of elements) {
      if (element.index === 0) seen.add(element.list)
      // Members that are no lists are small: that they are JSON at all is checked here.
      if (element.index < 0) parseElements([element], where)
      else if (element.list === 'annotations' && element.text.length > 0) onAnnotation?.(element)
    }
    for (const [name, values] of lists) {
      const own = withContent(elements, name)
      for (const value of parseElements(own, where)) values.push(value)
    }
  }
  for (const name of ['images', 'categories', 'annotations']) {
    if (seen.has(name)) continue
    throw new DataError(`"${name}" is missing or no list`, {
      where,
      expected: 'an object with the lists images, annotations and categories',
      got: seen.has('') ? 'a list' : `the lists ${describe([...seen])}`,
    })
  }
  return {
    images: parseImages(lists.get('images') ?? [], where, options),
    categories: parseCategories(lists.get('categories') ?? [], where, options),
  }
}

/** The elements of one list of a JSON file, some at a time. */
export async function* listElements(
  open: OpenChunks,
  list: string,
  where: string,
): AsyncGenerator<readonly JsonElement[]> {
  for await (const elements of jsonElements(open(), where)) {
    const own = withContent(elements, list)
    if (own.length > 0) yield own
  }
}

/** `parseCocoResults` of a file that is read in pieces. */
export async function readCocoResults(
  open: OpenChunks,
  where: string,
  groundTruth: Pick<Dataset, 'images'>,
): Promise<CocoResult[]> {
  const images = new Map(groundTruth.images.map((image) => [image.id, image]))
  const results: CocoResult[] = []
  for await (const elements of resultElements(open, where)) {
    const values = parseElements(elements, where)
    for (const [i, { index }] of elements.entries())
      results.push(parseCocoResult(values[i], index, images, where))
  }
  return results
}

/** The entries of a results array, some at a time. Throws `DataError` where the document is no list. */
export async function* resultElements(
  open: OpenChunks,
  where: string,
): AsyncGenerator<readonly JsonElement[]> {
  let isList = false
  for await (const elements of jsonElements(open(), where)) {
    isList = elements[0].list === ''
    if (!isList) break
    const own = withContent(elements, '')
    if (own.length > 0) yield own
  }
  if (!isList) throw resultsNoList(where, 'an object')
}

/** Elements of the list, without the mark of an empty one. */
function withContent(elements: readonly JsonElement[], list: string): JsonElement[] {
  return elements.filter((element) => element.list === list && element.index >= 0 && element.text.length > 0)
}
