/** Seeded damage to JSON documents: to their values, and to their bytes. */
import type { Random } from '../../src/tensor/random.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Holder = Json[] | { [key: string]: Json }

/** Stands in a document for text that `JSON.stringify` cannot write. */
const RAW = 'raw:'
const DEEP = 8000

const NUMBERS = [
  0,
  -1,
  -7,
  0.5,
  1.5,
  1e6,
  1e7,
  1.00001e7,
  -3e9,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e17,
  1e160,
  -1e308,
  5e-324,
]
const VALUES: readonly Json[] = [
  null,
  true,
  false,
  '',
  '1',
  'cell',
  [],
  {},
  [[]],
  [null],
  [{}],
  [1],
  [1, 2, 3, 4],
  ['1', '2', '3', '4'],
  [[1, 2]],
  [[0, 0, 4, 0, 4, 4]],
  { size: [10, 12], counts: [120] },
  { size: [10, 12], counts: '' },
  { counts: [120] },
  { size: [12, 10], counts: [120] },
  { size: [10, 12], counts: [0, -1, 121] },
  `${RAW}NaN`,
  `${RAW}Infinity`,
  `${RAW}1e999`,
  `${RAW}-1e999`,
  `${RAW}-0`,
  `${RAW}01`,
  `${RAW}${'['.repeat(DEEP)}${']'.repeat(DEEP)}`,
]
const KEYS = [
  'id',
  'image_id',
  'category_id',
  'bbox',
  'area',
  'segmentation',
  'counts',
  'size',
  'score',
  'width',
  'keypoints',
  'iscrowd',
  '__proto__',
  'Bbox',
  '',
]

/** The text of `document` with one to three values changed. */
export function damageValues(document: unknown, random: Random): string {
  const copy = structuredClone(document) as Holder
  for (let i = random.integer(3); i >= 0; i--) change(...pickPlace(copy, random), random)
  const text = JSON.stringify(copy)
  return text.includes(RAW) ? text.replace(new RegExp(`"${RAW}([^"]*)"`, 'g'), '$1') : text
}

/** A place at any depth; deep ones are as likely as shallow ones. */
function pickPlace(document: Holder, random: Random): [Holder, string] {
  let holder = document
  while (true) {
    const keys = Object.keys(holder)
    const key = keys[random.integer(Math.max(1, keys.length))]
    if (key === undefined) return [holder, '0']
    const value = (holder as Record<string, Json>)[key]
    const isHolder = typeof value === 'object' && value !== null && Object.keys(value).length > 0
    if (!isHolder || random.integer(4) === 0) return [holder, key]
    holder = value as Holder
  }
}

function change(holder: Holder, key: string, random: Random): void {
  const pick = <Item>(items: readonly Item[]) => items[random.integer(items.length)]
  const record = holder as Record<string, Json>
  const value = record[key] ?? null
  const set = (changed: Json) => {
    record[key] = changed
  }
  const remove = () => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else delete record[key]
  }
  const isList = Array.isArray(holder)
  const kind = random.integer(12)
  if (kind === 0) remove()
  else if (kind === 1 && isList) holder.splice(Number(key), 0, structuredClone(value))
  else if (kind === 1) {
    remove()
    Object.defineProperty(record, pick(KEYS), { value, enumerable: true, configurable: true, writable: true })
  } else if (kind === 2) set(structuredClone(pick(VALUES)))
  else if (kind === 3) set(pick(NUMBERS))
  else if (kind === 4) set([value])
  else if (kind === 5) set(typeof value === 'string' ? Number(value) || 0 : textOf(value))
  else if (kind === 6) set(Array.isArray(value) && value.length > 0 ? value[0] : { [pick(KEYS)]: value })
  // Another value of the same holder: ids swap, lists stand in for each other.
  else if (kind === 7) set(structuredClone(record[pick(Object.keys(holder))] ?? null))
  else set(nudged(value, random))
}

function textOf(value: Json): string {
  return typeof value === 'object' ? '' : `${value}`
}

/** A small change that keeps the kind of value, so that what it breaks is the sense. */
function nudged(value: Json, random: Random): Json {
  const pick = <Item>(items: readonly Item[]) => items[random.integer(items.length)]
  if (typeof value === 'number') return value + pick([1, -1, 0.5, -value, -2 * value, value * 1e6, 4])
  if (typeof value === 'boolean') return !value
  if (typeof value === 'string') {
    const at = random.integer(value.length + 1)
    const [before, after] = [value.slice(0, at), value.slice(at)]
    const char = String.fromCharCode(40 + random.integer(80))
    return pick([before, before + after.slice(1), before + char + after, before + char + after.slice(1)])
  }
  if (!Array.isArray(value)) return 0
  const at = random.integer(value.length + 1)
  const [before, after] = [value.slice(0, at), value.slice(at)]
  return pick([
    before,
    after,
    [...value, ...value],
    value.toReversed(),
    [...before, random.integer(9), ...after],
  ])
}

/** The text with one to three stretches of its bytes changed. */
export function damageBytes(text: string, random: Random): Uint8Array {
  return damageAnyBytes(new TextEncoder().encode(text), random)
}

/** The same of a file that is no text. */
export function damageAnyBytes(file: Uint8Array, random: Random): Uint8Array {
  let bytes = file.slice()
  for (let i = random.integer(3); i >= 0; i--) {
    const at = random.integer(bytes.length + 1)
    const length = [1, 1, 2, 5, 40][random.integer(5)]
    const some = (count: number, of: () => number) => Uint8Array.from({ length: count }, of)
    const json = () => '{}[],:"0123456789.eE+-\\ntfu '.charCodeAt(random.integer(27))
    switch (random.integer(7)) {
      case 0:
        if (at < bytes.length) bytes[at] ^= 1 << random.integer(8)
        break
      case 1:
        bytes = bytes.slice(0, at)
        break
      case 2:
        bytes = joined(bytes.slice(0, at), bytes.slice(at + length))
        break
      case 3:
        bytes = joined(
          bytes.slice(0, at),
          some(length, () => random.integer(256)),
          bytes.slice(at),
        )
        break
      case 4:
        bytes = joined(bytes.slice(0, at), some(1, json), bytes.slice(at))
        break
      case 5:
        if (at < bytes.length) bytes[at] = json()
        break
      default:
        bytes = joined(bytes.slice(0, at), bytes.slice(Math.max(0, at - length)))
    }
  }
  return bytes
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts))
}
