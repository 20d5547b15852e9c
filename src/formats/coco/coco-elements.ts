/** Where the entries of large COCO files lie, by image: threads get their share, and read it image by image. */
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

/** An entry and the image it is about. */
export interface PlacedElement {
  readonly element: JsonElement
  readonly imageId: number
}

export function elementPlaces(entries: readonly PlacedElement[]): ElementPlaces {
  return {
    indices: Uint32Array.from(entries, ({ element }) => element.index),
    offsets: Float64Array.from(entries, ({ element }) => element.offset),
    lengths: Uint32Array.from(entries, ({ element }) => element.text.length),
    imageIds: Float64Array.from(entries, ({ imageId }) => imageId),
  }
}

/** All entries of one list, found by image. */
export interface ElementIndex {
  add(places: ElementPlaces): void
  /** Entries about an image, in the order of the file, read with `readRange`. */
  of(imageId: number, readRange: ReadRange): JsonElement[]
}

/** Bytes of the file that the places are in. */
export type ReadRange = (offset: number, length: number) => Uint8Array

interface Place {
  readonly index: number
  readonly offset: number
  readonly length: number
}

export function elementIndex(list: string): ElementIndex {
  const parts: ElementPlaces[] = []
  /** Number of the part and of the entry in it, as one number. */
  const byImage = new Map<number, number[]>()
  const placeOf = (key: number): Place => {
    const { indices, offsets, lengths } = parts[Math.floor(key / PART)]
    const at = key % PART
    return { index: indices[at], offset: offsets[at], length: lengths[at] }
  }
  return {
    add: (places) => {
      const part = parts.push(places) - 1
      places.imageIds.forEach((imageId, at) => {
        const keys = byImage.get(imageId)
        if (keys) keys.push(part * PART + at)
        else byImage.set(imageId, [part * PART + at])
      })
    },
    of: (imageId, readRange) => {
      const places = (byImage.get(imageId) ?? []).map(placeOf)
      return neighbours(places).flatMap((run) => readRun(run, list, readRange))
    },
  }
}

const PART = 2 ** 32

/** Places cut wherever entries do not follow each other in the file. */
function neighbours(places: readonly Place[]): Place[][] {
  const runs: Place[][] = []
  for (const [i, place] of places.entries()) {
    if (i > 0 && place.index === places[i - 1].index + 1) runs[runs.length - 1].push(place)
    else runs.push([place])
  }
  return runs
}

function readRun(run: readonly Place[], list: string, readRange: ReadRange): JsonElement[] {
  const start = run[0].offset
  const last = run[run.length - 1]
  const bytes = readRange(start, last.offset + last.length - start)
  return run.map(({ index, offset, length }) => ({
    list,
    index,
    offset,
    text: bytes.subarray(offset - start, offset - start + length),
  }))
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
