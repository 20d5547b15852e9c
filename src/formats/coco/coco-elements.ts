/** Where the entries of large COCO files lie, by image: threads are told, and read what they need. */
import { DataError } from '../../errors.ts'
import { type JsonElement, parseElements } from '../json-elements.ts'
import { integerAt, objectAt } from '../json-fields.ts'

/** Places of entries of one list of one file: plain data that moves between threads. */
export interface ElementPlaces {
  /** Place of every entry in its list. */
  readonly indices: Uint32Array<ArrayBuffer>
  /** Where every entry lies in the file, in bytes. */
  readonly offsets: Float64Array<ArrayBuffer>
  readonly lengths: Uint32Array<ArrayBuffer>
  readonly imageIds: Float64Array<ArrayBuffer>
}

/** All entries of one list, found by image: a few numbers each, however long the entries are. */
export interface ElementIndex {
  /** The list's name; empty where the document is the list. */
  readonly list: string
  /** Takes the entries of the list one by one, in its order. Throws `DataError` as `elementImageId` does. */
  add(this: void, element: JsonElement): void
  /** Ids of all images that entries are about. */
  imageIds(): Iterable<number>
  /** Entries about some images, in the order of the file. */
  of(imageIds: readonly number[]): ElementPlaces
}

/** @param where the file, as messages name it */
export function elementIndex(list: string, where: string): ElementIndex {
  const offsets: number[] = []
  const lengths: number[] = []
  const byImage = new Map<number, number[]>()
  return {
    list,
    add: (element) => {
      const imageId = elementImageId(element, where)
      const index = offsets.push(element.offset) - 1
      lengths.push(element.text.length)
      const own = byImage.get(imageId)
      if (own) own.push(index)
      else byImage.set(imageId, [index])
    },
    imageIds: () => byImage.keys(),
    of: (imageIds) => {
      const own = imageIds.flatMap((imageId) =>
        (byImage.get(imageId) ?? []).map((index) => ({ index, imageId })),
      )
      own.sort((a, b) => a.index - b.index)
      return {
        indices: Uint32Array.from(own, ({ index }) => index),
        offsets: Float64Array.from(own, ({ index }) => offsets[index]),
        lengths: Uint32Array.from(own, ({ index }) => lengths[index]),
        imageIds: Float64Array.from(own, ({ imageId }) => imageId),
      }
    },
  }
}

/** Bytes of the file that the places are in. */
export type ReadRange = (offset: number, length: number) => Uint8Array

/** Entries of the list named `list`; those that follow each other in the file are read in one go. */
export function readElements(
  { indices, offsets, lengths }: ElementPlaces,
  list: string,
  readRange: ReadRange,
): JsonElement[] {
  const elements: JsonElement[] = []
  for (let first = 0, end = 0; first < indices.length; first = end) {
    end = first + 1
    while (end < indices.length && indices[end] === indices[end - 1] + 1) end++
    const start = offsets[first]
    const bytes = readRange(start, offsets[end - 1] + lengths[end - 1] - start)
    for (let i = first; i < end; i++) {
      const text = bytes.subarray(offsets[i] - start, offsets[i] - start + lengths[i])
      elements.push({ list, index: indices[i], offset: offsets[i], text })
    }
  }
  return elements
}

const QUOTE = 34
const BACKSLASH = 92
const NAME = new TextEncoder().encode('"image_id"')

/**
 * The `image_id` of an entry, read without parsing the rest where it stands as plain digits. Throws `DataError` naming
 * the entry where it has none that is an integer. Of several the first is taken: whoever parses the entry checks it.
 */
function elementImageId(element: JsonElement, where: string): number {
  const { text, list, index } = element
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]
    if (byte === 123 || byte === 91) depth++
    else if (byte === 125 || byte === 93) depth--
    else if (byte === QUOTE) {
      if (depth === 1 && startsWithName(text, at)) {
        const id = digits(text, at + NAME.length)
        if (id >= 0) return id
        break
      }
      for (at++; at < text.length && text[at] !== QUOTE; at++) if (text[at] === BACKSLASH) at++
    }
  }
  const at = `${where}: ${list}[${index}]`
  return integerAt(objectAt(parseElements([element], where)[0], at), 'image_id', at)
}

function startsWithName(text: Uint8Array, at: number): boolean {
  for (let i = 1; i < NAME.length; i++) if (text[at + i] !== NAME[i]) return false
  return true
}

/** `: 123` followed by a comma or the end of the object; -1 for anything else, more than 15 digits included. */
function digits(text: Uint8Array, from: number): number {
  let at = from
  while (text[at] === 32) at++
  if (text[at++] !== 58) return -1
  while (text[at] === 32) at++
  const first = at
  let value = 0
  for (; text[at] >= 48 && text[at] <= 57; at++) value = value * 10 + text[at] - 48
  const isPlain = at > first && at - first <= 15 && (text[at] === 44 || text[at] === 125)
  return isPlain && (text[first] !== 48 || at === first + 1) ? value : -1
}

/** Throws `DataError` where an entry that was sorted under `imageId` is about another image. */
export function requireSameImage(
  imageId: number,
  got: number,
  { list, index }: JsonElement,
  where: string,
): void {
  if (got === imageId) return
  throw new DataError('entry has two "image_id"', {
    where: `${where}: ${list}[${index}]`,
    got: `${imageId} and ${got}`,
  })
}
