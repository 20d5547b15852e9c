/** Entries of large COCO files as text, sorted by image: threads get their share, and read it image by image. */
import { DataError } from '../../errors.ts'
import { type JsonElement, parseElements } from '../json-elements.ts'
import { integerAt, objectAt } from './json-fields.ts'

/** Entries of one list of one file, one behind the other: plain data that moves between threads. */
export interface ElementBatch {
  readonly text: Uint8Array<ArrayBuffer>
  /** End of every entry in `text`. */
  readonly ends: Uint32Array<ArrayBuffer>
  /** Place of every entry in its list. */
  readonly indices: Uint32Array<ArrayBuffer>
  readonly imageIds: Float64Array<ArrayBuffer>
}

/** An entry and the image it is about. */
export interface PlacedElement {
  readonly element: JsonElement
  readonly imageId: number
}

export function elementBatch(entries: readonly PlacedElement[]): ElementBatch {
  const ends = new Uint32Array(entries.length)
  let length = 0
  entries.forEach(({ element }, i) => {
    length += element.text.length
    ends[i] = length
  })
  const text = new Uint8Array(length)
  entries.forEach(({ element }, i) => {
    text.set(element.text, ends[i] - element.text.length)
  })
  return {
    text,
    ends,
    indices: Uint32Array.from(entries, ({ element }) => element.index),
    imageIds: Float64Array.from(entries, ({ imageId }) => imageId),
  }
}

/** An entry where it lies in a batch. */
interface Place {
  readonly batch: ElementBatch
  readonly at: number
}

/** All entries of one list, found by image. */
export interface ElementStore {
  add(batch: ElementBatch): void
  /** Entries about an image, in the order they were added. */
  of(imageId: number): JsonElement[]
}

export function elementStore(list: string): ElementStore {
  const byImage = new Map<number, Place[]>()
  return {
    add: (batch) => {
      batch.imageIds.forEach((imageId, at) => {
        const places = byImage.get(imageId)
        if (places) places.push({ batch, at })
        else byImage.set(imageId, [{ batch, at }])
      })
    },
    of: (imageId) =>
      (byImage.get(imageId) ?? []).map(({ batch: { text, ends, indices }, at }) => ({
        list,
        index: indices[at],
        text: text.subarray(at === 0 ? 0 : ends[at - 1], ends[at]),
      })),
  }
}

const QUOTE = 34
const BACKSLASH = 92
const NAME = new TextEncoder().encode('"image_id"')

/**
 * The `image_id` of an entry, read without parsing the rest where it stands as plain digits. Throws `DataError` naming
 * the entry where it has none that is an integer. Of several the first is taken: whoever parses the entry checks it.
 */
export function elementImageId(element: JsonElement, where: string): number {
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
